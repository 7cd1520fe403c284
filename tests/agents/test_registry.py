"""The registry of the worker against the catalog of the API."""

import pytest

from agent_runner.agents.registry import AgentRegistry, default_registry
from agent_runner.agents.simple import SimpleAgent
from agent_runner.domain.catalog import AGENT_OF_TASKS, BUILT_IN_AGENTS, DEFAULT_AGENT, agent_names, is_agent_name
from agent_runner.errors import PermanentAgentError


def test_the_catalog_names_exactly_the_agents_that_a_worker_has() -> None:
    registry = default_registry({entry.name: SimpleAgent() for entry in BUILT_IN_AGENTS if entry.host})
    assert registry.names == agent_names()
    assert all(registry.get(name) for name in registry.names)
    assert {DEFAULT_AGENT, AGENT_OF_TASKS} <= registry.names


def test_an_unknown_agent_fails_for_good_and_names_those_there_are() -> None:
    registry = AgentRegistry({"simple": SimpleAgent(), "other": SimpleAgent()})
    with pytest.raises(PermanentAgentError, match=r"no agent 'coder'; it has: other, simple"):
        registry.get("coder")


def test_a_host_that_is_missing_is_told_when_hosts_are_read() -> None:
    registry = AgentRegistry({"simple": SimpleAgent()})
    with pytest.raises(
        PermanentAgentError, match=r"no agent 'host:new'; it has: simple; .* when it starts: restart it"
    ):
        registry.get("host:new")


@pytest.mark.parametrize("name", ["simple", "metagpt", "host:metagpt", "host:a", f"host:a{'-' * 39}"])
def test_what_a_run_may_name(name: str) -> None:
    assert is_agent_name(name)


@pytest.mark.parametrize(
    "name", ["", "nobody", "host:", "host:A", "host:a b", "host:a\n", f"host:{'a' * 41}", "simple2"]
)
def test_what_a_run_may_not_name(name: str) -> None:
    assert not is_agent_name(name)
