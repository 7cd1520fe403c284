"""The graph of a run that was really played: what its agents have told is what its nodes show."""

import pytest

from agent_runner.domain.graph import Graph, NodeKind, NodeState, graph_of
from agent_runner.domain.graph_life import with_life
from agent_runner.domain.run import RunStatus
from agent_runner.runners.base import RunConfig, Runner
from agent_runner.runners.concurrent import AsyncRunner
from agent_runner.runners.local import LocalRunner
from agent_runner.store.database import Database
from agent_runner.store.node_facts import node_facts
from tests.graphs.examples import AGENTS, TOPOLOGIES, composed, topology
from tests.scripted_faults import FaultKind
from tests.scripted_model import ScriptedModel

WHOLE = topology("whole", "compound", {"parts": ["both", "office", "crew", "court", "pick"]})
LAX = topology("lax", "ensemble", {"members": ["ann", "bob"], "synthesizer": ["dot"]}, on_failure="skip")


async def live(url: str, run_id: int, graph: Graph) -> Graph:
    database = await Database.open(url)
    try:
        return with_life(graph, run_id, await database.read(node_facts, run_id))
    finally:
        await database.close()


@pytest.mark.parametrize("kind", [LocalRunner, AsyncRunner])
async def test_every_answer_is_a_call_of_its_node(
    kind: type[Runner], new_url: str, server: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_MODEL", "demo")
    monkeypatch.setenv("DEMO_STEP_SECONDS", "0")
    result = await kind(RunConfig(), new_url).run(WHOLE, AGENTS, "Say hello", topologies=TOPOLOGIES)
    assert (result.status, result.error) == (RunStatus.COMPLETED, None)
    assert result.metrics is not None
    drawn = await live(new_url, result.execution_id, graph_of(composed(WHOLE)))
    lives = {node.id: node.life for node in drawn.nodes if node.kind is NodeKind.AGENT and node.life is not None}
    assert sum(life.calls for life in lives.values()) == result.metrics.agent_calls
    assert sum(life.model_calls for life in lives.values()) == result.metrics.model_calls
    assert sum(life.input_tokens for life in lives.values()) == result.metrics.input_tokens
    assert {life.state for life in lives.values()} <= {NodeState.DONE, NodeState.SKIPPED}
    assert all((life.state is NodeState.DONE) is (life.calls > 0) for life in lives.values())
    assert all(life.last_message and life.started_at and life.ended_at for life in lives.values() if life.calls)
    assert lives["crew/eve"].calls == 2, "a plan, and a report"


async def test_who_has_failed_is_failed_and_done_without_is_skipped(new_url: str, server: ScriptedModel) -> None:
    server.fail(FaultKind.STATUS, times=1, value="401")
    lax = await LocalRunner(RunConfig(), new_url).run(LAX, AGENTS, "Say hello")
    server.fail(FaultKind.STATUS, times=1, value="401")
    strict = await LocalRunner(RunConfig(), new_url).run(TOPOLOGIES["research"], AGENTS, "Say hello")
    assert (lax.status, strict.status) == (RunStatus.COMPLETED, RunStatus.FAILED)
    for result, of, expected in (
        (lax, LAX, ["skipped", "done", "done"]),
        (strict, "research", ["failed", "skipped", "skipped"]),
    ):
        drawn = await live(new_url, result.execution_id, graph_of(composed(of)))
        lives = [node.life for node in drawn.nodes if node.kind is NodeKind.AGENT and node.life is not None]
        assert [life.state for life in lives] == expected
        assert lives[0].failures == 1
        assert lives[0].last_message is not None
        assert lives[0].last_message.startswith("ann has failed: ")
