"""What a host says and is told, through a real worker: events, artifacts, model calls, steps, questions to people."""

import base64
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from agent_runner.hosts.manifest import read_host
from agent_runner.hosts.protocol import schema
from agent_runner.llm.demo import DemoModel
from agent_runner.store.approvals import open_questions
from agent_runner.store.artifacts import get_artifact, list_artifacts
from agent_runner.store.decisions import Grant, Rejection, answer, grant, reject
from tests.hosts.stage import BY_HAND, WITH_KIT, Stage, result_of

DOCS = Path(__file__).parents[2] / "docs"


def example(name: str) -> str:
    """What stands in docs/hosts.md under this name."""
    found = re.search(
        rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", (DOCS / "hosts.md").read_text(), re.DOTALL
    )
    assert found is not None
    return found[1]


async def test_the_example_of_the_documentation_runs(stage: Stage) -> None:
    directory = stage.directory / "poet"
    directory.mkdir(parents=True)
    for name in ("host.toml", "host.py"):
        (directory / name).write_text(example(name))
    assert len(example("host.py").splitlines()) <= 50
    run = await stage.work(read_host(directory), goal="the sea", config=json.dumps({"drafts": 3}))
    assert result_of(run)["drafts"] == 3
    assert stage.model.asked.total() == 3
    artifacts = await stage.house.database.read(list_artifacts, run.id)
    assert [artifact.path for artifact in artifacts] == [f"drafts/{number}.txt" for number in (1, 2, 3)]
    assert (run.progress, run.current_agent, run.last_message) == (1.0, "poet", "Draft 3 is written")
    types = await stage.house.types(run.id)
    assert types == [
        *("RUN_CREATED", "RUN_STARTED", "AGENT_START"),
        *("MODEL_CALL", "ARTIFACT_CREATED") * 3,
        *("AGENT_COMPLETE", "RUN_COMPLETED"),
    ]


async def test_the_example_says_that_it_is_a_demo(stage: Stage) -> None:
    directory = stage.directory / "poet"
    directory.mkdir(parents=True)
    for name in ("host.toml", "host.py"):
        (directory / name).write_text(example(name))
    stage.model = DemoModel(0)  # pyright: ignore[reportAttributeAccessIssue] - a model as any other
    run = await stage.work(read_host(directory), goal="the sea")
    assert result_of(run)["summary"] == "[demo] Draft 2 of a poem about the sea; no model was used."


async def test_the_kit_asks_models_in_all_ways(stage: Stage) -> None:
    script = """
first = host.ask_model([{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}], max_tokens=9)
heard = []
host.ask_model([{"role": "user", "content": "stream"}], on_delta=heard.append)
tools = [{"name": "look", "description": "looks", "parameters": {"type": "object", "properties": {}}}]
call = host.ask_model([{"role": "user", "content": "use it"}], tools=tools)["tool_calls"][0]
last = host.ask_model([
    {"role": "user", "content": "use it"},
    {"role": "assistant", "tool_calls": [call]},
    {"role": "tool", "tool_call_id": call["id"], "content": "seen"},
], tools=tools)
host.result({"first": first, "heard": heard, "call": call, "last": last["text"]})
"""
    run = await stage.work(stage.host(WITH_KIT + script))
    result = result_of(run)
    assert result["first"] == {
        "type": "answer",
        "id": 1,
        "text": "HI",
        "tool_calls": [],
        "model": "scripted",
        "input_tokens": 10,
        "output_tokens": 5,
        "estimated": False,
        "cost_usd": 0.5,
        "cached": False,
        "replayed": False,
    }
    assert [piece["text"] for piece in result["heard"]] == ["STREAM"]
    assert (result["call"]["name"], result["call"]["arguments"]) == ("look", {"said": "use it"})
    assert result["last"] == "SEEN"
    assert run.model_calls == 4
    assert stage.model.conversations[0].settings == {"max_tokens": 9}


async def test_the_kit_reports_and_leaves_files(stage: Stage) -> None:
    script = """
print("this is no message")
start = host.start
host.event("PLAN_GENERATED", agent="boss", steps=["one", "two"])
host.log("hello", agent="boss")
host.report(progress=0.5, iteration=3, current_agent="boss", message="half")
host.artifact("a/text.txt", text="text", project_path="text.txt")
host.artifact("a/data.bin", base64="AAEC", media_type="application/octet-stream")
with open(start["directory"] + "/big.txt", "w") as file:
    file.write("from a file")
host.artifact("a/file.txt", file="big.txt")
output = host.step("work", lambda: {"n": 1}, input=[1])
host.result({"output": output, **{name: start[name] for name in ("goal", "input", "options")}})
"""
    manifest = '[options.size]\ntype = "integer"\ndefault = 4\n'
    host = stage.host(WITH_KIT + script, manifest=manifest)
    run = await stage.work(host, goal="g", input=json.dumps({"x": 1}), config=json.dumps({"cache": False}))
    assert result_of(run) == {"output": {"n": 1}, "goal": "g", "input": {"x": 1}, "options": {"size": 4}}
    contents = {
        artifact.path: (await stage.house.database.read(get_artifact, run.id, artifact.path))[1]
        for artifact in await stage.house.database.read(list_artifacts, run.id)
    }
    assert contents == {
        "a/text.txt": b"text",
        "a/data.bin": base64.b64decode("AAEC"),
        "a/file.txt": b"from a file",
    }
    assert (run.iteration, run.current_agent, run.last_message) == (3, "boss", "half")
    assert await stage.payloads(run.id, "PLAN_GENERATED") == [{"steps": ["one", "two"]}]


