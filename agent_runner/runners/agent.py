"""The agent `topology:NAME`: hands the run's composition to the runner that the run names."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import JsonValue

from agent_runner.agents.base import RunContext

if TYPE_CHECKING:
    from agent_runner.runners.base import Runner


class TopologyAgent:
    """Keeps nothing between runs; `only` is the runner that Python code has made itself."""

    def __init__(self, *, only: "Runner | None" = None) -> None:
        self._only = only

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        await asyncio.to_thread(import_module, "agent_runner.runners.perform")  # a worker without topologies needs none
        from agent_runner.runners.perform import perform  # noqa: PLC0415 - loaded by the line above, beside the loop

        return await perform(context, self._only)
