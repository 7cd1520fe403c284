"""The registry of the worker against the catalog of the API."""

import pytest

from agent_runner.agents.registry import AgentRegistry, default_registry
from agent_runner.agents.simple import SimpleAgent
from agent_runner.domain.catalog import DEFAULT_AGENT, agent_names
from agent_runner.errors import PermanentAgentError


def test_the_catalog_names_exactly_the_agents_that_a_worker_has() -> None:
    registry = default_registry()
    assert registry.names == agent_names()
    assert all(registry.get(name) for name in registry.names)
    assert DEFAULT_AGENT in registry.names


def test_an_unknown_agent_fails_for_good_and_names_those_there_are() -> None:
    registry = AgentRegistry({"simple": SimpleAgent(), "other": SimpleAgent()})
    with pytest.raises(PermanentAgentError, match=r"no agent 'coder'; it has: other, simple"):
        registry.get("coder")
