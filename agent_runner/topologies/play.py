"""Plays a topology to its outcome, whatever its pattern."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from agent_runner.domain.composition import Composition
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.domain.topology import Pattern
from agent_runner.errors import TopologyFailed
from agent_runner.topologies.pipeline import pipeline
from agent_runner.topologies.scene import Scene
from agent_runner.topologies.stage import Stage

PATTERNS: Final[Mapping[Pattern, Callable[[Scene, str], Awaitable[Any]]]] = {
    Pattern.PIPELINE: pipeline,
}


async def play(stage: Stage, composition: Composition, task: str) -> AnyOutcome:
    """The outcome of the whole. Raises AgentFailed, PermanentAgentError or TopologyFailed when there is none."""
    return await play_scene(Scene(stage, composition, composition.topology), task)


async def play_scene(scene: Scene, task: str) -> AnyOutcome:
    config = scene.topology.config
    try:
        async with asyncio.timeout(config.timeout_seconds):
            return await PATTERNS[config.type](scene, task)
    except TimeoutError as error:
        late = f"came to no outcome within {config.timeout_seconds:g} s (timeout_seconds)"
        raise TopologyFailed(f"the topology {scene.topology.name} {late}") from error
