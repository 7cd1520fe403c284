"""Runs the flow of a topology from a worker: Metaflow schedules, the worker keeps the journal."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from agent_runner.agents.base import RunContext
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import Log
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import TopologyFailed
from agent_runner.runners.metaflow.generate import FlowOptions, generate
from agent_runner.runners.metaflow.line import LONGEST_LINE_BYTES, REQUEST, reachable
from agent_runner.runners.metaflow.mirror import FlowEnded, Partner
from agent_runner.runners.metaflow.process import FlowHome, FlowProcess, TaskState, open_flow
from agent_runner.topologies.play import play

ROLE: Final = "metaflow"


class Site(Protocol):
    """Where the agents of a flow are asked."""

    @property
    def options(self) -> FlowOptions: ...

    def partner(self, task: str) -> Partner: ...

    def prepared(self, home: FlowHome, line: Path) -> AbstractAsyncContextManager[Mapping[str, str]]:
        """The variables of the flow's process, once it may begin; afterwards nothing of it is left elsewhere."""
        ...

    async def end(self, flow: FlowProcess, flowing: asyncio.Future[str], why: BaseException) -> None:
        """A flow that nobody needs any more comes to its end, if it can within a while; what is finished is kept."""
        ...


async def play_with_metaflow(
    context: RunContext, composition: Composition, task: str, site: Site, place: Path
) -> AnyOutcome:
    """The outcome, as `play` has it. The flow lives in `place` between attempts.

    Raises as `play` does, and TopologyFailed when the flow breaks off by itself.
    """
    flow = generate(composition, site.options)
    home = FlowHome(place, flow.file)
    await asyncio.to_thread(home.write, flow.source)
    most = flow.most
    if (origin := home.run_id) is not None:
        try:
            return await _Attempt(context, composition, task, site, home).play(origin, most)
        except _UnusableError:
            home.forget()
    try:
        return await _Attempt(context, composition, task, site, home).play(None, most)
    except _UnusableError as error:
        raise TopologyFailed(f"the flow of {composition.topology.name} {error}") from error


class _UnusableError(Exception):
    """The flow has ended, and there is neither an outcome nor an agent that has failed."""


class _Attempt:
    def __init__(self, context: RunContext, composition: Composition, task: str, site: Site, home: FlowHome) -> None:
        self._context = context
        self._composition = composition
        self._task = task
        self._site = site
        self._home = home
        self._partner = site.partner(task)

    async def play(self, origin: str | None, most: int) -> AnyOutcome:
        line, private = self._context.directory / "line", self._context.directory / "flow"
        async with (
            self._site.prepared(self._home, line) as variables,
            serving(self._partner, line),
            open_flow(self._home, private, variables, self._tell, origin=origin, most=most) as flow,
        ):
            playing = asyncio.ensure_future(play(self._partner, self._composition, self._task))
            flowing = asyncio.ensure_future(flow.ended())
            try:
                await asyncio.wait({playing, flowing}, return_when=asyncio.FIRST_COMPLETED)
                if not playing.done():
                    self._partner.flow_has_ended()
                return await self._agreed(playing, flowing, flow)
            except BaseException as error:
                self._partner.let_go()
                playing.cancel()
                await self._site.end(flow, flowing, error)
                raise
            finally:
                self._partner.let_go()
                await _drop(playing, flowing)

    async def _agreed(
        self, playing: asyncio.Future[AnyOutcome], flowing: asyncio.Future[str], flow: FlowProcess
    ) -> AnyOutcome:
        try:
            outcome = await playing
        except FlowEnded:
            raise _UnusableError(f"{await flowing}: {flow.complaint}") from None
        how = await flowing
        if self._partner.outcome is None:
            raise _UnusableError(f"{how}: {flow.complaint}")
        if self._partner.outcome != outcome.model_dump(mode="json"):
            raise TopologyFailed(
                f"the flow of {self._composition.topology.name} has come to another outcome than its journal: "
                f"{json.dumps(self._partner.outcome)[:500]}"
            )
        return outcome

    def _tell(self, state: TaskState) -> None:
        self._context.emit(Log(message=f"Metaflow: {state.step} {state.what}"), ROLE)


async def _drop(playing: asyncio.Future[AnyOutcome], flowing: asyncio.Future[str]) -> None:
    playing.cancel()
    flowing.cancel()
    await asyncio.gather(playing, flowing, return_exceptions=True)


@asynccontextmanager
async def serving(partner: Partner, path: Path) -> AsyncGenerator[None]:
    """Answers what the tasks of the flow say on the socket at this path. Let go of the partner before leaving."""
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            answer = await partner.heed(REQUEST.validate_json(await reader.readuntil(b"\n")))
            writer.write(answer.model_dump_json(exclude_defaults=True).encode() + b"\n")
            await writer.drain()
        writer.close()

    def take_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer), name="answer to a task of a flow")
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_unix_server(take_up, sock=_listening(path), limit=LONGEST_LINE_BYTES)
    try:
        yield
    finally:
        server.close()
        await asyncio.to_thread(path.unlink, missing_ok=True)  # a second flow of the attempt listens there as well
        await asyncio.gather(*under_way, return_exceptions=True)


def _listening(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with reachable(path) as address:
            listening.bind(address)
    except OSError:
        listening.close()
        raise
    path.chmod(0o600)
    return listening
