"""The harm: a seeded schedule of kills, pauses, drains, restarts and locks that somebody else holds."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any, Final

from agent_runner.chaos.memory import Memory
from agent_runner.chaos.options import LEASE_SECONDS, ChaosOptions
from agent_runner.chaos.processes import Member, Site
from agent_runner.store.address import sqlite_path

SECONDS_BETWEEN: Final = (0.3, 1.7)
LONGEST_DOWN_SECONDS: Final = 1.0
PAUSE_IN_LEASES: Final = (1.6, 2.6)
"""Long enough for another worker to take the runs back and go on with them."""
KILLED_WHILE_PAUSED: Final = 0.2
HURTS_THE_LAST: Final = 0.15
"""How likely it is that no worker is spared; else there would be nobody to take anything back."""
OFTEN: Final = {"kill worker": 6, "pause worker": 6, "drain worker": 2}
OF_THE_API: Final = frozenset({"kill api", "restart api", "pause api"})
Act = Callable[[], Coroutine[Any, Any, None]]


class Harm:
    """Hurts the site until it is told to stop; what has begun is brought to its end."""

    def __init__(self, site: Site, memory: Memory, options: ChaosOptions, say: Callable[[str], None]) -> None:
        self._site: Final = site
        self._memory: Final = memory
        self._options: Final = options
        self._say: Final = say
        self._chance: Final = Random(f"{options.seed} harm")  # noqa: S311 - a schedule, no secret

    async def run(self, seconds: float) -> None:
        acts = self._acts()
        # Each kind once, as soon as it is possible; first those that make zombies, while all workers are busy.
        opening = ["pause worker", "kill worker", *self._chance.sample(list(acts), len(acts))]
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as under_way:
            while time.monotonic() < end:
                await asyncio.sleep(self._chance.uniform(*SECONDS_BETWEEN))
                name = self._next(opening)
                under_way.create_task(acts[name](), name=name)

    def _next(self, opening: list[str]) -> str:
        """An API that has just started is left alone, or there would be no load."""
        api = self._site.api
        spared = OF_THE_API if api.is_young or api.is_in_hand else frozenset[str]()
        if due := [name for name in opening if name not in spared]:
            opening.remove(due[0])
            return due[0]
        weights = {name: OFTEN.get(name, 1) for name in self._acts() if name not in spared}
        return self._chance.choices(list(weights), list(weights.values()))[0]

    def _acts(self) -> Mapping[str, Act]:
        acts: dict[str, Act] = {
            "kill worker": self._kill_worker,
            "pause worker": self._pause_worker,
            "drain worker": self._drain_worker,
            "kill api": self._kill_api,
            "restart api": self._restart_api,
            "pause api": self._pause_api,
        }
        if self._options.is_sqlite:
            acts["hold lock"] = self._hold_lock
        if self._options.restart_database:
            acts["restart database"] = self._restart_database
        return acts

    # ---- workers

    async def _kill_worker(self) -> None:
        if (worker := self._take_worker()) is not None:
            self._count("worker kills", f"kill -9 of {worker.name}")
            await worker.kill()
            await self._start_again(worker)

    async def _pause_worker(self) -> None:
        if (worker := self._take_worker()) is None:
            return
        seconds = LEASE_SECONDS * self._chance.uniform(*PAUSE_IN_LEASES)
        is_killed = self._chance.random() < KILLED_WHILE_PAUSED
        self._count("worker pauses", f"SIGSTOP of {worker.name} for {seconds:.1f} s")
        worker.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        if is_killed:
            self._count("worker kills", f"kill -9 of {worker.name} while it is paused")
            await worker.kill()
            await self._start_again(worker)
        else:
            worker.send(signal.SIGCONT)
            worker.is_in_hand = False

    async def _drain_worker(self) -> None:
        if (worker := self._take_worker()) is not None:
            self._count("worker drains", f"SIGTERM of {worker.name}")
            await self._site.end(worker)
            await self._start_again(worker)

    # ---- API

    async def _kill_api(self) -> None:
        if (api := self._take([self._site.api])) is not None:
            self._count("api kills", "kill -9 of the API")
            await api.kill()
            await self._start_again(api)

    async def _restart_api(self) -> None:
        if (api := self._take([self._site.api])) is not None:
            self._count("api restarts", "SIGTERM of the API")
            await self._site.end(api)
            await self._start_again(api)

    async def _pause_api(self) -> None:
        if (api := self._take([self._site.api])) is not None:
            self._count("api pauses", "SIGSTOP of the API")
            api.send(signal.SIGSTOP)
            await asyncio.sleep(self._chance.uniform(0.3, 2.0))
            api.send(signal.SIGCONT)
            api.is_in_hand = False

    # ---- the database

    async def _hold_lock(self) -> None:
        seconds = LEASE_SECONDS * self._chance.uniform(0.3, 1.3)
        self._count("lock holds", f"somebody else holds the write lock for {seconds:.1f} s")
        path = str(sqlite_path(self._options.url))
        await self._site.help(sys.executable, "-m", "agent_runner.chaos.lock_holder", path, f"{seconds:.2f}")

    async def _restart_database(self) -> None:
        self._count("database restarts", "restart of the database")
        self._site.expect_outage()
        code = await self._site.help("/bin/sh", "-c", self._options.restart_database or "")
        self._site.expect_outage()
        if code != 0:
            self._memory.find(f"the command that restarts the database ended with exit code {code}")

    # ---- what they share

    def _take_worker(self) -> Member | None:
        free = [worker for worker in self._site.workers if not worker.is_in_hand]
        is_last = len(free) == 1 < len(self._site.workers)
        if is_last and self._chance.random() > HURTS_THE_LAST:
            return None
        return self._take(free)

    def _take(self, members: Sequence[Member]) -> Member | None:
        """One that nobody hurts at the moment; from here on it is the caller's."""
        free = [member for member in members if member.is_alive and not member.is_in_hand]
        if not free:
            return None
        member = self._chance.choice(free)
        member.is_in_hand = True
        return member

    async def _start_again(self, member: Member) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, LONGEST_DOWN_SECONDS))
        await member.start()
        member.is_in_hand = False

    def _count(self, what: str, sentence: str) -> None:
        self._memory.counts[what] += 1
        self._say(sentence)
