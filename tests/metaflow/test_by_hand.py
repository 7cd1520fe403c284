"""A flow run by hand: each step asks the model that the settings name; what has failed is resumed, not repeated."""

import json
import subprocess
import sys
from pathlib import Path

from agent_runner.runners.metaflow.generate import FlowOptions, generate, write_flow
from tests.metaflow.conftest import Metaflow
from tests.metaflow.teams import composed
from tests.scripted_faults import FaultKind
from tests.scripted_model import ScriptedModel

LOOK = """
import json, sys
from metaflow import Flow, namespace
from metaflow.cards import get_cards
namespace(None)
run = Flow(sys.argv[1]).latest_run
end = run.end_task
told = {"outcome": end["outcome"].data, "played": end["played"].data}
print(json.dumps(told))
"""


def test_a_flow_runs_fails_and_is_resumed(tmp_path: Path, metaflow: Metaflow) -> None:
    path = write_flow(generate(composed("answers"), FlowOptions(max_retries=0)), tmp_path)
    with ScriptedModel() as server:
        variables = {
            "LLM_MODEL": "openai:scripted",
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "OPENAI_API_KEY": "sk-of-a-test-0123456789",
            "LLM_MAX_RETRIES": "0",
            "CACHE_BACKEND": "none",
        }
        server.script.by_text = [["You are dot", "All of it"], ["rain", "A drop"]]
        server.fail(FaultKind.STATUS, times=1, value="401")
        given = json.dumps({"goal": "Write a haiku", "about": "rain"})
        failed = metaflow(path, "run", "--input-json", given, "--max-workers", "1", variables=variables)
        asked_first = len(server.calls)
        resumed = metaflow(path, "resume", variables=variables)
    assert failed.returncode != 0
    assert "answered 401" in failed.stdout + failed.stderr
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert asked_first == 1
    assert len(server.calls) == 1 + 4
    environment = {"METAFLOW_USER": "tester", "METAFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    environment["METAFLOW_DATASTORE_SYSROOT_LOCAL"] = str(tmp_path)
    look = [sys.executable, "-c", LOOK, "AnswersFlow"]
    told = json.loads(subprocess.run(look, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout)
    assert told["outcome"]["output"] == "All of it"
    assert sorted(told["played"]["replies"]) == [
        *(f"ensemble/member/{name}" for name in ("ann", "bob", "cid")),
        "ensemble/synthesizer",
    ]
    cards = list(tmp_path.rglob("*.html"))
    assert len(cards) == 1
    assert "All of it" in cards[0].read_text()


def test_an_input_without_a_goal_is_told_what_to_give(tmp_path: Path, metaflow: Metaflow) -> None:
    done = metaflow(
        write_flow(generate(composed("pipe"), FlowOptions(max_retries=0)), tmp_path), "run", "--input-json", "{}"
    )
    assert done.returncode != 0
    assert "the input has no goal" in done.stdout + done.stderr
