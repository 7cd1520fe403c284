"""Topologies and runs of them, drawn from the command line and asked for by both clients."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent_runner.client import AsyncClient, Client, NotFound
from agent_runner.domain.graph import Graph
from tests.cli.conftest import Cli, is_an_error
from tests.e2e.conftest import Site

pytestmark = pytest.mark.processes

NAME = "drawn-line"


@pytest.fixture
def line(api: Cli) -> str:
    """The name of a pipeline of two agents."""
    for agent in ("drawn-ann", "drawn-bob"):
        assert api("agents", "create", agent).code == 0
    done = api("topologies", "create", NAME, "--type", "pipeline", "--slot", "stages=drawn-ann,drawn-bob")
    assert done.code == 0, done.err
    return NAME


@pytest.mark.parametrize("spelled", [("topologies",), ("agents", "topologies")])
def test_a_topology_is_drawn_as_text_unless_something_else_is_asked_for(
    api: Cli, line: str, spelled: tuple[str, ...]
) -> None:
    done = api(*spelled, "draw", line)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"{line}: pipeline"
    assert "| drawn-ann          |\n| stages, specialist |\n" in done.out
    mermaid = api(*spelled, "draw", line, "--format", "Mermaid").out
    assert '    n1["drawn-ann<br/>stages, specialist"]\n' in mermaid
    picture = api(*spelled, "draw", line, "--format", "svg").out
    assert ET.fromstring(picture).attrib["role"] == "img"
    data = api(*spelled, "draw", line, "--format", "json").data
    assert data == api(*spelled, "draw", line, "--json").data
    assert [node["id"] for node in data["nodes"]] == ["BEGIN", "drawn-ann", "drawn-bob", "END"]


def test_a_file_is_written_as_its_name_says(api: Cli, line: str, tmp_path: Path) -> None:
    for name, begin in (("a.svg", "<svg "), ("a.mmd", "---\n"), ("a.txt", f"{line}: pipeline\n"), ("a.json", "{")):
        done = api("topologies", "draw", line, "--output", name)
        assert (done.code, done.out, done.err) == (0, "", f"{name} is written\n")
        assert (tmp_path / name).read_text().startswith(begin)
    assert json.loads((tmp_path / "a.json").read_text())["name"] == line
    named = api("topologies", "draw", line, "-o", "a.svg", "--format", "ascii", "--json")
    assert named.data["name"] == line
    assert (tmp_path / "a.svg").read_text().startswith(f"{line}: pipeline\n")


def test_what_cannot_be_drawn_or_written_is_said(api: Cli, line: str) -> None:
    refused = api("topologies", "draw", line, "--format", "png")
    assert is_an_error(refused, 2)
    assert "'png' is none of: svg, mermaid, ascii, json" in refused.err
    unwritten = api("topologies", "draw", line, "--output", "nowhere/a.svg")
    assert is_an_error(unwritten, 2)
    assert "nowhere/a.svg cannot be written: No such file or directory" in unwritten.err
    unknown = api("topologies", "draw", "drawn-nothing")
    assert is_an_error(unknown, 7)
    assert "there is no topology 'drawn-nothing'" in unknown.err


def test_a_run_is_drawn_with_what_has_become_of_its_agents(api: Cli, line: str) -> None:
    run_id = api("runs", "create", "Write a haiku", "--agent", f"topology:{line}", "--json").data["id"]
    assert api("runs", "watch", run_id).code == 0
    done = api("runs", "graph", run_id)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"{line}: pipeline; run {run_id} is COMPLETED"
    assert done.out.count("| [x] done           |") == 2
    lives = {node["id"]: node["life"] for node in api("runs", "graph", run_id, "--json").data["nodes"]}
    assert {life["state"] for life in lives.values()} == {"done"}
    for node in ("drawn-ann", "drawn-bob"):
        assert (lives[node]["calls"], lives[node]["model_calls"], lives[node]["failures"]) == (1, 1, 0)
        assert lives[node]["last_message"]
        assert lives[node]["started_at"] <= lives[node]["ended_at"]
    plain = api("runs", "create", "Say hello", "--json").data["id"]
    refused = api("runs", "graph", plain)
    assert is_an_error(refused, 7)
    assert f"run {plain} is one of the agent simple, which is no topology" in refused.err


async def test_both_clients_give_graphs(api: Cli, line: str, live: Site) -> None:
    run_id = api("runs", "create", "Later", "--agent", f"topology:{line}", "--at", "2100-01-01T00:00Z", "--json").data[
        "id"
    ]
    with Client(live.url) as client:
        graph, of_run = client.topology_graph(line), client.graph(run_id)
        with pytest.raises(NotFound, match="there is no topology 'a b'"):
            client.topology_graph("a b")
    async with AsyncClient(live.url) as client:
        assert (await client.topology_graph(line), await client.graph(run_id)) == (graph, of_run)
    assert isinstance(graph, Graph)
    assert [node.id for node in graph.nodes] == ["BEGIN", "drawn-ann", "drawn-bob", "END"]
    assert (of_run.run_id, of_run.status, {node.life and node.life.state for node in of_run.nodes}) == (
        *(run_id, "QUEUED", {"pending"}),
    )
