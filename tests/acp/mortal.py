"""A worker process that dies when its run says a certain word: `python -m tests.acp.mortal DATABASE STATE HOST`.

STATE is where it is remembered how strongly this machine can hold a command, HOST the agent as JSON.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from agent_runner.agents.acp.agent import AcpAgent
from agent_runner.agents.registry import AgentRegistry
from agent_runner.hosts.manifest import Host
from agent_runner.store.database import Database
from agent_runner.store.events import events_after
from agent_runner.store.workers import NewWorker
from agent_runner.worker.loop import Worker, WorkerOptions
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import CountingModel

LAST_WORD = "Second begins"


async def die_when_it_is_said(database: Database) -> None:
    while True:
        page = await database.read(events_after, 1, 0, 500)
        if any(LAST_WORD in json.loads(text)["payload"].get("content", "") for _, text in page.events):
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(0.01)


async def work(url: str, state: Path, host: Host) -> None:
    database = await Database.open(url)
    record = NewWorker(id="mortal", host="here", boot_id="", pid=os.getpid(), slots=1, model="demo", check_interval=1.0)
    options = WorkerOptions(
        database_url=url,
        concurrency=1,
        batch_size=1,
        check_interval=1.0,
        lease_seconds=30.0,
        drain_seconds=0.0,
        sandboxes=await tried_sandboxes(state),
    )
    agents = AgentRegistry({"host:peer": AcpAgent(host, {})})
    worker = Worker(database, agents, CountingModel(), record, options)
    await asyncio.gather(worker.drain(), die_when_it_is_said(database))


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), Host.model_validate_json(sys.argv[3])))
