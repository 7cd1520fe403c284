"""Plays a topology to its outcome, whatever its pattern."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.domain.topology import Pattern
from agent_runner.errors import AgentFailed, PermanentAgentError, TopologyFailed
from agent_runner.topologies.chain_of_command import chain_of_command
from agent_runner.topologies.compound import compound
from agent_runner.topologies.cross_check import cross_check
from agent_runner.topologies.debate import debate
from agent_runner.topologies.delegation import delegation
from agent_runner.topologies.ensemble import ensemble
from agent_runner.topologies.pipeline import pipeline
from agent_runner.topologies.scene import Scene
from agent_runner.topologies.stage import Stage


async def play(stage: Stage, composition: Composition, task: str) -> AnyOutcome:
    """The outcome of the whole. Raises AgentFailed, PermanentAgentError or TopologyFailed when there is none."""
    try:
        return await play_scene(Scene(stage, composition, composition.topology), task)
    except AgentFailed as error:
        if error.is_permanent:
            raise PermanentAgentError(error.message, next_step=error.next_step) from error
        raise


async def play_scene(scene: Scene, task: str) -> AnyOutcome:
    config = scene.topology.config
    limit = asyncio.timeout(config.timeout_seconds)
    try:
        async with limit:
            return await PATTERNS[config.type](scene, task)
    except TimeoutError as error:
        if not limit.expired():
            raise
        late = f"came to no outcome within {config.timeout_seconds:g} s (timeout_seconds)"
        raise TopologyFailed(f"the topology {scene.topology.name} {late}") from error


PATTERNS: Final[Mapping[Pattern, Callable[[Scene, str], Awaitable[Any]]]] = {
    Pattern.PIPELINE: pipeline,
    Pattern.ENSEMBLE: ensemble,
    Pattern.DEBATE: debate,
    Pattern.CHAIN_OF_COMMAND: chain_of_command,
    Pattern.DELEGATION: delegation,
    Pattern.CROSS_CHECK: cross_check,
    Pattern.COMPOUND: partial(compound, play=play_scene),
}
