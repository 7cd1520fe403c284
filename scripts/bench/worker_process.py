"""A worker process with an agent that does nothing: `python -m scripts.bench.worker_process noop|waiting|marking`."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from typing import Final

from agent_runner.agents.base import Agent
from agent_runner.cli.serve import end_with_standard_input
from agent_runner.entry.worker import fastest_loop
from agent_runner.settings import Settings, load_settings
from agent_runner.store.database import Database
from agent_runner.telemetry.logging import set_up_logging
from agent_runner.worker.from_settings import log, this_process, worker_options
from agent_runner.worker.loop import Worker
from scripts.bench.agents import MarkingAgent, NoModel, NoopAgent, WaitingAgent, registry_of

AGENTS: Final[Mapping[str, Agent]] = {"noop": NoopAgent(), "waiting": WaitingAgent(), "marking": MarkingAgent()}


def main(agent: str) -> None:
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    end_with_standard_input()
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(_run(settings, AGENTS[agent]))


async def _run(settings: Settings, agent: Agent) -> None:
    """As entry/worker.py runs one."""
    model = NoModel()
    database = await Database.open(settings.store_url)
    try:
        worker = Worker(
            database, registry_of(agent), model, this_process(settings, model.name), worker_options(settings)
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        log.info("Background worker started (check interval: %gs)", settings.worker_check_interval)
        await worker.run_forever()
    finally:
        await database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
