"""What the proxy really sends to the API, and what it makes of clients and servers that do not behave."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from agent_runner.api import listening
from agent_runner.console import proxy
from tests.api.conftest import problem_in
from tests.api.test_server import status_of, until_closed
from tests.console.conftest import console_before
from tests.console.peer import Handler, Heard, Peer
from tests.server_thread import ServerThread


def sent(console: ServerThread, request: bytes) -> bytes:
    """All that comes back until the connection is closed."""
    with closing(console.connect()) as connection:
        connection.sendall(request)
        return until_closed(connection)


def only(peer: Peer) -> Heard:
    [heard] = peer.heard
    return heard


# ---- headers


def test_headers_of_the_connection_stay_on_it_and_others_go_through(peer: Peer, before_peer: ServerThread) -> None:
    request = (
        b"POST /api/x?a=1&a=%2f HTTP/1.1\r\nHost: localhost:3001\r\nConnection: keep-alive, X-Private, close\r\n"
        b"Keep-Alive: timeout=5\r\nTE: trailers\r\nTrailer: X-Late\r\nProxy-Authorization: Basic eA==\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAAA\r\nX-Private: 1\r\nExpect: 100-continue\r\n"
        b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n"
        b"Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"
        b"Authorization: Bearer key\r\nIdempotency-Key: k1\r\nCookie: a=b\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert status_of(sent(before_peer, request).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")) == 200
    heard = only(peer)
    assert (heard.method, heard.target, heard.size) == ("POST", "/api/x?a=1&a=%2f", 2)
    names = {name.lower() for name, _ in heard.headers}
    assert names == {
        "authorization",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "idempotency-key",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-twice",
    }
    assert heard.values("host") == [f"127.0.0.1:{peer.port}"]
    assert heard.values("x-forwarded-host") == ["localhost:3001"]
    assert heard.values("x-forwarded-for") == ["127.0.0.1"]
    assert heard.values("x-forwarded-proto") == ["http"]
    assert heard.values("x-twice") == ["1", "2"]
    assert heard.values("authorization") == ["Bearer key"]


def test_an_answer_comes_without_the_headers_of_its_connection(peer: Peer, to_peer: httpx.Client) -> None:
    peer.answer = lambda handler: handler.say(
        207,
        ("Connection", "close, X-Private"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Server", "peer/1"),
        ("Date", "yesterday"),
        ("X-Request-Id", "theirs"),
        ("X-Content-Type-Options", "nosniff"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Security-Policy", "sandbox"),
        ("Content-Encoding", "gzip"),
        body=b"not packed at all",
    )
    with to_peer.stream("GET", "/api/x") as answer:
        content = b"".join(answer.iter_raw())
    assert (answer.status_code, content) == (207, b"not packed at all")
    assert not {"x-private", "keep-alive", "server", "connection"} & set(answer.headers)
    assert answer.headers["x-request-id"] == "theirs"
    assert answer.headers.get_list("content-security-policy") == ["sandbox"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "yesterday" not in answer.headers["date"]
    assert answer.headers["content-length"] == "17"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none(peer: Peer, to_peer: httpx.Client, status: int) -> None:
    peer.answer = lambda handler: handler.say(status, ("ETag", '"x"'))
    answer = to_peer.get("/api/x")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (status, b"", '"x"')
    peer.answer = lambda handler: handler.say(200, body=b"x" * 1000)
    head = to_peer.head("/api/x")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")


# ---- which page asks


def test_a_page_of_the_console_is_a_page_of_the_api_and_others_are_none(peer: Peer, dist: Path) -> None:
    with (
        console_before(peer.port, dist, cors_origins="https://friend.example") as console,
        httpx.Client(base_url=console.url, trust_env=False) as http,
    ):
        ours = f"http://127.0.0.1:{peer.port}"
        for origin, heard in ((console.url, ours), ("https://friend.example", "https://friend.example")):
            assert http.post("/api/runs", headers={"Origin": origin}).status_code == 200
            assert peer.heard.pop().values("origin") == [heard]
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": ours},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            refused = http.post("/api/runs", headers=headers)
            assert (refused.status_code, peer.heard) == (403, []), headers
            problem_in(refused)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3001", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/api/runs"])
def test_a_host_that_is_not_ours_is_refused(peer: Peer, to_peer: httpx.Client, host: str, path: str) -> None:
    refused = to_peer.get(path, headers={"Host": host})
    assert (refused.status_code, peer.heard) == (421, [])
    assert "this console does not answer to the host" in problem_in(refused)["detail"]


def test_a_console_on_all_addresses_answers_to_addresses_and_named_hosts(peer: Peer, dist: Path) -> None:
    changes = {"console_host": "0.0.0.0", "api_keys": "k", "allowed_hosts": "console.example"}
    with (
        console_before(peer.port, dist, **changes) as console,
        httpx.Client(base_url=console.url, trust_env=False) as http,
    ):
        for host in ("192.0.2.7:3001", "console.example", "localhost"):
            assert http.get("/api/x", headers={"Host": host}).status_code == 200
        assert http.get("/api/x", headers={"Host": "evil.example"}).status_code == 421


# ---- bodies


def test_large_bodies_go_through_whole_in_both_directions(peer: Peer, to_peer: httpx.Client) -> None:
    content = bytes(range(256)) * 40_000
    digest = hashlib.sha256(content).hexdigest()
    peer.answer = lambda handler: handler.say(200, body=content)

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]

    for body, framing in ((content, "content-length"), (in_pieces(), "transfer-encoding")):
        answer = to_peer.post("/api/x", content=body)
        heard = peer.heard.pop()
        assert (heard.size, heard.digest) == (len(content), digest)
        assert len(heard.values(framing)) == 1
        assert hashlib.sha256(answer.content).hexdigest() == digest


def test_pieces_come_one_by_one(peer: Peer, to_peer: httpx.Client) -> None:
    goes_on = threading.Event()

    def answer(handler: Handler) -> None:
        handler.say(200, ("Transfer-Encoding", "chunked"), ("Content-Type", "text/plain"))
        handler.wfile.write(b"3\r\none\r\n")
        assert goes_on.wait(20), "the first piece has not come"
        handler.wfile.write(b"3\r\ntwo\r\n0\r\n\r\n")

    peer.answer = answer
    with to_peer.stream("GET", "/api/x") as found:
        pieces = found.iter_raw()
        assert next(pieces) == b"one"
        goes_on.set()
        assert b"".join(pieces) == b"two"


def test_a_body_that_stops_coming_is_a_408(
    peer: Peer, before_peer: ServerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "BODY_PAUSE_SECONDS", 0.1)
    with closing(before_peer.connect()) as connection:
        connection.sendall(b"POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        answer = until_closed(connection)
    assert status_of(answer) == 408
    assert b"connection: close" in answer.lower()
    assert peer.heard == [] or only(peer).size == 4, "the peer has not taken half of it for the whole"


def test_a_client_that_goes_away_amid_its_body_ends_the_request(peer: Peer, before_peer: ServerThread) -> None:
    ended = threading.Event()

    def answer(handler: Handler) -> None:
        ended.set()

    peer.answer = answer
    with closing(before_peer.connect()) as connection:
        connection.sendall(b"POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nhalf")
    assert ended.wait(20)
    assert only(peer).size < 900_000


def test_half_of_a_body_in_chunks_does_not_look_whole(peer: Peer, before_peer: ServerThread) -> None:
    with closing(before_peer.connect()) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        assert peer.has_begun.wait(20)
    assert peer.has_ended.wait(20)
    assert peer.heard == []


def test_a_reader_that_takes_nothing_is_dropped(
    peer: Peer, before_peer: ServerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listening.SLOWEST_READER_SECONDS == proxy.SLOWEST_READER_SECONDS
    monkeypatch.setattr(proxy, "SLOWEST_READER_SECONDS", 0.2)
    broken = threading.Event()

    def answer(handler: Handler) -> None:
        handler.say(200, ("Transfer-Encoding", "chunked"))
        try:
            while True:
                handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            broken.set()

    peer.answer = answer
    with closing(before_peer.connect()) as connection:
        connection.sendall(b"GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert broken.wait(20)


# ---- an API that breaks off


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_what_changes_something_is_sent_once_and_what_changes_nothing_twice(peer: Peer, to_peer: httpx.Client) -> None:
    peer.answer = hang_up
    for body in ({"goal": "x"}, None):
        lost = to_peer.post("/api/runs", json=body)
        assert (lost.status_code, len(peer.heard)) == (502, 1)
        assert "what was asked is done or it is not" in problem_in(lost)["detail"]
        peer.heard.clear()
    lost = to_peer.get("/api/runs")
    assert (lost.status_code, len(peer.heard)) == (502, 2)
    assert "done or it is not" not in problem_in(lost)["detail"]


def test_an_answer_that_breaks_off_does_not_look_whole(peer: Peer, to_peer: httpx.Client) -> None:
    def answer(handler: Handler) -> None:
        handler.say(200, ("Transfer-Encoding", "chunked"))
        handler.wfile.write(b"3\r\none\r\n")
        hang_up(handler)

    peer.answer = answer
    with pytest.raises(httpx.RemoteProtocolError):
        to_peer.get("/api/x")
    peer.answer = lambda handler: handler.say(200)
    assert to_peer.get("/api/x").status_code == 200


def test_what_is_no_http_is_a_502(peer: Peer, to_peer: httpx.Client) -> None:
    def answer(handler: Handler) -> None:
        handler.wfile.write(b"SSH-2.0-peer\r\n\r\n")
        hang_up(handler)

    peer.answer = answer
    problem_in(to_peer.get("/api/x"))


def test_an_api_that_never_answers_is_a_502(peer: Peer, to_peer: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(proxy.TIMEOUTS, "read", 0.2)
    ended = threading.Event()

    def answer(_: Handler) -> None:
        ended.wait(20)

    peer.answer = answer
    lost = to_peer.get("/api/x")
    ended.set()
    assert lost.status_code == 502
    assert len(peer.heard) == 1, "it is not asked again, which would take as long"


# ---- requests within requests

HEAD = b"POST /api/x HTTP/1.1\r\nHost: localhost\r\n"
INNER = b"GET /api/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
SMUGGLED = {
    "length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunks and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
    "a list of lengths": HEAD + b"Content-Length: 0, %d\r\n\r\n" % len(INNER) + INNER,
    "a length with a sign": HEAD + b"Content-Length: +0\r\n\r\n" + INNER,
    "an odd coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
    "two codings": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + INNER,
    "a coding on top": HEAD + b"Connection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + INNER,
    "a folded header": HEAD + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + INNER,
    "a bare line feed": HEAD + b"X: y\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare carriage return": HEAD + b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "a chunk that is too short": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" + INNER,
    "a space in the target": b"GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n".replace(b"/x", b"/x HTTP/1.1 /y"),
}


@pytest.mark.parametrize("request_", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_no_request_hides_in_another(peer: Peer, before_peer: ServerThread, request_: bytes) -> None:
    answer = sent(before_peer, request_)
    assert [heard.target for heard in peer.heard] == []
    assert 400 <= status_of(answer) < 500, answer


def test_a_length_that_is_named_as_of_the_connection_frames_all_the_same(peer: Peer, before_peer: ServerThread) -> None:
    sent(before_peer, HEAD + b"Connection: close, content-length\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER)
    assert (only(peer).target, only(peer).size) == ("/api/x", len(INNER))


def test_requests_in_one_go_are_answered_one_after_the_other(peer: Peer, before_peer: ServerThread) -> None:
    last = INNER.replace(b"smuggled", b"2").replace(b"Host", b"Connection: close\r\nHost")
    answer = sent(before_peer, INNER.replace(b"smuggled", b"1") + last)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert [heard.target for heard in peer.heard] == ["/api/1", "/api/2"]


@pytest.mark.parametrize("target", [b"/api/..%2f..%2fx", b"/api/%00", b"/api//x", b"/api/./x", b"/api/a%0d%0aX:%20y"])
def test_a_target_goes_as_it_was_spelled(peer: Peer, before_peer: ServerThread, target: bytes) -> None:
    sent(before_peer, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert only(peer).target == target.decode()
