"""The agents of the catalog: the built-in ones, the hosts that live workers have told of, and those people define."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from agent_runner import __version__
from agent_runner.api import examples
from agent_runner.api.catalog_schemas import AgentKind, AgentPublic
from agent_runner.api.deps import Api, PlainText, Version, answer, check_model, parsed, problems, services, takes
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.catalog import BUILT_IN_AGENTS, OF_HOSTS, AgentEntry
from agent_runner.domain.host_report import HostHealth, HostReport, HostsReport
from agent_runner.domain.mixin import require_usable_options
from agent_runner.errors import NotFound
from agent_runner.store.catalog import AGENTS, Stored, all_of, delete, get, put_agent, refuse_built_in
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.workers import host_reports

router: Final = APIRouter(tags=["catalog"], responses=problems(422))

_BEST_FIRST: Final = tuple(HostHealth)

Told = Mapping[str, Sequence[HostReport]]
"""What workers say of each host, by its name."""
Name = Annotated[PlainText, Path(max_length=100, examples=["critic"])]


@router.get("/agents")
async def read_agents(api: Api) -> list[AgentPublic]:
    """What a run or a task can name, and what stands in the slots of topologies; `kind` tells them apart."""
    return await api.database.read(_everybody)


@router.post(
    "/agents",
    status_code=201,
    response_model=AgentPublic,
    responses={200: {"model": AgentPublic, "description": "It is there already."}, **problems(409)},
    openapi_extra=takes(AgentType, examples.NEW_AGENT),
)
async def new_agent(request: Request) -> Response:
    """Defines an agent for the slots of topologies, or a new version of it. Runs keep the version they began with."""
    api = await services(request)
    wanted = parsed(AgentType, await request.body(), strict=True)
    check_model(wanted.config.model, api.settings)
    require_usable_options(wanted.config)
    stored = await api.database.write(put_agent, wanted)
    return answer(_type(stored), 201 if stored.is_new else 200)


@router.get("/agents/{name}", response_model=AgentPublic, responses=problems(404))
async def read_agent(name: Name, api: Api, version: Version = None) -> Response:
    return answer(await api.database.read(_one, name, version))


@router.delete("/agents/{name}", status_code=204, responses=problems(404, 409))
async def remove_agent(name: Name, api: Api) -> None:
    """Forgets an agent that people have defined. While it stands in a topology this is a conflict."""
    await api.database.write(_remove, name)


def _everybody(session: ReadSession) -> list[AgentPublic]:
    return [*catalog(host_reports(session)), *(_type(stored) for stored in all_of(session, AGENTS))]


def _one(session: ReadSession, name: str, version: int | None) -> AgentPublic:
    others = {agent.name: agent for agent in catalog(host_reports(session))}
    if name not in others:
        return _type(get(session, AGENTS, name, version, beside=others))
    if version is not None:
        raise NotFound(
            f"the agent {name!r} is none that people define, and has no version {version}",
            next_step=f"see GET /agents/{name}",
        )
    return others[name]


def _remove(session: WriteSession, name: str) -> None:
    refuse_built_in(name)
    delete(session, AGENTS, name)


def _type(stored: Stored[AgentType]) -> AgentPublic:
    agent = stored.definition
    return AgentPublic(
        name=agent.name,
        kind=AgentKind.TYPE,
        version=stored.version,
        health=HostHealth.READY,
        description=agent.description,
        role=agent.role,
        config=agent.config,
        created_at=stored.created_at,
    )


def catalog(reports: Sequence[HostsReport]) -> Iterator[AgentPublic]:
    """What a run can name, as far as that is known."""
    told: defaultdict[str, list[HostReport]] = defaultdict(list)
    for report in reports:
        for host in report.hosts:
            told[host.name].append(host)
    for entry in BUILT_IN_AGENTS:
        yield _built_in(entry, told, len(reports))
    shown = {entry.host for entry in BUILT_IN_AGENTS}
    for name in sorted(told.keys() - shown):
        yield _host(f"{OF_HOSTS}{name}", AgentKind.HOST, told[name], len(reports))


def _built_in(entry: AgentEntry, told: Told, workers: int) -> AgentPublic:
    if entry.host is None:
        return AgentPublic(
            name=entry.name,
            kind=AgentKind.BUILT_IN,
            version=__version__,
            health=HostHealth.READY,
            description=entry.description,
            needs_project=entry.needs_project,
        )
    if of_host := told.get(entry.host):
        return _host(entry.name, AgentKind.BUILT_IN, of_host, workers)
    return AgentPublic(
        name=entry.name,
        kind=AgentKind.BUILT_IN,
        version=None,
        health=None,
        reason="no live worker has it, or it has not told yet",
        description=entry.description,
    )


def _host(name: str, kind: AgentKind, told: Sequence[HostReport], workers: int) -> AgentPublic:
    """As the worker says where it is best: a run may come to that one."""
    best = min(told, key=lambda report: _BEST_FIRST.index(report.health))
    alike = sum(report.health is best.health for report in told)
    reasons = [best.reason or "", f"so on {alike} of {workers} workers" if alike < workers else ""]
    return AgentPublic(
        name=name,
        kind=kind,
        version=best.version or None,
        health=best.health,
        reason="; ".join(filter(None, reasons)) or None,
        description=best.description,
        speaks=best.speaks or None,
        options=dict(best.options),
    )
