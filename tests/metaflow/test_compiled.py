"""What is compiled for other engines, and what is found when it is not sound."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_runner.errors import ConfigurationError
from agent_runner.runners.metaflow.compiled import Target, compile_flow
from agent_runner.runners.metaflow.generate import FlowOptions, generate
from agent_runner.runners.metaflow.sound import check_argo, check_step_functions
from tests.metaflow.teams import composed

Change = Callable[[Any], object]


@pytest.fixture
def metaflow_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no configuration of the tester is."""
    monkeypatch.setenv("METAFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("METAFLOW_USER", "tester")


@pytest.fixture
def configured(metaflow_home: None, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.items():
        monkeypatch.setenv(name, value)


def change_one(document: dict[str, Any], change: Change) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    change(changed)
    return changed


def template(workflow: Any, name: str) -> Any:
    return next(each for each in workflow["spec"]["templates"] if each["name"] == name)


def test_all_patterns_within_each_other_are_compiled_for_argo(configured: None) -> None:
    flow = generate(composed("deep"), FlowOptions(resources={"cpu": 2}))
    workflow = compile_flow(flow, Target.ARGO)
    assert check_argo(workflow) == []
    assert workflow["metadata"]["name"] == "deepflow"
    asking = [each for each in workflow["spec"]["templates"] if each["name"].endswith("-agent")]
    assert {each["activeDeadlineSeconds"] for each in asking} == {3600}
    broken: dict[str, Change] = {
        "its kind is 'Pod'": lambda it: it.update(kind="Pod"),
        "it has no template 'nowhere'": lambda it: it["spec"].update(entrypoint="nowhere"),
        "DeepFlow uses 'gone', which is no template": lambda it: template(it, "DeepFlow")["dag"]["tasks"][0].update(
            template="gone"
        ),
        "DeepFlow: start waits for 'gone', which is no task": lambda it: template(it, "DeepFlow")["dag"]["tasks"][
            0
        ].update(dependencies=["gone"]),
        "DeepFlow: start waits for itself": lambda it: template(it, "DeepFlow")["dag"]["tasks"][0].update(
            depends="end.Succeeded"
        ),
        "DeepFlow uses itself": lambda it: template(it, "DeepFlow")["dag"]["tasks"][0].update(template="DeepFlow"),
        "start has 59 s, fewer than 60": lambda it: template(it, "start").update(activeDeadlineSeconds=59),
    }
    for problem, change in broken.items():
        assert any(problem in found for found in check_argo(change_one(workflow, change))), problem


def test_rounds_are_compiled_for_step_functions(configured: None) -> None:
    machine = compile_flow(generate(composed("review")), Target.STEP_FUNCTIONS)
    assert check_step_functions(machine) == []
    assert machine["StartAt"] == "start"
    assert [name for name, state in machine["States"].items() if state["Type"] == "Map"] == [
        f"*check_{number}_validator" for number in (1, 2, 3)
    ]
    mapped = "*check_1_validator"
    broken: dict[str, Change] = {
        "starts at 'nowhere'": lambda it: it.update(StartAt="nowhere"),
        "start goes on with 'gone'": lambda it: it["States"]["start"].update(Next="gone"),
        "start must either go on or be the end": lambda it: it["States"]["start"].pop("Next"),
        "end comes back to itself": lambda it: it["States"]["end"].update(Next="start", End=None),
        "nothing leads to end": lambda it: it["States"]["check_3_join"].update(Next="check_3_join"),
        f"{mapped} is a Map of nothing": lambda it: it["States"][mapped].pop("Iterator"),
        f"{mapped} starts at 'gone'": lambda it: it["States"][mapped]["Iterator"].update(StartAt="gone"),
        "start is of the type 'Wish'": lambda it: it["States"]["start"].update(Type="Wish"),
        "start has no branches": lambda it: it["States"]["start"].update(Type="Parallel"),
    }
    for problem, change in broken.items():
        assert any(problem in found for found in check_step_functions(change_one(machine, change))), problem


@pytest.mark.parametrize(
    ("target", "said"),
    [(Target.ARGO, "Argo Workflows requires --datastore=s3"), (Target.STEP_FUNCTIONS, "METAFLOW_SFN_IAM_ROLE")],
)
def test_where_metaflow_is_not_configured_it_is_said_what_is_missing(
    target: Target, said: str, metaflow_home: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ConfigurationError) as raised:
        compile_flow(generate(composed("pipe")), target)
    assert said in f"{raised.value.message} {raised.value.next_step}"
    assert "Traceback" not in raised.value.message
    assert "\n" not in raised.value.message
