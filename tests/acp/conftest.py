"""A project under git, a real worker over a real database, and agents that speak the Agent Client Protocol."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_runner.agents.acp.agent import AcpAgent
from agent_runner.hosts.manifest import Host, HostLimits, Manifest, Speaks
from agent_runner.sandbox.sandbox import python_places
from agent_runner.store.run_queries import RunRecord
from agent_runner.worker.sandboxes import Sandboxes
from tests.coder.conftest import FILES, Shop, house
from tests.databases import copy_of
from tests.sandboxes import tried_sandboxes
from tests.worker.conftest import House
from tests.workspace.hostile import new_repository

__all__ = ["house"]

HERE = Path(__file__).parent
GOAL = "Be friendlier"


def peer_of(script: list[list[list[Any]]], **changes: Any) -> Host:
    """Made with the package of the protocol."""
    return _host((sys.executable, "{directory}/peer.py", json.dumps(script)), **changes)


def raw_of(*turns: list[list[Any]], limits: HostLimits | None = None, **script: Any) -> Host:
    """Made of JSON lines."""
    command = (sys.executable, "-I", "-S", "{directory}/raw.py", json.dumps({"turns": turns, **script}))
    return _host(command, limits=limits or HostLimits.model_validate({}))


def _host(command: tuple[str, ...], **changes: Any) -> Host:
    manifest = Manifest(
        name="peer",
        description="A scripted coding agent.",
        speaks=Speaks.ACP,
        command=command,
        readable=tuple(map(str, python_places())),
        **changes,
    )
    return Host(manifest=manifest, directory=HERE)


class Yard(Shop):
    """One project, and the runs of an agent in it."""

    def __init__(self, house: House, project: Path, sandboxes: Sandboxes) -> None:
        super().__init__(house, project, sandboxes)
        self.host = raw_of()
        self.environment: dict[str, str] = {}

    async def queue(self, **changes: Any) -> int:
        return await super().queue(**{"agent": "host:peer", "goal": GOAL} | changes)

    async def work(self, run_id: int, status: str) -> RunRecord:
        named = self.host.manifest.environment
        variables = {name: self.environment[name] for name in named if name in self.environment}
        agent, self.secrets = AcpAgent(self.host, variables), tuple(variables.values())
        worker = self.house.worker({"host:peer": agent.run}, secrets=self.secrets, sandboxes=self.sandboxes)
        await worker.drain()
        run = await self.house.run(run_id)
        assert run.status == status, run.error
        return run

    async def failures(self, hosts: Mapping[str, Host], config: str = "{}") -> dict[str, str]:
        """How a run of each fails at its only attempt; all at the same time."""
        runs = {name: await self.queue(agent=name, max_attempts=1, config=config) for name in hosts}
        agents = {name: AcpAgent(host, {}).run for name, host in hosts.items()}
        await self.house.worker(agents, sandboxes=self.sandboxes).drain()
        ended = {name: await self.house.run(run_id) for name, run_id in runs.items()}
        assert {run.status for run in ended.values()} == {"FAILED"}, ended
        return {name: run.error or "" for name, run in ended.items()}

    async def said(self, run_id: int) -> str:
        return "\n".join(event["content"] for event in await self.events(run_id, "MESSAGE"))


@pytest.fixture
def new_url(sqlite_template: Path, tmp_path: Path) -> str:
    return copy_of(sqlite_template, tmp_path)


@pytest.fixture
async def yard(house: House, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Yard:
    sandboxes = await tried_sandboxes(tmp_path_factory.getbasetemp())
    return Yard(house, new_repository(tmp_path / "project", FILES), sandboxes)
