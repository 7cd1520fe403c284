"""A real model server for tests: speaks OpenAI, Ollama, Anthropic and Google on loopback, answers from a script.

In a test: `with ScriptedModel() as server: … server.url … server.fail(FaultKind.HANG, key="execute/2")`.
As a process: `python -m tests.scripted_model --port 0 --log calls.jsonl`, which prints `{"url": …}` once it listens.
One line per call goes to the log before anything is answered, so that calls survive the death of either side.
POST /script with `{"latency": seconds, "faults": [{"kind": "hang", "times": 1, "key": "execute/2"}]}` changes it later.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import re
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.scripted_faults import MISBEHAVIOUR, Broken, Fault, FaultKind, Received, pause, receive, send
from tests.scripted_wire import PROTOCOLS, Body, Protocol, Question, Usage, models_answer, openai_tool_calls

DEFAULT_STEPS = ("Collect what is known", "Work out the answer", "Write the final answer")


@dataclass(frozen=True)
class Call:
    number: int
    protocol: str
    model: str
    key: str
    """`plan`, `execute/2`, `turn/3` of a conversation with tools, or `other`."""
    goal: str
    prompt: str
    fault: str
    is_streamed: bool
    headers: dict[str, str] = field(repr=False)

    def line(self) -> bytes:
        shown = {name: getattr(self, name) for name in ("number", "protocol", "model", "key", "goal", "fault")}
        shown["prompt_sha256"] = hashlib.sha256(self.prompt.encode()).hexdigest()
        return json.dumps(shown).encode() + b"\n"


def read_calls(log: Path) -> list[Body]:
    """The calls of a log file, oldest first."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def calls_per_question(log: Path) -> Counter[tuple[str, str]]:
    """How often each (goal, key) was asked."""
    return Counter((call["goal"], call["key"]) for call in read_calls(log))


