"""The graph of a topology: its nodes, and who hands what to whom."""

import pytest
from pydantic import ValidationError

from agent_runner.domain.graph import BEGIN, END, MOST_NODES, Graph, NodeKind
from agent_runner.errors import InvalidInput
from tests.graphs.examples import TOPOLOGIES, graph, topology


def ways(of: Graph) -> set[str]:
    """Every edge as one word; `=>` is one of a loop."""
    return {f"{edge.source} {'=>' if edge.is_loop else '->'} {edge.target}: {edge.kind}" for edge in of.edges}


def test_stages_of_a_pipeline_stand_in_a_row_also_where_an_agent_comes_twice() -> None:
    drawn = graph("line")
    assert [(node.id, node.agent) for node in drawn.nodes] == [
        (BEGIN, None),
        ("ann", "ann"),
        ("bob", "bob"),
        ("ann-2", "ann"),
        (END, None),
    ]
    assert ways(drawn) == {"BEGIN -> ann: work", "ann -> bob: work", "bob -> ann-2: work", "ann-2 -> END: work"}


def test_members_of_an_ensemble_hand_their_answers_to_whoever_makes_one_of_them() -> None:
    assert ways(graph("research")) == {
        *("BEGIN -> ann: work", "BEGIN -> bob: work", "ann -> dot: work", "bob -> dot: work", "dot -> END: work"),
    }
    assert "ann -> cid: work" in ways(graph("pick"))
    votes = [edge for edge in graph("poll").edges if edge.target == END]
    assert [(edge.source, edge.label) for edge in votes] == [("ann", "vote"), ("bob", "vote"), ("cid", "vote")]


def test_who_can_never_be_asked_is_no_node() -> None:
    deaf = topology(
        "deaf", "ensemble", {"members": ["ann"], "synthesizer": ["dot"], "judge": ["cid"]}, aggregation="vote"
    )
    assert [node.id for node in graph(deaf).nodes] == [BEGIN, "ann", END]
    low = topology("low", "chain-of-command", {"level-1": ["ann"], "level-2": ["bob"]}, max_escalations=0)
    assert [node.id for node in graph(low).nodes] == [BEGIN, "ann", END]
    assert graph(low).detail == "chain of command, 1 level"


def test_debaters_come_again_only_where_there_is_a_second_round() -> None:
    assert {way for way in ways(graph("talk")) if "=>" in way} == {
        *("ann => bob: positions", "bob => cid: positions", "cid => ann: positions"),
    }
    assert not any("=>" in way for way in ways(graph("appeal")))


def test_a_mediator_stands_behind_the_debaters_who_may_agree_without_it() -> None:
    assert ways(graph("court")) >= {"ann -> eve: positions", "bob -> eve: positions", "eve -> END: verdict"}
    assert "ann -> END: positions" not in ways(graph("court"))
    assert "ann -> END: positions" in ways(graph("appeal"))


def test_a_chain_of_command_escalates_level_by_level_and_each_may_decide() -> None:
    assert ways(graph("office")) == {
        *("BEGIN -> ann: work", "BEGIN -> bob: work"),
        *("ann -> cid: escalation", "bob -> cid: escalation", "cid -> eve: escalation"),
        *("ann -> END: verdict", "bob -> END: verdict", "cid -> END: verdict", "eve -> END: verdict"),
    }
    wide = topology("wide", "chain-of-command", {"level-1": ["ann"], "level-2": ["bob", "cid"]})
    assert ways(graph(wide)) >= {"ann -> bob: escalation", "ann -> cid: escalation"}


def test_workers_give_back_to_their_coordinator_and_validators_send_back_to_the_author() -> None:
    assert ways(graph("crew")) == {
        *("BEGIN -> eve: work", "eve -> ann: assignment", "eve -> bob: assignment"),
        *("ann => eve: work", "bob => eve: work", "eve -> END: work"),
    }
    assert ways(graph("review")) == {
        *("BEGIN -> ann: work", "ann -> bob: work", "ann -> cid: work"),
        *("bob => ann: revision", "cid => ann: revision", "bob -> END: verdict", "cid -> END: verdict"),
    }
    once = topology("once", "cross-check", {"author": ["ann"], "validators": ["bob"]}, max_revisions=0)
    assert not any("=>" in way for way in ways(graph(once)))


