"""What has become of the nodes of a run's graph, from its events in orders that nobody would choose."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from agent_runner.domain.events import EventType
from agent_runner.domain.graph import BEGIN, END, Graph, NodeLife
from agent_runner.domain.graph_life import Fact, with_life
from tests.graphs.examples import graph

FIRST: Final = datetime(2030, 1, 1, tzinfo=UTC)
_TYPES: Final = {
    "starts": EventType.AGENT_START,
    "answers": EventType.AGENT_COMPLETE,
    "fails": EventType.ERROR,
    "says": EventType.MESSAGE,
    "calls": EventType.MODEL_CALL,
}


def story(*said: str) -> list[Fact]:
    """Of lines such as `ann starts`, `ann says so`, and of the names of events of the run."""
    return [_fact(number, line.split(" ", 2)) for number, line in enumerate(said)]


def _fact(number: int, words: list[str]) -> Fact:
    at = FIRST + timedelta(seconds=number)
    if len(words) == 1:
        return Fact(EventType(words[0]), at, None, {})
    node, does, more = [*words, ""][:3]
    payload: dict[str, Any] = {"message": more or None}
    match does:
        case "starts" | "answers":
            payload["node"] = node
        case "says":
            payload = {"content": more}
        case "calls":
            payload = {"input_tokens": 3, "output_tokens": 4}
        case _:
            pass
    return Fact(_TYPES[does], at, node, payload)


def live(of: str, *said: str) -> Graph:
    return with_life(graph(of), 7, story(*said))


def states(of: Graph) -> dict[str, str]:
    return {node.id: node.life.state.value for node in of.nodes if node.life is not None}


def life(of: Graph, node: str) -> NodeLife:
    [found] = [each.life for each in of.nodes if each.id == node]
    assert found is not None
    return found


BEGUN: Final = ("RUN_CREATED", "RUN_STARTED")


def test_every_node_is_pending_until_it_is_asked_and_the_run_says_so_itself() -> None:
    queued = live("research", "RUN_CREATED")
    assert set(states(queued).values()) == {"pending"}
    assert (queued.run_id, queued.status) == (7, "QUEUED")
    going = live("research", *BEGUN, "ann starts")
    assert states(going) == {BEGIN: "done", "ann": "running", "bob": "pending", "dot": "pending", END: "pending"}
    assert going.status == "RUNNING"


def test_a_node_that_has_answered_is_done_with_its_times_its_words_and_what_it_has_used() -> None:
    ann = life(live("research", *BEGUN, "ann starts", "ann calls", "ann calls", "ann says Done.", "ann answers"), "ann")
    assert ann == NodeLife.model_validate(
        {
            "state": "done",
            "calls": 1,
            "last_message": "Done.",
            "started_at": FIRST + timedelta(seconds=2),
            "ended_at": FIRST + timedelta(seconds=6),
            "model_calls": 2,
            "input_tokens": 6,
            "output_tokens": 8,
        }
    )


def test_a_node_that_answers_again_has_ended_when_it_did_so_last() -> None:
    again = life(live("talk", *BEGUN, "ann starts", "ann answers", "ann starts", "ann answers"), "ann")
    assert (again.started_at, again.ended_at) == (FIRST + timedelta(seconds=2), FIRST + timedelta(seconds=5))


def test_what_it_says_last_counts_and_is_shortened() -> None:
    ann = life(live("research", *BEGUN, "ann starts work", "ann says first", "ann answers " + "x" * 600), "ann")
    assert ann.last_message == "x" * 500
    assert life(live("research", *BEGUN, "ann starts work"), "ann").last_message is None


def test_a_second_start_after_a_kill_is_one_call() -> None:
    killed = ("ann starts", "RUN_LEASE_EXPIRED")
    assert states(live("research", *BEGUN, *killed))["ann"] == "pending"
    assert states(live("research", *BEGUN, *killed, "RUN_STARTED"))["ann"] == "pending"
    again = live("research", *BEGUN, *killed, "RUN_STARTED", "ann starts", "ann answers")
    assert (life(again, "ann").state, life(again, "ann").calls) == ("done", 1)
    assert life(again, "ann").started_at == FIRST + timedelta(seconds=2)


def test_a_later_call_that_is_interrupted_is_to_be_done_again() -> None:
    second = (*BEGUN, "ann starts", "ann answers", "ann starts", "RUN_RELEASED")
    assert states(live("talk", *second))["ann"] == "pending"
    assert states(live("talk", *second, "RUN_CANCELLED"))["ann"] == "done"


def test_a_claim_alone_ends_what_was_under_way_before_it() -> None:
    assert states(live("research", *BEGUN, "ann starts", "RUN_STARTED"))["ann"] == "pending"


def test_an_answer_without_a_start_counts_as_while_finished_steps_are_replayed_starts_are_silent() -> None:
    silent = live("talk", *BEGUN, "ann starts", "ann answers", "RUN_RELEASED", "RUN_STARTED", "ann answers")
    assert (life(silent, "ann").state, life(silent, "ann").calls) == ("done", 2)


@pytest.mark.parametrize(
    ("end", "state"), [("RUN_CANCELLED", "skipped"), ("RUN_FAILED", "skipped"), ("RUN_COMPLETED", "skipped")]
)
def test_nothing_runs_in_a_run_that_has_ended(end: str, state: str) -> None:
    ended = live("talk", *BEGUN, "ann starts", "ann answers", "bob starts", "ann starts", end)
    assert states(ended) == {
        BEGIN: "done",
        "ann": "done",
        "bob": state,
        "cid": "skipped",
        END: {"RUN_COMPLETED": "done", "RUN_FAILED": "failed", "RUN_CANCELLED": "skipped"}[end],
    }


def test_a_cancel_that_is_only_asked_for_ends_nothing() -> None:
    assert states(live("talk", *BEGUN, "ann starts", "RUN_CANCEL_REQUESTED"))["ann"] == "running"


def test_a_run_that_waits_for_a_person_runs_nothing_and_goes_on() -> None:
    waiting = (*BEGUN, "ann starts", "ann answers", "bob starts", "APPROVAL_REQUESTED")
    assert states(live("research", *waiting)) == {
        BEGIN: "done",
        "ann": "done",
        "bob": "pending",
        "dot": "pending",
        END: "pending",
    }
    goes_on = live("research", *waiting, "APPROVAL_GRANTED", "RUN_STARTED", "bob starts")
    assert (states(goes_on)["bob"], goes_on.status) == ("running", "RUNNING")


def test_a_failure_is_one_until_the_node_is_asked_again_or_the_run_completes_without_it() -> None:
    failed = (*BEGUN, "ann starts", "ann fails no answer")
    ann = life(live("research", *failed), "ann")
    assert (ann.state, ann.failures, ann.calls, ann.last_message) == ("failed", 1, 0, "no answer")
    assert states(live("research", *failed, "RUN_RETRY_SCHEDULED"))["ann"] == "failed"
    assert states(live("research", *failed, "RUN_RETRY_SCHEDULED", "RUN_STARTED", "ann starts"))["ann"] == "running"
    assert states(live("research", *failed, "ann starts", "ann answers"))["ann"] == "done"
    assert states(live("research", *failed, "RUN_FAILED"))["ann"] == "failed"
    assert states(live("research", *failed, "bob answers", "dot answers", "RUN_COMPLETED"))["ann"] == "skipped"


def test_a_run_that_is_taken_up_again_has_no_skipped_nodes_any_more() -> None:
    cancelled = (*BEGUN, "ann starts", "ann answers", "bob starts", "RUN_CANCELLED")
    assert states(live("research", *cancelled))["dot"] == "skipped"
    again = states(live("research", *cancelled, "RUN_RETRIED"))
    assert (again["ann"], again["bob"], again["dot"], again[END]) == ("done", "pending", "pending", "pending")


def test_two_calls_of_one_node_at_once_are_told_apart() -> None:
    both = (*BEGUN, "ann starts", "ann starts", "ann answers")
    assert states(live("crew", *both))["ann"] == "running"
    assert life(live("crew", *both), "ann").ended_at is None
    assert (life(live("crew", *both, "ann answers"), "ann").calls, states(live("crew", *both, "ann fails"))["ann"]) == (
        2,
        "failed",
    )


def test_events_of_nobody_in_the_graph_change_nothing() -> None:
    plain = live("research", *BEGUN)
    assert live("research", *BEGUN, "simple starts", "research/ann answers", "nobody calls") == plain
    whole = Fact(EventType.AGENT_START, FIRST, "ann", {"message": "The topology ann begins"})
    assert with_life(graph("research"), 7, [*story(*BEGUN), whole]) == plain


def test_a_topology_within_another_lives_as_those_in_it_do() -> None:
    one = (
        "plan/research/ann starts",
        "plan/research/ann calls",
        "plan/research/ann says A.",
        "plan/research/ann answers",
    )
    assert states(live("both", *BEGUN))["plan/research"] == "pending"
    assert states(live("both", *BEGUN, one[0]))["plan"] == "running"
    half = live("both", *BEGUN, *one)
    assert (states(half)["plan/research"], states(half)["plan"], states(half)["talk"]) == (
        "running",
        "running",
        "pending",
    )
    assert states(live("both", *BEGUN, *one, "APPROVAL_REQUESTED"))["plan"] == "pending"
    plan = life(half, "plan")
    assert (plan.calls, plan.model_calls, plan.input_tokens, plan.output_tokens) == (1, 1, 3, 4)
    assert (plan.last_message, plan.started_at, plan.ended_at) == ("A.", FIRST + timedelta(seconds=2), None)
    assert states(live("both", *BEGUN, *one, "plan/research/bob fails"))["plan"] == "failed"
    assert states(live("both", *BEGUN, *one[1:], "plan/research/bob fails", one[0]))["plan/research"] == "running"
    later = live("both", *BEGUN, "plan/research/bob says B.", "plan/research/bob answers", *one)
    assert life(later, "plan").last_message == "A."
    earlier = live("both", *BEGUN, *one, "plan/research/bob says B.", "plan/research/bob answers")
    assert life(earlier, "plan").last_message == "B."


def test_a_part_is_over_when_the_next_one_has_begun() -> None:
    first = ("plan/research/ann answers", "plan/research/bob fails", "plan/research/dot answers")
    assert states(live("plan", *BEGUN, *_within(first)))["research"] == "failed"
    later = live("plan", *BEGUN, *_within(first), "review/ann starts")
    assert (states(later)["research"], states(later)["research/bob"]) == ("done", "skipped")
    assert (states(later)["review"], states(later)["review/bob"]) == ("running", "pending")
    # A fork keeps what an earlier run had done, and tells nothing of it.
    forked = live("plan", *BEGUN, "research-2/ann starts")
    assert (states(forked)["research"], states(forked)["review"], states(forked)["research-2"]) == (
        *("skipped", "skipped", "running"),
    )
    assert states(forked)["review/bob"] == "skipped"
    # A start that was told twice within one attempt keeps nothing running behind the end of its part.
    twice = live("plan", *BEGUN, *["research/ann starts"] * 2, "research/ann answers", "review/ann starts")
    assert states(twice)["research/ann"] == "done"
    joined = live("both", *BEGUN, *first, "plan/review/ann answers", "talk/ann answers", "dot starts")
    assert {states(joined)[node] for node in ("plan", "plan/research", "plan/review", "talk")} == {"done"}
    assert states(joined)["plan/research-2"] == "skipped"


def _within(lines: Iterable[str]) -> list[str]:
    return [line.removeprefix("plan/") for line in lines]


def test_parts_of_a_run_that_has_ended_say_how_far_they_came() -> None:
    one = ("research/ann answers", "research/bob answers", "research/dot answers", "review/ann starts")
    assert states(live("plan", *BEGUN, *one, "RUN_CANCELLED")) == {
        **dict.fromkeys([BEGIN, "research", "research/ann", "research/bob", "research/dot"], "done"),
        **dict.fromkeys(["review", "review/ann", "review/bob", "review/cid"], "skipped"),
        **dict.fromkeys(["research-2", "research-2/ann", "research-2/bob", "research-2/dot", END], "skipped"),
    }
    assert states(live("plan", *BEGUN, *one, "review/ann fails", "RUN_FAILED"))["review"] == "failed"
    done = states(live("plan", *BEGUN, *one, "review/ann answers", "RUN_COMPLETED"))
    assert (done["research"], done["review"], done["review/bob"], done["research-2"]) == (
        *("done", "done", "skipped", "skipped"),
    )
