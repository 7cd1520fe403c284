"""The catalog: the built-in agents, and the hosts that live workers have told of."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from agent_runner import __version__
from agent_runner.api import examples
from agent_runner.api.deps import Api, problems
from agent_runner.api.fields import Output
from agent_runner.domain.catalog import BUILT_IN_AGENTS, OF_HOSTS, AgentEntry
from agent_runner.domain.host_report import HostHealth, HostReport, HostsReport
from agent_runner.store.workers import host_reports

router: Final = APIRouter(tags=["service"], responses=problems(422))

_BEST_FIRST: Final = tuple(HostHealth)

Told = Mapping[str, Sequence[HostReport]]
"""What workers say of each host, by its name."""


class AgentPublic(Output):
    model_config = ConfigDict(json_schema_extra=examples.AGENT)

    name: str
    version: str | None = Field(description="Of the program or framework inside.")
    health: HostHealth | None = Field(
        description="`missing`: the first run installs it. `broken`: no run can use it. null: no live worker has told."
    )
    reason: str | None = Field(description="Why it is not ready, or what else to know.")
    description: str
    needs_project: bool = False
    speaks: str | None = Field(default=None, description="The protocol of a host.")
    options: dict[str, Any] = Field(default={}, description="What a run may set in its `config`, by name.")


@router.get("/agents")
async def read_agents(api: Api) -> list[AgentPublic]:
    """The agents that a run or a task can name, and how those are that are programs beside the workers."""
    return list(catalog(await api.database.read(host_reports)))


def catalog(reports: Sequence[HostsReport]) -> Iterator[AgentPublic]:
    told: defaultdict[str, list[HostReport]] = defaultdict(list)
    for report in reports:
        for host in report.hosts:
            told[host.name].append(host)
    for entry in BUILT_IN_AGENTS:
        yield _built_in(entry, told, len(reports))
    shown = {entry.host for entry in BUILT_IN_AGENTS}
    for name in sorted(told.keys() - shown):
        yield _host(f"{OF_HOSTS}{name}", told[name], len(reports))


def _built_in(entry: AgentEntry, told: Told, workers: int) -> AgentPublic:
    if entry.host is None:
        return AgentPublic(
            name=entry.name,
            version=__version__,
            health=HostHealth.READY,
            reason=None,
            description=entry.description,
            needs_project=entry.needs_project,
        )
    if of_host := told.get(entry.host):
        return _host(entry.name, of_host, workers)
    return AgentPublic(
        name=entry.name,
        version=None,
        health=None,
        reason="no live worker has it, or it has not told yet",
        description=entry.description,
    )


def _host(name: str, told: Sequence[HostReport], workers: int) -> AgentPublic:
    """As the worker says where it is best: a run may come to that one."""
    best = min(told, key=lambda report: _BEST_FIRST.index(report.health))
    alike = sum(report.health is best.health for report in told)
    reasons = [best.reason or "", f"so on {alike} of {workers} workers" if alike < workers else ""]
    return AgentPublic(
        name=name,
        version=best.version or None,
        health=best.health,
        reason="; ".join(filter(None, reasons)) or None,
        description=best.description,
        speaks=best.speaks or None,
        options=dict(best.options),
    )