@dataclass
class Script:
    steps: Sequence[str] = DEFAULT_STEPS
    answers: dict[str, str] = field(default_factory=dict)
    """The text for a key, instead of the usual one."""
    models: list[str] = field(default_factory=lambda: ["scripted:latest"])
    turns: list[list[Any]] = field(default_factory=list)
    """Of a conversation with tools: the calls of each answer as [id, name, arguments]; after the last comes a text."""
    turns_need: str = ""
    """A conversation that does not offer this tool gets texts only."""
    by_text: list[list[str]] = field(default_factory=list)
    """[text, answer]: the first whose text stands in the prompt is answered, instead of the usual."""
    latency: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def answer(self, key: str, goal: str, prompt: str) -> str:
        said = next((answer for text, answer in self.by_text if text in prompt), None)
        if said is not None:
            return said
        plan = "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, start=1))
        return self.answers.get(key) or (plan if key == "plan" else f"The scripted result of {key} for: {goal}")

    def calls_of(self, turn: int, offered: Collection[str]) -> list[Any]:
        is_meant = not self.turns_need or self.turns_need in offered
        return self.turns[turn - 1] if is_meant and 0 < turn <= len(self.turns) else []

    def next_fault(self, key: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.key in ("", key):
                fault.times -= 1
                return fault
        return None


def key_of(question: Question) -> str:
    if question.turn:
        return f"turn/{question.turn}"
    if "numbered list" in question.system:
        return "plan"
    steps = re.findall(r"^Step (\d+) of \d+: ", question.prompt, re.MULTILINE)
    return f"execute/{steps[-1]}" if steps else "other"


def goal_of(question: Question) -> str:
    found = re.search(r"<goal>\s*(.*?)\s*</goal>", question.prompt, re.DOTALL)
    return found.group(1)[:200] if found else ""


class Server:
    """Lives in one event loop."""

    def __init__(self, script: Script, log: Path | None) -> None:
        self.script = script
        self.calls: list[Call] = []
        self.url = ""
        self._log = log
        self._connections: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self, port: int) -> AsyncGenerator[None]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while (received := await receive(reader)) and await self._respond(received, writer):
                pass
        except (OSError, asyncio.CancelledError):
            pass  # the caller is gone, or the test is over
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _respond(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        """Returns whether the connection goes on."""
        path = received.path.partition("?")[0]
        protocol = next((each for each in PROTOCOLS if each.serves(path)), None)
        if received.method == "POST" and path == "/script":
            self._change(json.loads(received.body))
            return await send(writer, 200, {"changed": True})
        if received.method == "POST" and protocol:
            question = protocol.question(path, json.loads(received.body))
            fault = self._record(protocol, question, received)
            if self.script.latency:
                await pause(self.script.latency)
            return await self._answer(protocol, question, received, fault, writer)
        listed = models_answer(path, self.script.models) if received.method == "GET" else None
        return await send(writer, 200 if listed else 404, listed or {"error": f"nothing at {path}"})

    def _change(self, change: Body) -> None:
        self.script.latency = change.get("latency", self.script.latency)
        self.script.turns = change.get("turns", self.script.turns)
        self.script.by_text = change.get("by_text", self.script.by_text)
        self.script.turns_need = change.get("turns_need", self.script.turns_need)
        self.script.faults += map(Fault.parsed, change.get("faults", []))

    def _record(self, protocol: Protocol, question: Question, received: Received) -> Fault | None:
        key = key_of(question)
        fault = self.script.next_fault(key)
        call = Call(
            number=len(self.calls) + 1,
            protocol=protocol.name,
            model=question.model,
            key=key,
            goal=goal_of(question),
            prompt=question.prompt,
            fault=fault.kind if fault else "",
            is_streamed=question.is_streamed,
            headers=received.headers,
        )
        self.calls.append(call)
        if self._log:
            append(self._log, call.line())
        return fault

    async def _answer(
        self,
        protocol: Protocol,
        question: Question,
        received: Received,
        fault: Fault | None,
        writer: asyncio.StreamWriter,
    ) -> bool:
        text = self.script.answer(key_of(question), goal_of(question), question.prompt)
        kind = fault.kind if fault else None
        if kind is FaultKind.NO_TEXT:
            text = ""
        usage = Usage(None, None) if kind is FaultKind.NO_USAGE else Usage.of(question, text)
        answer = protocol.answer(question, text, usage)
        if calls := self.script.calls_of(question.turn, question.tools):
            answer |= openai_tool_calls(calls)
        if fault and fault.kind is FaultKind.ODD_ANSWER:
            answer |= json.loads(fault.value)
        content_type = protocol.stream_type if question.is_streamed else "application/json"
        parts = protocol.stream(answer) if question.is_streamed else [json.dumps(answer)]
        if fault and (misbehave := MISBEHAVIOUR.get(fault.kind)):
            return await misbehave(Broken(writer, protocol.name, received, fault.value, content_type, parts))
        return await send(writer, 200, "".join(parts).encode(), content_type=content_type)


def append(path: Path, line: bytes) -> None:
    """In one write, so that lines of several servers do not mix; the kernel keeps it when this process is killed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


class ScriptedModel:
    """The server in a thread of its own: works beside any event loop, and beside none."""

    def __init__(self, script: Script | None = None, *, log: Path | None = None, port: int = 0) -> None:
        self.script = script or Script()
        self._server = Server(self.script, log)
        self._port = port
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="scripted model")

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with self._server.listening(self._port):
            self._ready.set()
            await self._over.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def calls(self) -> list[Call]:
        return list(self._server.calls)

    @property
    def asked(self) -> list[str]:
        """The keys of all calls, in their order."""
        return [call.key for call in self._server.calls]

    def fail(self, kind: FaultKind, *, times: int = 1, value: str = "", key: str = "") -> None:
        self.script.faults.append(Fault(kind, times, value, key))


async def serve(script: Script, log: Path | None, port: int) -> None:
    server = Server(script, log)
    async with server.listening(port):
        print(json.dumps({"url": server.url}), flush=True)  # noqa: T201 - how a test learns the port
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A model server that answers from a script.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="a file that gets one JSON line per call")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--step", action="append", help="a step of the plan; repeat it")
    parser.add_argument("--fault", action="append", type=json.loads, default=[], help='e.g. {"kind":"hang","times":1}')
    given: Any = parser.parse_args(arguments)
    faults = list(map(Fault.parsed, given.fault))
    script = Script(steps=given.step or DEFAULT_STEPS, latency=given.latency, faults=faults)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(script, given.log, given.port))


if __name__ == "__main__":
    main()
