"""A coding agent made with the `agent-client-protocol` package: `peer.py SCRIPT`, a JSON list of turns of actions."""

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any, cast

from acp.core import run_agent
from acp.exceptions import RequestError
from acp.helpers import (
    plan_entry,
    start_tool_call,
    text_block,
    tool_content,
    update_agent_message_text,
    update_agent_thought_text,
    update_plan,
    update_tool_call,
)
from acp.interfaces import Agent, Client
from acp.schema import (
    AgentCapabilities,
    Cost,
    Implementation,
    InitializeResponse,
    NewSessionResponse,
    PermissionOption,
    PromptResponse,
    ToolCallLocation,
    ToolCallUpdate,
    Usage,
    UsageUpdate,
)

EARLIER = "You were told:"


class Peer:
    """Does in its n-th turn what the script says; turns of earlier sessions, which it is told of, count."""

    def __init__(self, script: list[list[list[Any]]]) -> None:
        self._script = script
        self._turns = 0
        self._root = ""

    def on_connect(self, conn: Client) -> None:
        self._client = conn

    async def initialize(self, protocol_version: int, **_: Any) -> InitializeResponse:
        return InitializeResponse(
            protocol_version=protocol_version,
            agent_capabilities=AgentCapabilities(),
            agent_info=Implementation(name="scripted-peer", version="1.2.3"),
        )

    async def new_session(self, cwd: str, **_: Any) -> NewSessionResponse:
        assert Path.cwd() == Path(cwd)
        self._root = cwd
        return NewSessionResponse(session_id=uuid.uuid4().hex)

    async def prompt(self, session_id: str, prompt: list[Any], **_: Any) -> PromptResponse:
        self._turns += 1 + prompt[0].text.count(EARLIER)
        for name, *given in self._script[self._turns - 1]:
            try:
                await getattr(self, f"_{name}")(session_id, *given)
            except RequestError as error:
                await self._say(session_id, f"refused ({error.code}): {error}")
        usage = Usage(total_tokens=15, input_tokens=10, output_tokens=5)
        return PromptResponse(stop_reason="end_turn", usage=usage)

    async def _update(self, session_id: str, update: Any) -> None:
        await self._client.session_update(session_id, update)

    async def _say(self, session_id: str, text: str) -> None:
        for piece in text.partition(" "):
            await self._update(session_id, update_agent_message_text(piece))

    async def _think(self, session_id: str, text: str) -> None:
        await self._update(session_id, update_agent_thought_text(text))

    async def _plan(self, session_id: str, *steps: str) -> None:
        for status in ("pending", "completed"):
            entries = [plan_entry(step, status=status) for step in steps]
            await self._update(session_id, update_plan(entries))

    async def _tool(self, session_id: str, kind: Any, title: str, status: Any) -> None:
        call_id = uuid.uuid4().hex
        await self._update(session_id, start_tool_call(call_id, title, kind=kind, raw_input={"about": title}))
        failed = [tool_content(text_block("it broke"))]
        await self._update(session_id, update_tool_call(call_id, status=status, content=failed))

    async def _costs(self, session_id: str, amount: float) -> None:
        cost = Cost(amount=amount, currency="USD")
        await self._update(session_id, UsageUpdate(session_update="usage_update", used=1, size=2, cost=cost))

    async def _write(self, session_id: str, path: str, text: str) -> None:
        await self._client.write_text_file(session_id=session_id, path=f"{self._root}/{path}", content=text)

    async def _read(self, session_id: str, path: str) -> None:
        found = await self._client.read_text_file(session_id=session_id, path=f"{self._root}/{path}")
        await self._say(session_id, found.content)

    async def _direct(self, _: str, path: str, text: str) -> None:
        Path(path).write_text(text)  # noqa: ASYNC240 - nothing else is to be done

    async def _ask(self, session_id: str, kind: Any, title: str) -> None:
        locations = [ToolCallLocation(path=f"{self._root}/hello.py")]
        call = ToolCallUpdate(tool_call_id=uuid.uuid4().hex, kind=kind, title=title, locations=locations)
        options = [
            PermissionOption(option_id="always", name="Always", kind="allow_always"),
            PermissionOption(option_id="once", name="Once", kind="allow_once"),
            PermissionOption(option_id="no", name="No", kind="reject_once"),
        ]
        said = await self._client.request_permission(session_id=session_id, tool_call=call, options=options)
        await self._say(session_id, f"{title}: {getattr(said.outcome, 'option_id', 'cancelled')}")

    async def _terminal(self, session_id: str, command: str) -> None:
        made = await self._client.create_terminal(session_id=session_id, command=command)
        ended = await self._client.wait_for_terminal_exit(session_id=session_id, terminal_id=made.terminal_id)
        shown = await self._client.terminal_output(session_id=session_id, terminal_id=made.terminal_id)
        await self._client.release_terminal(session_id=session_id, terminal_id=made.terminal_id)
        await self._say(session_id, f"{command}: {ended.exit_code} {shown.output}")


if __name__ == "__main__":
    asyncio.run(run_agent(cast("Agent", Peer(json.loads(sys.argv[1])))))  # it has no more methods than it needs
