"""Graphs of topologies, and of runs that are topologies: as data, or drawn."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from agent_runner.api.deps import Api, PlainText, RunId, answer, problems
from agent_runner.domain.catalog import DEFAULT_RUNNER
from agent_runner.domain.composition import Composition
from agent_runner.domain.graph import Graph, graph_of
from agent_runner.domain.graph_life import Fact, with_life
from agent_runner.drawing.draw import Format, draw
from agent_runner.errors import AgentRunnerError, NotFound
from agent_runner.store.catalog import compositions
from agent_runner.store.node_facts import node_facts
from agent_runner.store.run_queries import composition_of, get_run
from agent_runner.store.session import ReadSession

router: Final = APIRouter(responses=problems(422))

Name = Annotated[PlainText, Path(max_length=100, examples=["review"])]
Drawn = Annotated[Format | None, Query(alias="format", description="Draws it; JSON without.")]

_MEDIA_TYPES: Final = {
    Format.SVG: "image/svg+xml",
    Format.MERMAID: "text/plain; charset=utf-8",
    Format.ASCII: "text/plain; charset=utf-8",
}
_DRAWINGS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}}}
}
_INERT: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "no-cache",
}
"""It holds names and words of others; all that a browser may do with it is show it."""


@router.get("/topologies/{name}/graph", tags=["catalog"], response_model=Graph, responses=_DRAWINGS | problems(404))
async def read_graph_of_topology(name: Name, api: Api, how: Drawn = None) -> Response:
    """Who is in its latest version, and who hands what to whom."""
    return _answered(graph_of(await api.database.read(_topology, name)), how)


@router.get("/runs/{run_id}/graph", tags=["runs"], response_model=Graph, responses=_DRAWINGS | problems(404))
async def read_graph_of_run(run_id: RunId, api: Api, how: Drawn = None) -> Response:
    """The topology that the run is, with what has become of each of its nodes until now."""
    composition, facts = await api.database.read(_topology_and_facts, run_id)
    return _answered(with_life(graph_of(composition), run_id, facts), how)


def _topology(session: ReadSession, name: str) -> Composition:
    [found] = compositions(session, [(name, DEFAULT_RUNNER)]).values()
    if isinstance(found, AgentRunnerError):
        raise found
    return Composition.read(found)


def _topology_and_facts(session: ReadSession, run_id: int) -> tuple[Composition, Sequence[Fact]]:
    run, text = get_run(session, run_id), composition_of(session, run_id)
    if text is None:
        raise NotFound(
            f"run {run_id} is one of the agent {run.agent}, which is no topology, so it has no graph",
            next_step=f"see GET /runs/{run_id}/events",
        )
    return Composition.read(text), node_facts(session, run_id)


def _answered(graph: Graph, how: Format | None) -> Response:
    if how is None:
        return answer(graph)
    return Response(draw(graph, how), headers=_INERT, media_type=_MEDIA_TYPES[how])
