"""What is generated: files that people read, ruff accepts, and Metaflow finds valid."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import DebateConfig, EnsembleConfig, OnFailure, PipelineConfig
from agent_runner.errors import InvalidInput
from agent_runner.runners.metaflow.flow import handed_on
from agent_runner.runners.metaflow.generate import FlowOptions, generate, write_flow
from tests.metaflow.conftest import Metaflow
from tests.metaflow.teams import AGENTS, composed, teams, topology

ROOT = Path(__file__).parents[2]
HARD_TO_QUOTE = (
    'Say """no""" to \\ and \\" and \\n, ${money}, $name\nzero\x00width\u200b, \u2028 and \u00fc\u4e2d'
    + 200 * "x"
    + '"'
)


def agents(*names: str, **config: object) -> dict[str, AgentType]:
    return {name: AgentType(name=name, config=AgentConfig.model_validate(config)) for name in names}


def held_in(source: str) -> Composition:
    """What the flow makes its topology of."""
    made = next(
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TOPOLOGY"
    )
    assert isinstance(made, ast.Call)
    return Composition.read(ast.literal_eval(made.args[0]))


def hostile() -> Composition:
    """Names that a flow has itself, that Python has, that are alike, or too long; and a text that is hard to quote."""
    names = ("class", "next", "start", "input", "a-b", "a_b", "x" * 64, "match", "played", "kubernetes", "environment")
    made = agents(*names, system_prompt=HARD_TO_QUOTE)
    stages = topology("end", PipelineConfig(), stages=(*names, "a-b"))
    return compose(stages, made)


def test_ruff_has_nothing_to_say_of_any_flow(tmp_path: Path) -> None:
    for name in teams():
        write_flow(generate(composed(name)), tmp_path)
    write_flow(generate(hostile(), FlowOptions(max_retries=0, resources={"cpu": 2, "memory": 4096})), tmp_path)
    write_flow(generate(composed("pipe"), FlowOptions(has_card=False)), tmp_path / "more")
    write_flow(generate(hostile(), FlowOptions(decorator="kubernetes")), tmp_path / "there")
    rules = ("--config", str(ROOT / "pyproject.toml"), "--no-cache")
    for command in (["check", *rules, "--ignore", "INP001"], ["format", "--check", *rules]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) in {
            (0, "All checks passed!\n"),
            (0, f"{len(teams()) + 3} files already formatted\n"),
        }


@pytest.mark.parametrize("name", [*teams(), "hostile"])
def test_metaflow_finds_every_flow_valid(name: str, tmp_path: Path, metaflow: Metaflow) -> None:
    flow = generate(hostile() if name == "hostile" else composed(name))
    done = metaflow(write_flow(flow, tmp_path), "check")
    assert "The graph looks good!" in done.stdout + done.stderr
    assert done.returncode == 0


def test_a_flow_holds_the_whole_composition() -> None:
    for composition in (hostile(), composed("deep", OnFailure.QUORUM)):
        assert held_in(generate(composition).source) == composition


def test_the_same_topology_gives_the_same_flow() -> None:
    assert generate(composed("deep")) == generate(composed("deep"))


def test_a_flow_reads_as_what_it_is() -> None:
    flow = generate(composed("mediated"), FlowOptions(max_retries=2, minutes_between_retries=0, resources={"gpu": 1}))
    assert (flow.name, flow.file, flow.most) == ("MediatedFlow", "mediated_flow.py", 2)
    head, _, rest = flow.source.partition("class ")
    assert "python mediated_flow.py run --input-json" in head
    assert "agent-runner topologies generate mediated" in head
    steps = [line.split("def ")[1].split("(")[0] for line in rest.splitlines() if "    def " in line]
    assert steps == [
        "start",
        *("round_1_debater", "round_1_join", "round_1_mediator"),
        *("round_2_debater", "round_2_join", "round_2_mediator"),
        "end",
    ]
    assert (
        rest.count("@retry(times=2, minutes_between_retries=0)\n    @timeout(seconds=3600)\n    @resources(gpu=1)") == 4
    )
    assert rest.count("@card") == 1


def test_joins_and_splits_are_steps_of_their_own() -> None:
    source = generate(compose(topology("talk", DebateConfig(max_rounds=2), debaters=("ann", "bob")), AGENTS)).source
    assert "self.next(self.round_2)" in source
    assert 'self.calls = TOPOLOGY.calls(self.played, "round_2")\n        self.next(self.round_2_debater' in source


@pytest.mark.parametrize(
    ("config", "retries", "seconds"),
    [
        ({}, 0, 3600),
        ({"timeout_seconds": 5}, 0, 60),
        ({"timeout_seconds": 100.5, "retries": 2}, 0, 302),
        ({"timeout_seconds": 100, "retries": 0}, 3, 400),
    ],
)
def test_a_step_has_the_time_of_all_tries_of_its_agent(config: dict[str, object], retries: int, seconds: int) -> None:
    how = PipelineConfig(on_failure=OnFailure.RETRY, retries=retries) if retries else PipelineConfig()
    source = generate(compose(topology("pipe", how, stages=("ann",)), agents("ann", **config))).source
    assert f"@timeout(seconds={seconds})" in source


def test_more_branches_than_metaflow_allows_by_itself_are_said() -> None:
    many = tuple(f"agent-{number}" for number in range(150))
    crowd = topology("crowd", EnsembleConfig.model_validate({"aggregation": "vote"}), members=many)
    flow = generate(compose(crowd, agents(*many)))
    assert flow.most == 150
    assert "--max-num-splits 150" in flow.source
    assert "--max-num-splits" not in generate(composed("answers")).source


def test_a_resource_that_no_step_has_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no resource 'ram'"):
        generate(composed("pipe"), FlowOptions(resources={"ram": 1}))


def test_the_composition_in_a_flow_is_json_that_people_read() -> None:
    source = generate(composed("pipe")).source
    text = source.partition('Topology(r"""\n')[2].partition('\n""")')[0]
    told = json.loads(text)
    assert told["topology"]["config"] == {"type": "pipeline"}
    assert text.count("\n") > 20


@pytest.mark.parametrize("decorator", ["kubernetes", "batch"])
def test_only_steps_that_ask_leave_the_machine_of_the_worker(
    decorator: str, tmp_path: Path, metaflow: Metaflow
) -> None:
    flow = generate(composed("answers"), FlowOptions(max_retries=0, decorator=decorator))
    asking = f"    @environment(vars=handed_on())\n    @{decorator}\n    @step\n    def "
    after = [part.partition("(")[0] for part in flow.source.split(asking)[1:]]
    assert after == ["members_agent", "dot"]
    assert flow.source.count(f"@{decorator}\n") == flow.source.count("@environment") == 2
    path = write_flow(generate(hostile(), FlowOptions(decorator=decorator)), tmp_path)
    configured = {
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": "s3://flows/metaflow",
        "METAFLOW_BATCH_JOB_QUEUE": "queue",
        "METAFLOW_ECS_S3_ACCESS_IAM_ROLE": "role",
    }
    done = metaflow(path, "check", variables=configured)
    assert (done.returncode, "The graph looks good!" in done.stdout + done.stderr) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "is_handed_on"),
    [
        ("run --input-json {}", False),
        ("--quiet --datastore s3 kubernetes step ann 1", True),
        ("batch step ann 1", True),
        ("step kubernetes --run-id 1", False),
        ("kubernetes list", False),
        ("step ann", False),
    ],
)
def test_a_token_is_handed_on_only_where_a_step_is_started(
    monkeypatch: pytest.MonkeyPatch, arguments: str, is_handed_on: bool
) -> None:
    said = {"AGENT_RUNNER_API_URL": "http://a", "AGENT_RUNNER_RUN_TOKEN": "artk_t", "AGENT_RUNNER_RUN_ID": "7"}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    monkeypatch.setattr("sys.argv", ["solo_flow.py", *arguments.split()])
    assert handed_on() == (said if is_handed_on else {})
