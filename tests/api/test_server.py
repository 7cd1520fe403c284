"""The API behind a real server: streams, WebSockets, slow clients, and bytes that are no HTTP."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from agent_runner.api import protocol
from agent_runner.api.body import BodyGate
from agent_runner.api.routes import events
from agent_runner.settings import Settings
from tests.api.conftest import Hands, Server, serving, settings_at


def queued(http: httpx.Client) -> int:
    return http.post("/runs", json={"goal": "Say hello"}).json()["id"]


async def _take_and_complete(hands: Hands) -> None:
    (claimed,) = await hands.take()
    await hands.say(claimed, "working")
    await hands.complete(claimed)


Frame = dict[str, str]


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    """Server-sent events, as a browser reads them."""
    frame: Frame = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            frame[name] = value
        elif frame:
            yield frame
            frame = {}


def numbers(found: Iterator[Frame]) -> list[int]:
    return [int(frame["id"]) for frame in found if "id" in frame]


def until_unfollowed(server: Server, run_id: int) -> None:
    deadline = time.monotonic() + 10
    while server.services.streams.is_followed(run_id):
        assert time.monotonic() < deadline, "the reader's place was not given back"
        time.sleep(0.005)


# ---- server-sent events


def test_a_stream_gives_what_was_and_what_comes_and_ends(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    with http.stream("GET", f"/runs/{run_id}/events/stream") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-request-id"]
        found = frames(answer.iter_lines())
        assert next(found) == {"retry": "1000"}
        first = next(found)
        server.act(_take_and_complete)
        rest = list(found)
    assert first["id"] == "1"
    assert json.loads(first["data"])["event_type"] == "RUN_CREATED"
    assert rest.pop() == {"event": "end", "data": '{"last_event_id":4}'}
    assert [frame["id"] for frame in rest] == ["2", "3", "4"]
    assert json.loads(rest[-1]["data"])["event_type"] == "RUN_COMPLETED"
    until_unfollowed(server, run_id)


def test_a_browser_that_comes_back_misses_nothing_and_stops_at_the_end(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    server.act(_take_and_complete)
    path = f"/api/runs/{run_id}/events/stream"
    with http.stream("GET", path, headers={"Last-Event-ID": "2"}) as answer:
        assert numbers(frames(answer.iter_lines())) == [3, 4]
    with http.stream("GET", path, params={"since_event_id": 3}) as answer:
        assert numbers(frames(answer.iter_lines())) == [4]
    with http.stream("GET", path, headers={"Last-Event-ID": "3"}, params={"since_event_id": 1}) as answer:
        assert numbers(frames(answer.iter_lines())) == [4]
    with http.stream("GET", path, params={"since_event_id": 4}) as answer:
        ending = {"event": "end", "data": '{"last_event_id":4}'}
        assert list(frames(answer.iter_lines())) == [{"retry": "1000"}, ending]
    assert http.get(path, headers={"Last-Event-ID": "4"}).status_code == 204
    for nonsense in ("x", "-1", "1.5", "9" * 30, ""):
        assert http.get(path, headers={"Last-Event-ID": nonsense}).status_code == 422


def test_a_quiet_stream_is_kept_alive_by_pings(
    server: Server, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PING_SECONDS", 0.02)
    run_id = queued(http)
    with http.stream("GET", f"/runs/{run_id}/events/stream?since_event_id=1") as answer:
        found = frames(answer.iter_lines())
        ping = {"event": "ping", "data": '{"last_event_id":1}'}
        assert [next(found) for _ in range(3)] == [{"retry": "1000"}, ping, ping]
        server.act(_take_and_complete)
        assert numbers(found) == [2, 3, 4]


def test_a_stream_that_is_cut_off_does_not_say_that_it_is_the_end(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    with http.stream("GET", f"/runs/{run_id}/events/stream") as answer:
        found = frames(answer.iter_lines())
        assert [next(found).get("id") for _ in range(2)] == [None, "1"]
        server.services.streams.close()
        assert "end" not in [frame.get("event") for frame in found]


def test_a_reader_that_goes_away_gives_its_place_back(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    with http.stream("GET", f"/runs/{run_id}/events/stream") as answer:
        lines = answer.iter_lines()  # without a name it is collected, which ends the stream
        next(lines)
        assert server.services.streams.is_followed(run_id)
    until_unfollowed(server, run_id)
    with socket_of(server, f"/runs/{run_id}/ws") as socket_:
        socket_.recv(10)
        assert server.services.streams.is_followed(run_id)
    until_unfollowed(server, run_id)
    with pytest.raises(httpx.ReadTimeout):
        http.get(f"/runs/{run_id}/events?since_event_id=1&wait=30", timeout=0.2)
    until_unfollowed(server, run_id)


def test_many_readers_of_one_run_all_hear_everything(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    heard: list[list[int]] = []
    started = threading.Barrier(21)

    def read() -> None:
        with httpx.stream("GET", f"{server.url}/runs/{run_id}/events/stream", timeout=20, trust_env=False) as answer:
            found = frames(answer.iter_lines())
            next(found)
            started.wait(20)
            heard.append(numbers(found))

    readers = [threading.Thread(target=read) for _ in range(20)]
    for reader in readers:
        reader.start()
    started.wait(20)
    server.act(_take_and_complete)
    for reader in readers:
        reader.join(20)
    assert heard == [[1, 2, 3, 4]] * 20


def test_a_stream_beyond_the_limit_is_a_503_with_words(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    server.services.streams._most = 1  # pyright: ignore[reportAttributeAccessIssue] - Final, but not for this test
    with http.stream("GET", f"/runs/{run_id}/events/stream") as answer:
        lines = answer.iter_lines()  # without a name it is collected, which ends the stream
        next(lines)
        refused = http.get(f"/runs/{run_id}/events/stream")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert http.get(f"/runs/{run_id}/events?since_event_id=1&wait=5").status_code == 503
        assert http.get(f"/runs/{run_id}/events").status_code == 200
        with pytest.raises(InvalidStatus) as denied:
            socket_of(server, f"/runs/{run_id}/ws")
        assert denied.value.response.status_code == 503


def test_a_server_that_stops_ends_its_streams_at_once(settings: Settings) -> None:
    with serving(settings) as server, httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http:
        run_id = queued(http)
        with (
            http.stream("GET", f"/runs/{run_id}/events/stream") as answer,
            socket_of(server, f"/runs/{run_id}/ws") as socket_,
        ):
            found = frames(answer.iter_lines())
            assert next(found) == {"retry": "1000"}
            socket_.recv(10)
            began = time.monotonic()
            server.stop()
            assert numbers(found) == [1]
            with pytest.raises(ConnectionClosedError):
                socket_.recv(10)
            assert socket_.close_code == 1012
            assert time.monotonic() - began < 4


# ---- WebSockets


def socket_of(server: Server, path: str, **options: Any) -> ClientConnection:
    return connect(server.url.replace("http", "ws") + path, proxy=None, open_timeout=20, **options)


def test_a_socket_gives_the_same_events_and_ends(server: Server, http: httpx.Client) -> None:
    run_id = queued(http)
    with socket_of(server, f"/runs/{run_id}/ws") as socket_:
        first = socket_.recv(10)
        socket_.send("what a client says is not listened to")
        server.act(_take_and_complete)
        texts = [first, *socket_]
    assert socket_.close_code == 1000
    listed = http.get(f"/runs/{run_id}/events").json()["events"]
    assert [json.loads(text) for text in texts] == listed
    with socket_of(server, f"/api/runs/{run_id}/ws?since_event_id=2") as socket_:
        assert [json.loads(text)["event_id"] for text in socket_] == [3, 4]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/runs/999/ws", {}, 404),
        ("/runs/0/ws", {}, 422),
        ("/runs/x/ws", {}, 422),
        ("/runs/1/ws?since_event_id=-1", {}, 422),
        ("/runs/1/ws", {"Origin": "https://evil.example"}, 403),
        ("/runs/1/ws", {"Origin": "null"}, 403),
        ("/runs/1/ws", {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_socket_that_may_not_be_is_refused_with_a_problem(
    standing_server: Server, path: str, headers: dict[str, str], status: int
) -> None:
    httpx.post(f"{standing_server.url}/runs", json={"goal": "x"}, trust_env=False)
    with pytest.raises(InvalidStatus) as refused:
        socket_of(standing_server, path, additional_headers=headers)
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["status"] == status


def test_a_socket_that_does_not_exist_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        socket_of(server, "/nothing")
    assert 400 <= refused.value.response.status_code < 500


def test_sockets_and_streams_want_a_key_too(tmp_path: Path) -> None:
    with (
        serving(settings_at(tmp_path, api_keys="alice:secret")) as server,
        httpx.Client(base_url=server.url, timeout=20, trust_env=False) as http,
    ):
        key = {"Authorization": "Bearer secret"}
        run_id = http.post("/runs", json={"goal": "x"}, headers=key).json()["id"]
        assert http.get(f"/runs/{run_id}/events/stream").status_code == 401
        with pytest.raises(InvalidStatus) as refused:
            socket_of(server, f"/runs/{run_id}/ws?api_key=secret")
        assert refused.value.response.status_code == 401
        with socket_of(server, f"/runs/{run_id}/ws", additional_headers=key) as socket_:
            assert json.loads(socket_.recv(10))["event_id"] == 1


# ---- slow and broken clients


def answer_to(server: Server, sent: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    with closing(server.connect()) as connection:
        connection.sendall(sent)
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEADER_DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(BodyGate.__init__, "__kwdefaults__", {"deadline_seconds": 0.1})


POST = b"POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "sent",
    [
        b"G",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n",
        POST,
        POST + b"Content-Length: 12\r\n\r\n",
        POST + b'Content-Length: 12\r\n\r\n{"goal"',
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"DELETE /runs/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\n",
    ],
)
def test_a_request_that_comes_too_slowly_is_a_408(server: Server, sent: bytes) -> None:
    answer = answer_to(server, sent)
    last = answer[answer.rindex(b"HTTP/1.1") :]
    assert status_of(last) == 408
    assert b"application/problem+json" in last
    assert b"connection: close" in last.lower()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_a_connection_that_says_nothing_is_closed(server: Server, sent: bytes) -> None:
    assert answer_to(server, sent) == b""


@pytest.mark.usefixtures("hurried")
def test_a_stream_outlives_the_deadlines(server: Server, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PING_SECONDS", 0.15)
    run_id = queued(http)
    with http.stream("GET", f"/runs/{run_id}/events/stream?since_event_id=1") as answer:
        found = frames(answer.iter_lines())
        assert [next(found).get("event") for _ in range(4)] == [None, "ping", "ping", "ping"]


NO_HTTP = {
    "garbage": b"\x00\xff\xfe\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "HTTP/1.0 without host": b"GET /health HTTP/1.0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length of words": POST + b"Content-Length: many\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n{}",
    "a length beyond all": POST + b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a path that is no ASCII": b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a path with NUL": b"GET /runs/\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a proxy's request": b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an absolute URL": b"GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "an unknown method": b"BREW /runs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a NUL in a header": b"GET /health HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    "invalid percent signs": b"GET /runs/%zz%f HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "invalid UTF-8 in a path": b"GET /runs/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a path out of the root": b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "another content": POST + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    "a socket without a key": b"GET /ws HTTP/1.1\r\nHost: [::1]\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_request_of_ours_is_a_4xx_and_the_server_lives(
    standing_server: Server, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEADER_DEADLINE_SECONDS", 0.2)
    with closing(standing_server.connect()) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = until_closed(connection)
    assert 400 <= status_of(answer) < 500, answer
    assert b"Traceback" not in answer
    assert httpx.get(f"{standing_server.url}/health/ready", trust_env=False).status_code == 200


def test_headers_beyond_all_measure_are_refused(server: Server, http: httpx.Client) -> None:
    with closing(server.connect()) as connection:
        try:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
            for _ in range(300):
                connection.sendall(b"X-Filler: " + b"x" * 10_000 + b"\r\n")
            connection.sendall(b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            pass
        answer = until_closed(connection)
    assert answer == b"" or 400 <= status_of(answer) < 500
    assert http.get("/health").status_code == 200


def test_a_client_that_announces_10_mb_is_answered_before_it_has_sent_them(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(POST + b"Content-Length: 10000000\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


def test_an_endless_chunked_body_is_a_413(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(20):
            connection.sendall(chunk)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
