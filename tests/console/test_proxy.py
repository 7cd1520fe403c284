"""The way through the console to a real API: the same answers, streams without delay, and ends on both sides."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.api.conftest import Server, problem_in, serving, settings_at
from tests.api.test_server import _take_and_complete, frames, numbers, until_unfollowed
from tests.console.conftest import console_before
from tests.e2e.conftest import free_port, until
from tests.server_thread import ServerThread

CHANGING = {"date", "x-request-id"}


def queue(server: Server) -> int:
    """A run, made without the console."""
    return httpx.post(f"{server.url}/runs", json={"goal": "Say hello"}, trust_env=False).json()["id"]


def essence(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    body = answer.json() if answer.content else None
    if isinstance(body, dict):
        body.pop("request_id", None)
    headers = {name: value for name, value in answer.headers.items() if name not in CHANGING}
    headers.pop("content-length", None)
    return answer.status_code, body, headers


ASKED: list[tuple[str, str, Any]] = [
    ("GET", "/api", None),
    ("GET", "/api/", None),
    ("GET", "/api/health", None),
    ("GET", "/api/runs?limit=1&status=QUEUED", None),
    ("GET", "/api/runs/1", None),
    ("GET", "/api/runs/999", None),
    ("GET", "/api/runs/x", None),
    ("GET", "/api/runs/1/artifacts/no%2Fsuch%20file.md", None),
    ("GET", "/api/no/../such", None),
    ("GET", "/api/runs?text=%C3%B6%26%3D+a", None),
    ("GET", "/%61pi/health", None),
    ("HEAD", "/api/health", None),
    ("PATCH", "/api/runs/1", {"priority": 3}),
    ("PUT", "/api/runs/1", {"priority": 3}),
    ("DELETE", "/api/runs/1", None),
    ("OPTIONS", "/api/runs", None),
    ("POST", "/api/runs", {"goal": 7}),
    ("POST", "/api/runs", {"goal": "x" * 1_500_000}),
]


@pytest.mark.parametrize(("method", "path", "body"), ASKED, ids=[f"{method} {path}" for method, path, _ in ASKED])
def test_an_answer_is_the_one_that_the_api_gives(
    standing_server: Server, standing_console: ServerThread, method: str, path: str, body: Any
) -> None:
    queue(standing_server)
    direct, answer = (
        httpx.request(method, one.url + path, json=body, trust_env=False, timeout=20)
        for one in (standing_server, standing_console)
    )
    status, content, headers = essence(answer)
    assert headers.pop("content-security-policy") == "frame-ancestors 'none'"
    assert (status, content, headers) == essence(direct)
    assert len(answer.headers.get_list("x-request-id")) == len(answer.headers.get_list("date")) == 1
    if status >= 400 and method != "HEAD":
        problem_in(answer)


def test_a_run_is_made_watched_live_and_seen_to_end(server: Server, http: httpx.Client) -> None:
    run_id = http.post("/api/runs", json={"goal": "Say hello"}, headers={"Origin": str(http.base_url)}).json()["id"]
    with http.stream("GET", f"/api/runs/{run_id}/events/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-length" not in answer.headers
        assert answer.headers["x-accel-buffering"] == "no"
        found = frames(answer.iter_lines())
        assert next(found) == {"retry": "1000"}
        assert json.loads(next(found)["data"])["event_type"] == "RUN_CREATED"
        server.act(_take_and_complete)
        assert numbers(found) == [2, 3, 4]
    until_unfollowed(server, run_id)
    with http.stream("GET", f"/api/runs/{run_id}/events/stream", headers={"Last-Event-ID": "2"}) as answer:
        assert numbers(frames(answer.iter_lines())) == [3, 4]
    assert http.get(f"/api/runs/{run_id}/events/stream", headers={"Last-Event-ID": "4"}).status_code == 204


def test_a_reader_that_goes_away_is_gone_for_the_api_too(
    server: Server, http: httpx.Client, console: ServerThread
) -> None:
    run_id = queue(server)
    with http.stream("GET", f"/api/runs/{run_id}/events/stream") as answer:
        lines = answer.iter_lines()  # without a name it is collected, which ends the stream
        next(lines)
        assert server.services.streams.is_followed(run_id)
    until_unfollowed(server, run_id)
    with pytest.raises(httpx.ReadTimeout):
        http.get(f"/api/runs/{run_id}/events?since_event_id=1&wait=30", timeout=0.5)
    until_unfollowed(server, run_id)
    with socket_of(console, f"/api/runs/{run_id}/ws") as socket:
        socket.recv(10)
        assert server.services.streams.is_followed(run_id)
    until_unfollowed(server, run_id)


def http_of(server: ServerThread) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=20, trust_env=False)


def test_many_readers_are_served_at_once_and_others_do_not_wait(server: Server, http: httpx.Client) -> None:
    run_id = queue(server)
    heard: list[list[int]] = []
    started = threading.Barrier(31)

    def read() -> None:
        path = f"{http.base_url}/api/runs/{run_id}/events/stream"
        with httpx.stream("GET", path, timeout=20, trust_env=False) as answer:
            found = frames(answer.iter_lines())
            next(found)
            started.wait(20)
            heard.append(numbers(found))

    readers = [threading.Thread(target=read) for _ in range(30)]
    for reader in readers:
        reader.start()
    started.wait(20)
    assert http.get("/api/health", timeout=5).status_code == 200
    server.act(_take_and_complete)
    for reader in readers:
        reader.join(20)
    assert heard == [[1, 2, 3, 4]] * 30


def test_a_console_that_stops_ends_its_streams_at_once(server: Server, dist: Path) -> None:
    run_id = queue(server)
    with console_before(server.address[1], dist) as console, http_of(console) as http:
        with http.stream("GET", f"/api/runs/{run_id}/events/stream") as answer:
            found = frames(answer.iter_lines())
            next(found)
            console.begin_to_stop()
            assert numbers(found) == [1], "the stream has ended as streams do, and was not cut off"
        until_unfollowed(server, run_id)


def test_an_api_that_is_away_is_a_502_and_comes_back(tmp_path: Path, dist: Path) -> None:
    port = free_port()
    with console_before(port, dist) as console, http_of(console) as http:
        for method in ("GET", "POST"):
            answer = http.request(method, "/api/runs", json={"goal": "x"})
            problem = problem_in(answer)
            assert (answer.status_code, problem["type"]) == (502, "urn:agent-runner:api-unavailable")
            assert f"http://127.0.0.1:{port} cannot be reached" in problem["detail"]
            assert "agent-runner up" in problem["next_step"]
        with pytest.raises(InvalidStatus) as refused:
            socket_of(console, "/api/runs/1/ws")
        assert refused.value.response.status_code == 502
        assert http.get("/").status_code == 200, "the pages do not need it"
        for _ in range(2):
            with serving(settings_at(tmp_path), port) as server:
                assert server.address[1] == port
                assert http.get("/api/health").status_code == 200
                assert http.post("/api/runs", json={"goal": "x"}).status_code == 201
            assert http.get("/api/health").status_code == 502


def test_keys_go_through_unchanged(tmp_path: Path, dist: Path) -> None:
    with (
        serving(settings_at(tmp_path, api_keys="alice:secret")) as server,
        console_before(server.address[1], dist, api_keys="alice:secret") as console,
        http_of(console) as http,
    ):
        assert http.get("/").status_code == 200
        refused = http.get("/api/runs")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert http.get("/api/runs", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert http.get("/api/runs", headers={"Authorization": "Bearer secret"}).status_code == 200
        with pytest.raises(InvalidStatus) as unknown:
            socket_of(console, "/api/runs/1/ws")
        assert unknown.value.response.status_code == 401


# ---- WebSockets


def socket_of(console: ServerThread, path: str, **options: Any) -> Any:
    return connect(console.url.replace("http", "ws") + path, proxy=None, open_timeout=20, **options)


def test_a_socket_says_what_the_api_says_and_ends_as_it_does(
    server: Server, console: ServerThread, http: httpx.Client
) -> None:
    run_id = queue(server)
    with socket_of(console, f"/api/runs/{run_id}/ws", origin=console.url) as socket:
        first = socket.recv(10)
        socket.send("what a client says is not listened to")
        server.act(_take_and_complete)
        texts = [first, *socket]
    assert socket.close_code == 1000
    assert [json.loads(text) for text in texts] == http.get(f"/api/runs/{run_id}/events").json()["events"]
    with socket_of(console, f"/api/runs/{run_id}/ws?since_event_id=2") as socket:
        assert [json.loads(text)["event_id"] for text in socket] == [3, 4]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/runs/999/ws", {}, 404),
        ("/api/runs/x/ws", {}, 422),
        ("/runs/1/ws", {}, 404),
        ("/api/runs/1/ws", {"Origin": "https://evil.example"}, 403),
        ("/api/runs/1/ws", {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_socket_that_may_not_be_is_refused(
    standing_server: Server, standing_console: ServerThread, path: str, headers: dict[str, str], status: int
) -> None:
    queue(standing_server)
    with pytest.raises(InvalidStatus) as refused:
        socket_of(standing_console, path, additional_headers=headers)
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["status"] == status


def test_a_socket_ends_with_the_api(tmp_path: Path, dist: Path) -> None:
    with serving(settings_at(tmp_path)) as server, console_before(server.address[1], dist) as console:
        run_id = queue(server)
        with socket_of(console, f"/api/runs/{run_id}/ws") as socket:
            socket.recv(10)
            server.stop()
            with pytest.raises(ConnectionClosedError):
                socket.recv(10)
            assert socket.close_code == 1012


def test_the_console_gives_back_every_connection(server: Server, http: httpx.Client) -> None:
    run_id = queue(server)
    for _ in range(20):
        with http.stream("GET", f"/api/runs/{run_id}/events/stream") as answer:
            assert answer.status_code == 200
    until(lambda: not server.services.streams.is_followed(run_id), "no reader is left")
