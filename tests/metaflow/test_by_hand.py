"""A flow run by hand: each step asks the model that the settings name; what has failed is resumed, not repeated."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import compose
from agent_runner.domain.topology import PipelineConfig
from agent_runner.runners.metaflow.generate import FlowOptions, generate, write_flow
from tests.metaflow.conftest import Metaflow
from tests.metaflow.teams import AGENTS, composed, topology
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
    bob = AgentType(name="bob", config=AgentConfig(model="ollama:other", retries=0))
    two = compose(topology("two", PipelineConfig(), stages=("ann", "bob")), AGENTS | {"bob": bob})
    path = write_flow(generate(two, FlowOptions(max_retries=0)), tmp_path)
    with ScriptedModel() as server:
        variables = {
            "LLM_MODEL": "openai:scripted",
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "OPENAI_API_KEY": "sk-of-a-test-0123456789",
            "LLM_MAX_RETRIES": "0",
            "CACHE_BACKEND": "none",
        }
        server.script.by_text = [["A drop", "An ocean"], ["rain", "A drop"]]
        nobody = {"OLLAMA_BASE_URL": "http://127.0.0.1:9"}
        given = json.dumps({"goal": "Write a haiku", "about": "rain"})
        failed = metaflow(path, "run", "--input-json", given, variables=variables | nobody)
        asked_first = [call.model for call in server.calls]
        resumed = metaflow(path, "resume", variables=variables | {"OLLAMA_BASE_URL": server.url})
        asked = [call.model for call in server.calls]
    assert failed.returncode != 0
    assert "bob has failed: " in failed.stdout
    assert "127.0.0.1:9" in failed.stdout
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert (asked_first, asked) == (["scripted"], ["scripted", "other"])
    environment = {"METAFLOW_USER": "tester", "METAFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    environment["METAFLOW_DATASTORE_SYSROOT_LOCAL"] = str(tmp_path)
    look = [sys.executable, "-c", LOOK, "TwoFlow"]
    told = json.loads(subprocess.run(look, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout)
    assert told["outcome"]["output"] == "An ocean"
    assert sorted(told["played"]["replies"]) == ["pipeline/1-ann", "pipeline/2-bob"]
    [card] = tmp_path.rglob("*.html")
    shown = re.search(r'__MF_DATA__\["[\w-]+"\] = "([\w+/=]+)"', card.read_text())
    assert shown is not None
    assert b"An ocean" in base64.b64decode(shown[1])


def test_an_input_without_a_goal_is_told_what_to_give(tmp_path: Path, metaflow: Metaflow) -> None:
    done = metaflow(
        write_flow(generate(composed("pipe"), FlowOptions(max_retries=0)), tmp_path), "run", "--input-json", "{}"
    )
    assert done.returncode != 0
    assert "the input has no goal" in done.stdout + done.stderr
