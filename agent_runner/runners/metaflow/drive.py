"""Runs the flow of a topology from a worker: Metaflow schedules, the worker asks the agents and keeps the journal."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from agent_runner.agents.base import RunContext
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import Log
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import TopologyFailed
from agent_runner.runners.metaflow.generate import FlowOptions, generate
from agent_runner.runners.metaflow.line import LONGEST_LINE_BYTES, REQUEST, reachable
from agent_runner.runners.metaflow.mirror import FlowEnded, Mirror
from agent_runner.runners.metaflow.process import FlowHome, FlowProcess, TaskState, open_flow
from agent_runner.topologies.play import play
from agent_runner.topologies.stage import Stage

END_SECONDS: Final = 10.0
"""A flow that has failed may take so long to write down what it has finished."""
ROLE: Final = "metaflow"
OPTIONS: Final = FlowOptions(max_retries=0, has_card=True)
"""A worker tries a run again itself; Metaflow then goes on with what is finished."""


async def play_with_metaflow(
    context: RunContext, composition: Composition, task: str, stage: Stage, place: Path
) -> AnyOutcome:
    """The outcome, as `play` has it; `stage` carries out the calls. The flow lives in `place` between attempts.

    Raises as `play` does, and TopologyFailed when the flow breaks off by itself.
    """
    flow = generate(composition, OPTIONS)
    home = FlowHome(place, flow.file)
    await asyncio.to_thread(home.write, flow.source)
    most = flow.most
    if (origin := home.run_id) is not None:
        try:
            return await _Attempt(context, composition, task, stage, home).play(origin, most)
        except _UnusableError:
            home.forget()
    try:
        return await _Attempt(context, composition, task, stage, home).play(None, most)
    except _UnusableError as error:
        raise TopologyFailed(f"the flow of {composition.topology.name} {error}") from error


class _UnusableError(Exception):
    """The flow has ended, and there is neither an outcome nor an agent that has failed."""


class _Attempt:
    def __init__(self, context: RunContext, composition: Composition, task: str, stage: Stage, home: FlowHome) -> None:
        self._context = context
        self._composition = composition
        self._task = task
        self._home = home
        self._mirror = Mirror(stage, task)

    async def play(self, origin: str | None, most: int) -> AnyOutcome:
        line, private = self._context.directory / "line", self._context.directory / "flow"
        opened = open_flow(self._home, private, line, self._tell, origin=origin, most=most)
        async with serving(self._mirror, line), opened as flow:
            playing = asyncio.ensure_future(play(self._mirror, self._composition, self._task))
            flowing = asyncio.ensure_future(flow.ended())
            try:
                await asyncio.wait({playing, flowing}, return_when=asyncio.FIRST_COMPLETED)
                if not playing.done():
                    self._mirror.flow_has_ended()
                return await self._agreed(playing, flowing, flow)
            finally:
                self._mirror.let_go()
                await _drop(playing, flowing)

    async def _agreed(
        self, playing: asyncio.Future[AnyOutcome], flowing: asyncio.Future[str], flow: FlowProcess
    ) -> AnyOutcome:
        try:
            outcome = await playing
        except FlowEnded:
            raise _UnusableError(f"{await flowing}: {flow.complaint}") from None
        except Exception:
            await self._let_end(flowing)
            raise
        how = await flowing
        if self._mirror.outcome is None:
            raise _UnusableError(f"{how}: {flow.complaint}")
        if self._mirror.outcome != outcome.model_dump(mode="json"):
            raise TopologyFailed(
                f"the flow of {self._composition.topology.name} has come to another outcome than its journal: "
                f"{json.dumps(self._mirror.outcome)[:500]}"
            )
        return outcome

    async def _let_end(self, flowing: asyncio.Future[str]) -> None:
        """A flow whose agent has failed ends by itself, and keeps what is finished for the next attempt."""
        self._mirror.let_go()
        await asyncio.wait({flowing}, timeout=END_SECONDS)

    def _tell(self, state: TaskState) -> None:
        self._context.emit(Log(message=f"Metaflow: {state.step} {state.what}"), ROLE)


async def _drop(playing: asyncio.Future[AnyOutcome], flowing: asyncio.Future[str]) -> None:
    playing.cancel()
    flowing.cancel()
    await asyncio.gather(playing, flowing, return_exceptions=True)


@asynccontextmanager
async def serving(mirror: Mirror, path: Path) -> AsyncGenerator[None]:
    """Answers what the tasks of the flow say on the socket at this path. Let go of the mirror before leaving."""
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            answer = await mirror.heed(REQUEST.validate_json(await reader.readuntil(b"\n")))
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
