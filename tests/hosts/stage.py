"""Hosts made of a few lines, run by a real worker in the real sandbox, over a real database."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_ai import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ToolReturnPart

from agent_runner.agents.host.agent import HostAgent
from agent_runner.hosts.manifest import Host, read_host
from agent_runner.llm.base import ModelAnswer, ModelRequest, Spent
from agent_runner.llm.conversation import Conversation, Reply
from agent_runner.store.run_queries import RunRecord
from agent_runner.worker.loop import Worker
from agent_runner.worker.sandboxes import Sandboxes
from tests.worker.conftest import House

BY_HAND: Final = """
import json, os, sys, time
output = os.fdopen(os.dup(1), "wb", 0)
os.dup2(2, 1)
def raw(data):
    output.write(data)
def say(**message):
    raw(json.dumps(message).encode() + b"\\n")
def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    return json.loads(line)
def begin():
    say(type="hello", protocol=1, name="test", version="1")
    return hear()
def model(number, prompt, **more):
    say(type="model", id=number, messages=[{"role": "user", "content": prompt}], **more)
    return hear()
def result(**result):
    say(type="result", result=result)
"""
WITH_KIT: Final = """
import agent_runner_host
host = agent_runner_host.connect("test", "1")
"""


class ThisPython:
    """The environment of a host that needs none of its own."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = variables or {}

    async def interpreter(self, host: Host, tell: Callable[[str], None]) -> Path:
        del host, tell
        return Path(sys.executable)

    def variables(self, host: Host) -> Mapping[str, str]:
        return {name: self._variables[name] for name in host.manifest.environment if name in self._variables}


class TalkingModel:
    """Answers each question with itself in capitals, a tool call where there is a tool, and counts."""

    name = "scripted"

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.conversations: list[Conversation] = []
        self.seconds = 0.0
        """How long it thinks."""

    async def converse(self, conversation: Conversation) -> Reply:
        last = conversation.messages[-1].parts[-1]
        said = str(getattr(last, "content", ""))
        self.asked[said] += 1
        self.conversations.append(conversation)
        if self.seconds:
            answered = asyncio.Event()
            asyncio.get_running_loop().call_later(self.seconds, answered.set)
            await answered.wait()
        tools = conversation.parameters.function_tools
        is_call = bool(tools) and not isinstance(last, ToolReturnPart)
        part = ToolCallPart(tools[0].name, {"said": said}, tool_call_id="c1") if is_call else TextPart(said.upper())
        if conversation.on_text is not None:
            conversation.on_text(said.upper())
        spent = Spent(model=self.name, input_tokens=10, output_tokens=5, cost_usd=0.5)
        return Reply(ModelResponse(parts=[part]), spent)

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        raise AssertionError(f"hosts converse: {request}")

    async def close(self) -> None:
        pass


class Stage:
    def __init__(self, house: House, directory: Path, sandboxes: Sandboxes) -> None:
        self.house = house
        self.directory = directory
        self.sandboxes = sandboxes
        self.model = TalkingModel()
        self.environments = ThisPython()

    def host(self, script: str, *, name: str = "test", manifest: str = "") -> Host:
        """A host of this script, written as the docs say; `manifest` is added to its host.toml."""
        directory = self.directory / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "host.py").write_text(script)
        top = f'name = "{name}"\ndescription = "A test."\nscript = "host.py"\n'
        (directory / "host.toml").write_text(top + manifest)
        return read_host(directory)

    def worker(self, host: Host, **changes: Any) -> Worker:
        self.house.model = self.model  # pyright: ignore[reportAttributeAccessIssue] - it converses
        agent = HostAgent(host, self.environments)
        return self.house.worker({"host:test": agent.run}, sandboxes=self.sandboxes, **changes)

    async def work(self, host: Host, status: str = "COMPLETED", **fields: Any) -> RunRecord:
        """One run of the host to its end."""
        run_id = await self.house.queue(agent="host:test", **fields)
        await self.worker(host).drain()
        run = await self.house.run(run_id)
        assert run.status == status, run.error
        return run

    async def payloads(self, run_id: int, event_type: str) -> list[dict[str, Any]]:
        events = await self.house.events(run_id)
        return [event["payload"] for event in events if event["event_type"] == event_type]


def result_of(run: RunRecord) -> dict[str, Any]:
    assert run.result is not None
    return json.loads(run.result)
