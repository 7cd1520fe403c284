"""What the program asks of its editor in one turn: files, permissions, commands. We are that editor."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from acp.meta import CLIENT_METHODS
from acp.schema import (
    CreateTerminalRequest,
    KillTerminalRequest,
    KillTerminalResponse,
    ReadTextFileRequest,
    ReadTextFileResponse,
    ReleaseTerminalRequest,
    ReleaseTerminalResponse,
    RequestPermissionRequest,
    TerminalOutputRequest,
    WaitForTerminalExitRequest,
    WriteTextFileRequest,
    WriteTextFileResponse,
)
from pydantic import BaseModel, ValidationError

from agent_runner.agents.acp.connection import INVALID_PARAMS, METHOD_NOT_FOUND, ErrorAnswer
from agent_runner.agents.acp.permission import Permission, Permissions
from agent_runner.agents.acp.place import LONGEST_SHOWN, Place
from agent_runner.agents.acp.telling import Telling
from agent_runner.agents.acp.terminals import Terminals
from agent_runner.agents.change.desk import Desk
from agent_runner.errors import CommandRefused, FileRefused

RESOURCE_NOT_FOUND: Final = -32002

Request = TypeVar("Request", bound=BaseModel)
Served = Callable[[dict[str, Any]], Awaitable[BaseModel]]


class Editor:
    """One turn."""

    def __init__(self, desk: Desk, turn: int, permissions: Permissions, place: Place) -> None:
        self._desk: Final = desk
        self._place: Final = place
        self._files: Final = asyncio.Lock()
        self.telling: Final = Telling(desk.context, desk.role)
        self.permission: Final = Permission(desk.context, turn, permissions, desk.role, place)
        self.terminals: Final = Terminals(desk.commands, desk.policy, self.telling, place.root)
        self._served: Final[dict[str, Served]] = {
            CLIENT_METHODS["fs_read_text_file"]: _of(ReadTextFileRequest, self._read),
            CLIENT_METHODS["fs_write_text_file"]: _of(WriteTextFileRequest, self._write),
            CLIENT_METHODS["session_request_permission"]: _of(RequestPermissionRequest, self._decide),
            CLIENT_METHODS["terminal_create"]: _of(CreateTerminalRequest, self._create_terminal),
            CLIENT_METHODS["terminal_output"]: _of(TerminalOutputRequest, self._show_terminal),
            CLIENT_METHODS["terminal_wait_for_exit"]: _of(WaitForTerminalExitRequest, self._wait_for_terminal),
            CLIENT_METHODS["terminal_kill"]: _of(KillTerminalRequest, self._kill_terminal),
            CLIENT_METHODS["terminal_release"]: _of(ReleaseTerminalRequest, self._release_terminal),
        }

    def hear(self, method: str, params: dict[str, Any]) -> None:
        if method == CLIENT_METHODS["session_update"]:
            self.telling.hear(params)

    async def serve(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        served = self._served.get(method)
        if served is None:
            raise ErrorAnswer(METHOD_NOT_FOUND, f"this client has no method {method[:LONGEST_SHOWN]!r}")
        self.telling.finish_words()
        try:
            answer = await served(params)
        except (FileRefused, CommandRefused) as refusal:
            is_missing = isinstance(refusal.__cause__, FileNotFoundError)
            said = refusal.message if refusal.next_step is None else f"{refusal.message}; {refusal.next_step}"
            raise ErrorAnswer(RESOURCE_NOT_FOUND if is_missing else INVALID_PARAMS, said) from refusal
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"])) or "params"
            raise ErrorAnswer(INVALID_PARAMS, f"{where}: {problem['msg']}") from error
        return answer.model_dump(mode="json", by_alias=True, exclude_none=True)

    async def _read(self, asked: ReadTextFileRequest) -> ReadTextFileResponse:
        async with self._files:
            text = await self._desk.files.text(self._place.relative(asked.path))
        if asked.line is None and asked.limit is None:
            return ReadTextFileResponse(content=text)
        lines, first = text.splitlines(keepends=True), max(0, (asked.line or 1) - 1)
        last = len(lines) if asked.limit is None else first + asked.limit
        return ReadTextFileResponse(content="".join(lines[first:last]))

    async def _write(self, asked: WriteTextFileRequest) -> WriteTextFileResponse:
        async with self._files:
            await self._desk.files.write(self._place.relative(asked.path), asked.content)
            await (await self._desk.context.sandbox()).hand_over([self._desk.workspace.path])
        return WriteTextFileResponse()

    async def _decide(self, asked: RequestPermissionRequest) -> BaseModel:
        return await self.permission.decide(self.telling.learn(asked.tool_call), asked.options)

    async def _create_terminal(self, asked: CreateTerminalRequest) -> BaseModel:
        return self.terminals.create(asked)

    async def _show_terminal(self, asked: TerminalOutputRequest) -> BaseModel:
        return self.terminals.output(asked.terminal_id)

    async def _wait_for_terminal(self, asked: WaitForTerminalExitRequest) -> BaseModel:
        return await self.terminals.wait(asked.terminal_id)

    async def _kill_terminal(self, asked: KillTerminalRequest) -> BaseModel:
        await self.terminals.kill(asked.terminal_id)
        return KillTerminalResponse()

    async def _release_terminal(self, asked: ReleaseTerminalRequest) -> BaseModel:
        await self.terminals.release(asked.terminal_id)
        return ReleaseTerminalResponse()


def _of(kind: type[Request], serve: Callable[[Request], Awaitable[BaseModel]]) -> Served:
    async def served(params: dict[str, Any]) -> BaseModel:
        return await serve(kind.model_validate(params))

    return served
