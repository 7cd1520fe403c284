"""One round of chaos (`run_round`): start, hurt under load, heal, wait until idle, stop, judge."""

import asyncio
import secrets
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from agent_runner.chaos.harm import Harm
from agent_runner.chaos.load import Load, under_way
from agent_runner.chaos.memory import Memory
from agent_runner.chaos.options import STEP_SECONDS, ChaosOptions, child_settings
from agent_runner.chaos.processes import Member, Site
from agent_runner.chaos.verdict import Story, all_stories, attempts_lost, judge, tracebacks
from agent_runner.domain.run import RunStatus
from agent_runner.errors import Conflict, StoreUnavailable
from agent_runner.settings import environment_for_child
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.run_queries import RunFilter, list_runs
from agent_runner.store.session import ReadSession
from agent_runner.store.verify import Violation

FIRST_RUNS: Final = 20
"""Harm is done to a site that is busy."""
READY_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 90.0
READERS_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.2
TIMEOUT_SECONDS: Final = 20.0
"""Longer than the API's streams are silent."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    figures: dict[str, int]
    violations: Sequence[Violation]
    findings: Sequence[str]
    """What should not happen, though it breaks no invariant."""

    @property
    def is_clean(self) -> bool:
        return not self.violations and not self.findings

    def as_fields(self) -> dict[str, Any]:
        return asdict(self) | {"is_clean": self.is_clean}


async def run_round(options: ChaosOptions, say: Say) -> Report:
    """Raises Conflict when the database has runs already. Leaves no process behind, however it ends."""
    await _refuse_used_database(options)
    memory = Memory()
    key = secrets.token_urlsafe(16)
    port = _free_port()
    site = _site(options, memory, port=port, key=key)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {key}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        load = Load(http, memory, options.seed)
        try:
            await site.start()
            await _until_workers_are_there(http, len(site.workers))
            say = _with_time(say, options.directory / "chaos.log")
            try:
                async with under_way(load):
                    await load.first_runs(FIRST_RUNS)
                    await Harm(site, memory, options, say).run(options.seconds)
                    say("no more harm is done; everything gets its time to end")
            except TimeoutError:
                memory.break_promise("I6", None, "requests were still without an answer long after the last harm")
            await _heal(http, load, memory, say)
            await site.stop()
            say("all has stopped")
        finally:
            await load.dismiss_readers()
            await site.kill_all()
    return await _report(options, memory, site)


async def _heal(http: httpx.AsyncClient, load: Load, memory: Memory, say: Say) -> None:
    if await _comes_true(lambda: _is_idle(http), IDLE_SECONDS):
        say("idle; asking for everything once more")
    else:
        memory.break_promise("I6", None, f"the queue was not empty {IDLE_SECONDS:g} s after the last harm")
    await load.let_readers_end(READERS_SECONDS)
    await load.ask_for_every_key_again()


def _with_time(say: Say, log: Path) -> Say:
    """With the time of day, as the logs of the processes have it, and kept beside them."""

    def say_and_keep(sentence: str) -> None:
        line = f"{datetime.now(UTC):%H:%M:%S} {sentence}"
        say(line)
        with log.open("a") as kept:
            kept.write(line + "\n")

    return say_and_keep


async def _report(options: ChaosOptions, memory: Memory, site: Site) -> Report:
    database = await Database.open(options.url)
    try:
        stories = await database.read(all_stories)
        violations = await database.read(judge, memory, stories)
    finally:
        await database.close()
    logs = [member.log for member in site.members]
    return Report(
        figures=_figures(memory, stories), violations=violations, findings=[*memory.findings, *tracebacks(logs)]
    )


FIGURES: Final = (
    "worker kills",
    "worker pauses",
    "worker drains",
    "api kills",
    "api pauses",
    "api restarts",
    "database restarts",
    "lock holds",
    "ended by themselves",
    "tasks",
    "cancels acknowledged",
    "reruns",
    "runs deleted",
    "creates repeated",
    "requests",
    "readers",
    "streams cut",
    "events read",
)
"""What the memory counts, in the order in which it is shown."""


def _figures(memory: Memory, stories: Sequence[Story]) -> dict[str, int]:
    statuses = Counter(story.run.status for story in stories)
    runs = {
        "runs created": len(memory.ids) + len(memory.runs_of_tasks),
        "runs completed": statuses[RunStatus.COMPLETED],
        "runs failed": statuses[RunStatus.FAILED],
        "runs cancelled": statuses[RunStatus.CANCELLED],
        "attempts lost": attempts_lost(stories),
    }
    resumes = sum(max(0, reading.resumes - 1) for reading in memory.readings)
    return runs | {name: memory.counts[name] for name in FIGURES} | {"readers resumed": resumes}


def _site(options: ChaosOptions, memory: Memory, *, port: int, key: str) -> Site:
    def member(name: str, verb: str, step_seconds: float) -> Member:
        settings = child_settings(options, port=port, key=key, step_seconds=step_seconds)
        arguments = ("agent_runner.cli.main", verb, "--stop-with-stdin")
        return Member(name, arguments, environment_for_child(settings), options.directory)

    workers = [
        member(f"worker-{number}", "worker", STEP_SECONDS[(number - 1) % len(STEP_SECONDS)])
        for number in range(1, options.workers + 1)
    ]
    return Site(member("api", "serve", 0.0), workers, memory)


async def _refuse_used_database(options: ChaosOptions) -> None:
    await asyncio.to_thread(migrate, options.url)
    database = await Database.open(options.url)
    try:
        if await database.read(_has_runs):
            raise Conflict(
                "the database has runs already, and chaos may only use an empty one",
                next_step="name an empty one with --database, or leave the option out",
            )
    finally:
        await database.close()


def _has_runs(session: ReadSession) -> bool:
    return bool(list_runs(session, RunFilter(), after_id=None, limit=1))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_workers_are_there(http: httpx.AsyncClient, workers: int) -> None:
    async def are_there() -> bool:
        status = await _worker_status(http)
        return status is not None and len(status["workers"]) >= workers

    if not await _comes_true(are_there, READY_SECONDS):
        raise StoreUnavailable(
            f"API and workers were not ready within {READY_SECONDS:g} s", next_step="see their logs with --keep DIR"
        )


async def _is_idle(http: httpx.AsyncClient) -> bool:
    status = await _worker_status(http)
    return status is not None and not any(status["queue"].values())


async def _worker_status(http: httpx.AsyncClient) -> dict[str, Any] | None:
    try:
        answer = await http.get("/worker/status")
    except httpx.TransportError:
        return None
    return answer.json() if answer.is_success else None


async def _comes_true(condition: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """False when it did not within this time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True
