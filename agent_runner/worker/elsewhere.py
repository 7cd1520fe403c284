"""What a claim has to do with the steps of its run on other machines: it lets them report, and reads what they say."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar

from agent_runner.agents.base import Admission, Reported
from agent_runner.errors import PermanentAgentError, StoreDamaged, StoreUnavailable
from agent_runner.store.database import Database
from agent_runner.store.reports import give_token, reports_of
from agent_runner.worker.outbox import RETRY_SECONDS

T = TypeVar("T")


class OfClaim:
    """Fulfils agents.base.Elsewhere. A database that is away for a while is waited for: the lease ends that."""

    def __init__(self, database: Database, run_id: int, fence: int, public_url: str) -> None:
        self._database = database
        self._run_id = run_id
        self._fence = fence
        self._public_url = public_url

    @property
    def claim(self) -> int:
        return self._fence

    async def admit(self) -> Admission:
        """Raises LeaseLost as well."""
        if not self._public_url:
            raise PermanentAgentError(
                "steps on other machines report to the API, and PUBLIC_URL does not say where they reach it",
                next_step="set PUBLIC_URL=https://… where the workers run, and start them again; see docs/metaflow.md",
            )
        token = await _patiently(lambda: self._database.write(give_token, self._run_id, self._fence))
        return Admission(url=self._public_url, token=token, claim=self._fence)

    async def reported(self, keys: Collection[str]) -> Mapping[str, Reported]:
        found = await _patiently(lambda: self._database.read(reports_of, self._run_id, self._fence, keys))
        return {key: Reported(each.report, each.fence == self._fence) for key, each in found.items()}


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await work()
        except StoreDamaged:
            raise
        except StoreUnavailable:
            await asyncio.sleep(RETRY_SECONDS)