def test_parts_of_a_compound_are_nodes_around_their_own_which_bear_their_name() -> None:
    drawn = graph("both")
    groups = {node.id: node.group for node in drawn.nodes}
    assert [node.id for node in drawn.nodes if node.kind is NodeKind.TOPOLOGY] == [
        *("plan", "plan/research", "plan/review", "plan/research-2", "talk"),
    ]
    assert groups["plan/research-2/ann"] == "plan/research-2"
    assert groups["plan/research-2"] == "plan"
    assert groups["dot"] is None
    assert ways(drawn) >= {
        *("BEGIN -> plan: work", "BEGIN -> talk: work", "plan -> dot: work", "talk -> dot: work", "dot -> END: work"),
        *("plan/research -> plan/review: work", "plan/review -> plan/research-2: work"),
        "plan/research-2/ann -> plan/research-2/dot: work",
    }
    assert ways(graph("digest")) >= {
        *("BEGIN -> research: work", "research -> review: work", "research -> dot: work", "review -> dot: work"),
    }
    assert not {"review -> END: work", "BEGIN -> review: work"} & ways(graph("digest"))
    assert "review -> END: work" in ways(graph("article"))
    assert {node.id: node.detail for node in drawn.nodes if node.detail} == {
        "plan": "compound, one after the other",
        "plan/research": "ensemble, synthesis",
        "plan/review": "cross-check, majority, at most 1 revision",
        "plan/research-2": "ensemble, synthesis",
        "talk": "debate, unanimous, at most 2 rounds",
    }


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_graph_leads_from_the_task_to_the_output_and_edges_connect_siblings(name: str) -> None:
    drawn = graph(name)
    groups = {node.id: node.group for node in drawn.nodes}
    assert len(groups) == len(drawn.nodes), "an id stands for one node"
    assert all(groups[edge.source] == groups[edge.target] for edge in drawn.edges)
    assert len({(edge.source, edge.target, edge.kind) for edge in drawn.edges}) == len(drawn.edges)
    forth = [(edge.source, edge.target) for edge in drawn.edges if not edge.is_loop]
    begun, ending = {BEGIN}, {END}
    for _ in drawn.nodes:
        begun |= {target for source, target in forth if source in begun}
        ending |= {source for source, target in forth if target in ending}
    outermost = {node.id for node in drawn.within(None)}
    assert begun == outermost
    # Who only works for a coordinator gives back to it, not to the output.
    assert outermost - ending <= {edge.source for edge in drawn.edges if edge.is_loop}


def test_a_graph_survives_its_own_json_which_says_from_and_to() -> None:
    drawn = graph("both")
    text = drawn.model_dump_json()
    assert '{"from":"BEGIN","to":"plan","kind":"work","label":"","is_loop":false}' in text
    assert Graph.model_validate_json(text) == drawn
    with pytest.raises(ValidationError):
        Graph.model_validate_json(text.replace('"to":"plan"', '"nowhere":"plan"'))
    assert all(node.life is None for node in drawn.nodes)


def test_few_lines_that_describe_millions_of_nodes_are_refused_before_they_are_drawn() -> None:
    levels = [topology("level-0", "ensemble", {"members": ["ann"] * 200}, aggregation="vote")]
    levels += [topology(f"level-{depth}", "compound", {"parts": [f"level-{depth - 1}"] * 20}) for depth in range(1, 5)]
    with pytest.raises(InvalidInput) as refused:
        graph(levels[-1], *levels)
    assert refused.value.message == f"the graph of 'level-4' has 32168422 nodes, more than {MOST_NODES}"


def test_a_graph_that_is_as_large_as_may_be_is_drawn() -> None:
    many = topology("many", "ensemble", {"members": ["ann"] * 199}, aggregation="vote")
    ten = topology("ten", "compound", {"parts": ["many"] * 9})
    rest = topology("rest", "ensemble", {"members": ["ann"] * (MOST_NODES - 2 - 9 * 200 - 2)}, aggregation="vote")
    whole = topology("whole", "compound", {"parts": ["ten", "rest"]})
    assert len(graph(whole, many, ten, rest).nodes) == MOST_NODES
    more = topology("rest", "ensemble", {"members": ["ann"] * (MOST_NODES - 1 - 9 * 200 - 2)}, aggregation="vote")
    with pytest.raises(InvalidInput, match="has 2001 nodes"):
        graph(whole, many, ten, more)
