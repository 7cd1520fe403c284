"""The scripted server as a process of its own, as tests with real workers use it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.scripted_model import calls_per_question, read_calls

CHAT = {
    "model": "scripted:latest",
    "messages": [
        {"role": "system", "content": "Answer with a numbered list"},
        {"role": "user", "content": "<goal>\nMake tea\n</goal>"},
    ],
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


@pytest.fixture
def client(log: Path) -> Iterator[httpx.Client]:
    command = [
        sys.executable,
        "-m",
        "tests.scripted_model",
        "--log",
        str(log),
        "--step",
        "Boil water",
        "--step",
        "Pour",
    ]
    command += ["--fault", '{"kind": "status", "value": "503"}']
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as opened:
            yield opened
        process.kill()


@pytest.mark.processes
def test_it_plans_fails_and_changes_as_told_and_logs_every_call(client: httpx.Client, log: Path) -> None:
    assert client.get("/api/tags").json()["models"][0]["name"] == "scripted:latest"
    assert client.get("/v1/models").json()["data"][0]["id"] == "scripted:latest"
    assert client.post("/v1/chat/completions", json=CHAT).status_code == 503

    answer = client.post("/v1/chat/completions", json=CHAT).json()
    assert answer["choices"][0]["message"]["content"] == "1. Boil water\n2. Pour"
    assert answer["usage"]["completion_tokens"] == 5

    streamed = client.post("/v1/chat/completions", json={**CHAT, "stream": True}).text.splitlines()
    chunks = [json.loads(line.removeprefix("data: ")) for line in streamed if line and line != "data: [DONE]"]
    text = "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])
    assert text.strip() == "1. Boil water\n2. Pour"
    assert streamed[-2] == "data: [DONE]"

    lines = [json.loads(line) for line in client.post("/api/chat", json=CHAT).text.splitlines()]
    assert "".join(line["message"]["content"] for line in lines).strip() == "1. Boil water\n2. Pour"
    assert lines[-1]["done"]
    whole = client.post("/api/chat", json={**CHAT, "stream": False}).json()
    assert whole["message"]["content"] == "1. Boil water\n2. Pour"

    client.post("/script", json={"faults": [{"kind": "rate_limit", "value": "7", "key": "plan"}]})
    refused = client.post("/v1/chat/completions", json=CHAT)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")

    calls = read_calls(log)
    assert [call["number"] for call in calls] == [1, 2, 3, 4, 5, 6]
    assert [call["fault"] for call in calls] == ["status", "", "", "", "", "rate_limit"]
    assert calls_per_question(log) == {("Make tea", "plan"): 6}