async def test_a_person_is_asked_while_no_host_waits(stage: Stage) -> None:
    script = """
before = model(1, "before")
say(type="ask", id=2, key="colour", text="Which colour?")
colour = hear()
say(type="ask", id=3, key="sure", text="Are you sure?", wants="approval")
sure = hear()
result(before=before["replayed"], colour=colour["text"], sure=[sure["status"], sure["comment"], sure["decided_by"]])
"""
    host = stage.host(BY_HAND + "begin()" + script)
    run_id = await stage.house.queue(agent="host:test")
    await stage.worker(host).drain()
    assert (await stage.house.run(run_id)).status == "WAITING"
    await stage.house.database.write(answer, run_id, "green", decided_by="ada")
    await stage.worker(host).drain()
    [asked] = (await stage.house.database.read(open_questions, [run_id])).values()
    assert asked.kind == "PERMISSION"
    await stage.house.database.write(reject, run_id, Rejection(decided_by="bob", comment="perhaps", revise=True))
    await stage.worker(host).drain()
    run = await stage.house.run(run_id)
    assert run.status == "COMPLETED", run.error
    assert result_of(run) == {"before": True, "colour": "green", "sure": ["REJECTED", "perhaps", "bob"]}
    assert stage.model.asked == {"before": 1}
    assert run.attempt == 1


async def test_a_permission_can_be_granted(stage: Stage) -> None:
    script = 'begin()\nsay(type="ask", id=1, key="k", text="May I?", wants="approval")\nresult(said=hear()["status"])'
    host = stage.host(BY_HAND + script)
    run_id = await stage.house.queue(agent="host:test")
    await stage.worker(host).drain()
    await stage.house.database.write(grant, run_id, Grant(decided_by="ada"))
    await stage.worker(host).drain()
    assert result_of(await stage.house.run(run_id)) == {"said": "GRANTED"}


async def test_questions_at_once_are_answered_each(stage: Stage) -> None:
    script = """
import asyncio
async def main():
    asked = [host.ask_model_async([{"role": "user", "content": text}]) for text in ("a", "b", "a")]
    return [answer["text"] for answer in await asyncio.gather(*asked)]
host.result({"answers": asyncio.run(main())})
"""
    run = await stage.work(stage.host(WITH_KIT + script))
    assert result_of(run) == {"answers": ["A", "B", "A"]}
    assert stage.model.asked == {"a": 2, "b": 1}
    assert run.model_calls == 3


async def test_a_host_that_has_failed_says_why(stage: Stage) -> None:
    host = stage.host(BY_HAND + 'begin()\nsay(type="failed", message="no luck today", permanent=True)\nhear()')
    run = await stage.work(host, "FAILED")
    assert (run.error, run.attempt) == ("no luck today", 1)
    host = stage.host(BY_HAND + 'begin()\nsay(type="failed", message="no luck yet")\nhear()')
    run = await stage.work(host, "FAILED", max_attempts=2)
    assert (run.error, run.attempt) == ("no luck yet", 2)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"size": "x"}, "the option 'size' of test must be of type integer, and is 'x'"),
        ({"size": True}, "the option 'size' of test must be of type integer, and is True"),
        ({"size": 9}, "the option 'size' of test must be at most 5, and is 9"),
        ({"colour": "red"}, "the option 'colour' of test must be one of green, blue, and is 'red'"),
        ({"sise": 3}, "test has no option 'sise'; it has: colour, size"),
    ],
)
async def test_options_are_checked_before_anything_starts(
    stage: Stage, config: dict[str, object], sentence: str
) -> None:
    size = '[options.size]\ntype = "integer"\nmaximum = 5\n'
    manifest = size + '[options.colour]\ntype = "string"\nchoices = ["green", "blue"]\n'
    host = stage.host("raise SystemExit(1)", manifest=manifest)
    run = await stage.work(host, "FAILED", config=json.dumps(config))
    assert (run.error, run.attempt) == (sentence, 1)


def test_the_published_schema_is_a_schema_that_takes_the_messages() -> None:
    published = json.loads((DOCS / "hosts.schema.json").read_text())
    assert published == json.loads(json.dumps(schema()))
    said = {"$schema": published["$schema"], **published["from_host"]}
    reader = jsonschema_rs.validator_for(said)
    assert reader.is_valid({"type": "hello", "protocol": 1, "name": "x"})
    assert not reader.is_valid({"type": "hello", "protocol": 1, "name": "x", "more": 1})


async def test_halves_of_a_character_are_replaced_wherever_a_host_says_them(stage: Stage) -> None:
    """As Python has them in names of files that are no UTF-8, and JSON can carry them."""
    script = """
start = begin()
say(type="event", event="LOG", agent="a\\ud800", payload={"message": "b\\udfff \\U0001f600"})
say(type="artifact", path="c\\ud800", text="d\\ud800")
say(type="step", id=1, key="k", input={"\\ud800": "e"})
hear()
say(type="did", id=1, output="f\\ud800")
result(step=hear()["output"], model=model(2, "g\\ud800"), summary="h\\ud800")
"""
    run = await stage.work(stage.host(BY_HAND + script), max_attempts=1)
    assert (result_of(run)["step"], result_of(run)["model"]["text"], result_of(run)["summary"]) == ("f?", "G?", "h?")
    [told] = [event for event in await stage.house.events(run.id) if event["event_type"] == "LOG"]
    assert (told["agent_role"], told["payload"]["message"]) == ("a?", "b? \U0001f600")
    assert [artifact.path for artifact in await stage.house.database.read(list_artifacts, run.id)] == ["c?"]
