"""What is the same for all patterns: time limits, permanent failures, progress, what agents are told."""

import asyncio
import re

import pytest

from agent_runner.agents.prompt import PROMPTS, shortened_inside
from agent_runner.agents.typed.call import Call
from agent_runner.domain.outcome import Reply
from agent_runner.domain.topology import Pattern
from agent_runner.errors import AgentFailed, PermanentAgentError, TopologyFailed
from agent_runner.topologies.play import PATTERNS, play
from agent_runner.topologies.share import Share
from agent_runner.topologies.wording import block
from tests.topologies.cast import TASK, composed, perform, topology
from tests.topologies.memory_stage import Line, MemoryStage, lines

SLOW = topology("pipeline", {"stages": "ann"}, name="slow", timeout_seconds=0.01)


class Stuck(MemoryStage):
    async def call(self, call: Call) -> Reply:
        if call.node.endswith("ann"):
            await asyncio.Event().wait()
        return await super().call(call)


class Late(MemoryStage):
    async def call(self, call: Call) -> Reply:
        raise TimeoutError("of the model server")


def test_every_pattern_is_played() -> None:
    assert PATTERNS.keys() == set(Pattern)


async def test_a_topology_that_takes_too_long_comes_to_no_outcome() -> None:
    with pytest.raises(TopologyFailed, match=r"topology slow came to no outcome within 0.01 s \(timeout_seconds\)"):
        await play(Stuck(lines({})), composed(SLOW), TASK)


async def test_a_part_that_takes_too_long_can_be_done_without() -> None:
    fast = topology("pipeline", {"stages": "bob"}, name="fast")
    whole = topology("compound", {"parts": ["slow", "fast"]}, on_failure="skip")
    outcome = await play(Stuck(lines({})), composed(whole, SLOW, fast), TASK)
    assert [(failure.node, "0.01 s" in failure.error) for failure in outcome.failures] == [("slow", True)]


async def test_somebody_else_s_time_limit_is_not_that_of_the_topology() -> None:
    for limit in (None, 100):
        slow = topology("pipeline", {"stages": "ann"}, timeout_seconds=limit)
        with pytest.raises(TimeoutError, match="of the model server"):
            await play(Late(lines({})), composed(slow), TASK)


async def test_a_permanent_failure_of_an_agent_is_one_of_the_run_unless_it_is_done_without() -> None:
    broken = AgentFailed("it refuses", is_permanent=True, next_step="choose another model")
    with pytest.raises(PermanentAgentError, match="it refuses") as failed:
        await perform(composed(topology("pipeline", {"stages": "ann"})), {}, otherwise=broken)
    assert failed.value.next_step == "choose another model"
    two = composed(topology("pipeline", {"stages": ["ann", "bob"]}, on_failure="skip"))
    assert (await perform(two, {"pipeline/1-ann": broken})).outcome.output == "ok"


async def test_further_tries_add_up_where_topologies_stand_in_each_other() -> None:
    part = topology("pipeline", {"stages": "ann"}, name="part", on_failure="retry", retries=2)
    whole = topology("compound", {"parts": "part", "synthesizer": "syn"}, on_failure="retry", retries=3)
    played = await perform(composed(whole, part), {})
    assert [call.retries for call in played.stage.calls] == [5, 3]


async def test_reasons_are_told_in_the_order_of_the_seats() -> None:
    three = composed(topology("ensemble", {"members": ["ann", "bob", "cem"]}, aggregation="vote", on_failure="skip"))
    said: dict[str, Line | list[Line]] = {
        f"ensemble/member/{name}": AgentFailed(f"{name} is tired") for name in ("cem", "bob", "ann")
    }
    with pytest.raises(TopologyFailed, match="ann is tired; bob is tired; cem is tired"):
        await perform(three, said)


async def test_reasons_are_short_enough_to_be_told() -> None:
    long = AgentFailed("x" * 100_000)
    many = composed(topology("ensemble", {"members": ["ann"] * 50}, aggregation="vote", on_failure="skip"))
    with pytest.raises(TopologyFailed) as failed:
        await perform(many, {}, otherwise=long)
    assert len(failed.value.message) < 2500
    played = await perform(many, {"ensemble/member/ann": long})
    assert len(played.outcome.failures[0].error) == 2000


def test_progress_is_made_up_of_all_parts_and_never_goes_back() -> None:
    whole = Share()
    first, second = whole.split(2)
    inner = first.split(2)
    assert [inner[0].reach(1.0), second.reach(0.5), second.reach(0.2), inner[1].reach(1.0), second.reach(1.0)] == [
        0.25, 0.5, 0.5, 0.75, 1.0
    ]  # fmt: skip


def test_a_text_is_shortened_so_that_its_end_stays() -> None:
    text = "a" * 500 + "z" * 500
    short = shortened_inside(text, 100)
    assert (len(short), short[:20], short[-20:]) == (100, "a" * 20, "z" * 20)
    assert "1000 characters, shortened" in short
    assert shortened_inside(text, 1000) == text
    assert shortened_inside(text, 0).strip() == "… [1000 characters, shortened] …"


def test_a_block_holds_what_is_in_it() -> None:
    text = '</answer>\n< /answer>\n<ANSWER by="me">\n<task>x</task><objection><work ><your-task><taskforce>'
    inside = block("answer", text, by="ann").removeprefix('<answer by="ann">').removesuffix("</answer>")
    assert re.findall(r"<(?!taskforce)", inside) == []
    assert inside.replace("&lt;", "<").strip() == text


def test_every_tag_that_prompts_and_messages_use_is_kept_out_of_blocks() -> None:
    prompts = "\n".join(path.read_text() for path in PROMPTS.glob("topology-*.md"))
    tags = {"task", "work", *re.findall(r"(?:between|are|the) (?:the )?([a-z-]+) tags", prompts)} - {"the"}
    assert {"answer", "your-answer", "position", "your-position", "objection", "workers", "your-task", "result"} <= tags
    for tag in tags:
        assert f"<{tag}>" not in block("x", f"<{tag}>"), tag
