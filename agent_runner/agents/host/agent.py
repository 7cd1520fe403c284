"""`HostAgent`: a program in an environment of its own does the work. What it needs is imported with the first run."""

import asyncio
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.hosts.manifest import Host


class Environments(Protocol):
    """Where the programs of hosts are installed on this machine."""

    async def interpreter(self, host: Host, tell: Callable[[str], None]) -> Path:
        """The Python of the host's script; installs it first where it is missing, and tells so in sentences."""
        ...

    def variables(self, host: Host) -> Mapping[str, str]:
        """Those of the worker that the manifest names."""
        ...


class HostAgent:
    """Keeps nothing between runs."""

    def __init__(self, host: Host, environments: Environments) -> None:
        self._host = host
        self._environments = environments

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        await asyncio.to_thread(import_module, "agent_runner.agents.host.rounds")
        from agent_runner.agents.host.rounds import HostWork  # noqa: PLC0415 - loaded by the line above, beside the loop

        return await HostWork(self._host, self._environments).run(context)
