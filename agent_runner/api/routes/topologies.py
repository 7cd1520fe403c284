"""The topologies of the catalog, and the mixins that their agents can have."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from agent_runner.api import examples
from agent_runner.api.catalog_schemas import MixinPublic, TopologyPublic
from agent_runner.api.deps import Api, PlainText, Version, answer, parsed, problems, services, takes
from agent_runner.domain.mixin import BUILT_IN_MIXINS
from agent_runner.domain.topology import TopologyType
from agent_runner.store.catalog import TOPOLOGIES, Stored, all_of, delete, get, put_topology

router: Final = APIRouter(tags=["catalog"], responses=problems(422))

Name = Annotated[PlainText, Path(max_length=100, examples=["review"])]


@router.get("/topologies")
async def read_topologies(api: Api) -> list[TopologyPublic]:
    """By name. A run names one as its agent: `topology:NAME`."""
    return [_public(stored) for stored in await api.database.read(all_of, TOPOLOGIES)]


@router.post(
    "/topologies",
    status_code=201,
    response_model=TopologyPublic,
    responses={200: {"model": TopologyPublic, "description": "It is there already."}, **problems(409)},
    openapi_extra=takes(TopologyType, examples.NEW_TOPOLOGY),
)
async def new_topology(request: Request) -> Response:
    """Defines a team of agents that are there, or a new version of it. Runs keep the version they began with."""
    api = await services(request)
    wanted = parsed(TopologyType, await request.body(), strict=True)
    stored = await api.database.write(put_topology, wanted)
    return answer(_public(stored), 201 if stored.is_new else 200)


@router.get("/topologies/{name}", response_model=TopologyPublic, responses=problems(404))
async def read_topology(name: Name, api: Api, version: Version = None) -> Response:
    return answer(_public(await api.database.read(get, TOPOLOGIES, name, version)))


@router.delete("/topologies/{name}", status_code=204, responses=problems(404, 409))
async def remove_topology(name: Name, api: Api) -> None:
    """Forgets it; its runs have all they need. While it is a part of another topology this is a conflict."""
    await api.database.write(delete, TOPOLOGIES, name)


@router.get("/mixins")
async def read_mixins() -> list[MixinPublic]:
    """The capabilities that come with agent-runner."""
    return [
        MixinPublic(name=each.name, description=each.description, requires=each.requires, options=each.properties)
        for each in BUILT_IN_MIXINS
    ]


def _public(stored: Stored[TopologyType]) -> TopologyPublic:
    topology = stored.definition
    return TopologyPublic(
        name=topology.name,
        version=stored.version,
        description=topology.description,
        type=topology.type,
        config=topology.config,
        slots=topology.slots,
        created_at=stored.created_at,
    )
