"""Topologies of the catalog as flows: written to be read, compiled for other engines."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, is_an_error
from tests.metaflow.conftest import cloud

__all__ = ["cloud"]

pytestmark = pytest.mark.processes


@pytest.fixture
def nested(api: Cli) -> str:
    """A compound of a debate and a pipeline."""
    for name in ("flo-a", "flo-b"):
        assert api("agents", "create", name, "--set", "system_prompt=Be short.").code == 0
    for name, pattern, slot in (
        ("flo-talk", "debate", "debaters=flo-a,flo-b"),
        ("flo-pipe", "pipeline", "stages=flo-a"),
    ):
        assert api("topologies", "create", name, "--type", pattern, "--slot", slot).code == 0
    done = api("topologies", "create", "flo-both", "--type", "compound", "--slot", "parts=flo-talk,flo-pipe")
    assert (done.code, done.err) == (0, "")
    return "flo-both"


def test_a_topology_is_written_as_a_flow_with_all_that_it_is_made_of(api: Cli, nested: str, tmp_path: Path) -> None:
    done = api("topologies", "generate", nested, "--max-retries", 2, "--resource", "memory=4096")
    assert (done.code, done.out) == (0, "generated_flows/flo_both_flow.py\n")
    assert "python generated_flows/flo_both_flow.py run --input-json" in done.err
    source = (tmp_path / done.out.strip()).read_text()
    assert "class FloBothFlow(FlowSpec):" in source
    assert "def flo_talk_round_3_debater(self)" in source
    assert "@retry(times=2, minutes_between_retries=1)" in source
    assert "@resources(memory=4096)" in source
    assert '"system_prompt": "Be short."' in source
    told = api("topologies", "generate", nested, "--output-dir", tmp_path / "more", "--json").data
    assert told == {"flow": "FloBothFlow", "path": f"{tmp_path}/more/flo_both_flow.py"}


def test_a_topology_is_compiled_into_a_file(
    api: Cli, nested: str, tmp_path: Path, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**cloud, "METAFLOW_HOME": str(tmp_path), "METAFLOW_USER": "tester"}.items():
        monkeypatch.setenv(name, value)
    done = api("topologies", "compile", nested, "--target", "argo", "--output", "flow.yaml")
    assert (done.code, done.out, done.err) == (0, "flow.yaml\n", "")
    assert json.loads((tmp_path / "flow.yaml").read_text())["kind"] == "WorkflowTemplate"


def test_what_cannot_be_written_or_compiled_is_said(api: Cli, nested: str) -> None:
    assert is_an_error(api("topologies", "generate", "flo-none"), 7)
    assert is_an_error(api("topologies", "compile", nested, "--target", "moon"), 2)
    assert is_an_error(api("topologies", "generate", nested, "--resource", "memory=much"), 2)
    unknown = api("topologies", "generate", nested, "--resource", "ram=1")
    assert is_an_error(unknown, 1)
    assert "there is no resource 'ram'" in unknown.err
