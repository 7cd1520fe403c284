"""The program under way: started in the sandbox, introduced, with one session in it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from acp.meta import AGENT_METHODS, PROTOCOL_VERSION
from acp.schema import (
    AuthenticateRequest,
    AuthenticateResponse,
    CancelNotification,
    ClientCapabilities,
    FileSystemCapabilities,
    Implementation,
    InitializeRequest,
    InitializeResponse,
    NewSessionRequest,
    NewSessionResponse,
    PromptRequest,
    PromptResponse,
    TextContentBlock,
)
from pydantic import BaseModel, ValidationError

from agent_runner import __version__
from agent_runner.agents.acp.connection import Connection, ErrorAnswer, Peer
from agent_runner.agents.acp.wording import shown
from agent_runner.errors import HostFailed, PermanentAgentError
from agent_runner.hosts.lines import Lines
from agent_runner.hosts.manifest import Host
from agent_runner.sandbox.level import Limits
from agent_runner.sandbox.output import CHUNK_BYTES, Kept
from agent_runner.sandbox.process import SandboxedProcess
from agent_runner.sandbox.sandbox import Sandbox

CANCEL_SECONDS: Final = 0.3
"""A program has so long to end its turn; then it is killed."""
ENDING_SECONDS: Final = 1.0
"""Between the end of what a program says and its own end."""
LAST_WORDS_BYTES: Final = 2000
LONGEST_NAME: Final = 200
AUTHENTICATION_REQUIRED: Final = -32000
MB: Final = 1024 * 1024

Answer = TypeVar("Answer", bound=BaseModel)


class Session:
    """Use `open_session`. Not to be used by two tasks at once."""

    def __init__(self, host: Host, process: SandboxedProcess) -> None:
        limits = host.manifest.limits
        self._name: Final = host.name
        self._process: Final = process
        self._stderr: Final = Kept(LAST_WORDS_BYTES)
        self._listening: Final = asyncio.ensure_future(self._stderr.read_all(process.stderr))
        lines = Lines(process.stdout, host.name, limits.output_mb * MB)
        self._connection: Final = Connection(lines, process.stdin, host.name, limits.silence_seconds)
        self._id = ""
        self._logins = "none"
        self.introduced = f"{host.name} {host.manifest.version}".strip()
        """The name and the version that the program gives itself, once it has begun."""

    async def start(self, root: str, peer: Peer, *, has_terminal: bool, auth_method: str | None) -> None:
        """`root`: the workspace, without links.

        Raises PermanentAgentError for a program that speaks another version, or wants a login first.
        """
        capabilities = ClientCapabilities(
            fs=FileSystemCapabilities(read_text_file=True, write_text_file=True), terminal=has_terminal
        )
        ourselves = Implementation(name="agent-runner", title="agent-runner", version=__version__)
        hello = InitializeRequest(
            protocol_version=PROTOCOL_VERSION, client_capabilities=capabilities, client_info=ourselves
        )
        said = await self._ask("initialize", hello, InitializeResponse, peer)
        if said.protocol_version != PROTOCOL_VERSION:
            raise PermanentAgentError(
                f"{self._name} speaks version {said.protocol_version} of the Agent Client Protocol,"
                f" and this is version {PROTOCOL_VERSION}",
                next_step="install another version of the program",
            )
        self._logins = ", ".join(method.id for method in said.auth_methods or []) or "none"
        if said.agent_info is not None:
            self.introduced = shown(f"{said.agent_info.name} {said.agent_info.version}", LONGEST_NAME)
        if auth_method is not None:
            await self._ask("authenticate", AuthenticateRequest(method_id=auth_method), AuthenticateResponse, peer)
        wanted = NewSessionRequest(cwd=root, mcp_servers=[])
        self._id = (await self._ask("session_new", wanted, NewSessionResponse, peer)).session_id

    async def prompt(self, text: str, peer: Peer) -> PromptResponse:
        """One turn. A caller that is cancelled ends it, and the session with it."""
        asked = PromptRequest(session_id=self._id, prompt=[TextContentBlock(type="text", text=text)])
        try:
            return await self._ask("session_prompt", asked, PromptResponse, peer)
        except asyncio.CancelledError:
            await self._cancel()
            raise

    async def hold(self) -> None:
        """Between two turns nobody but us works in the workspace, whatever the program has left running."""
        await self._process.hold()

    async def go_on(self) -> None:
        await self._process.go_on()

    async def end(self) -> None:
        """Kills the program. What it has still said is taken, or its pipes would stay open."""
        await self._process.kill()
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        for stream in (self._process.stdout, self._process.stderr):
            while await stream.read(CHUNK_BYTES):
                pass

    async def _cancel(self) -> None:
        """What it says about it is of no interest any more, and neither is what goes wrong."""
        no_more = _plain(CancelNotification(session_id=self._id))
        with suppress(Exception):
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._connection.notify(AGENT_METHODS["session_cancel"], no_more)
                await self._connection.until_answered()

    async def _ask(self, name: str, asked: BaseModel, kind: type[Answer], peer: Peer) -> Answer:
        method = AGENT_METHODS[name]
        try:
            return kind.model_validate(await self._connection.request(method, _plain(asked), peer))
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"])) or "it"
            raise HostFailed(
                f"{self._name} answers {method} with what is no answer: {where}: {problem['msg']}"
            ) from None
        except EOFError:
            raise await self._ended(method) from None
        except HostFailed as failed:
            raise HostFailed(f"{failed.message}{self._last_words()}", next_step=failed.next_step) from None
        except ErrorAnswer as error:
            if error.code == AUTHENTICATION_REQUIRED:
                raise self._wants_login(error) from None
            said = f"{self._name} answers {method} with an error: {error.message} ({error.code})"
            raise HostFailed(f"{said}{self._last_words()}") from None

    async def _ended(self, method: str) -> HostFailed:
        """Raises SandboxError for a program that was never started."""
        how = "closed its output"
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                how = (await self._process.wait()).how
                await asyncio.shield(self._listening)
        return HostFailed(f"{self._name} {how} without an answer to {method}{self._last_words()}")

    def _last_words(self) -> str:
        words = self._stderr.text().strip()
        return f"; its last words: {words}" if words else ""

    def _wants_login(self, error: ErrorAnswer) -> PermanentAgentError:
        return PermanentAgentError(
            f"{self._name} wants to be logged in first: {error.message}",
            next_step="name the variable with its key under environment in its host.toml and set it for the worker;"
            f" if that is not enough, name one of its ways to log in as the option auth_method: {self._logins}",
        )


@asynccontextmanager
async def open_session(
    host: Host, sandbox: Sandbox, workspace: Path, environment: Mapping[str, str]
) -> AsyncGenerator[Session]:
    """A process that has not begun yet; at the end nothing of it is left."""
    manifest = host.manifest
    limits = Limits(
        memory_bytes=manifest.limits.memory_mb * MB,
        processes=manifest.limits.processes,
        open_files=manifest.limits.open_files,
    )
    opened = sandbox.open(
        [word.replace("{directory}", str(host.directory)) for word in manifest.command],
        cwd=workspace,
        writable=[workspace],
        readable=[host.directory, *map(Path, manifest.readable)],
        environment=environment,
        limits=limits,
        network=manifest.network,
    )
    async with opened as process:
        session = Session(host, process)
        try:
            yield session
        finally:
            await session.end()


def _plain(message: BaseModel) -> dict[str, Any]:
    return message.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
