"""A desk for a run without a project: an empty workspace of its own, and Python where it is held well enough."""

import os
import sys
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.change.commands import Commands
from agent_runner.agents.change.desk import Beginning, Desk, furnished, place_of
from agent_runner.agents.change.draft import Draft
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.errors import CommandRefused, SandboxError
from agent_runner.sandbox.level import Level
from agent_runner.workspace.worktree import Workspace

TESTS: Final = "python3 -m unittest -v"
"""In every Python, so that a run may be resumed by any worker."""
PROBE: Final = "python3 -c 'import unittest'"
PYTHON: Final = "python3 *"
LEAST: Final = Level.L2
"""No person has allowed that what a model writes is run, so it is run only where it can reach nothing else."""
LONGEST_SECONDS: Final = 120.0


async def open_scratch(context: RunContext, role: str, *, checks_role: str) -> Desk:
    """What the run may do is a step, as for a project; where the worker's Python lies is not: another has another."""
    workspace = await Workspace.scratch(*place_of(context))
    draft = Draft(workspace, context.holds_secret)
    allowed = ProjectPolicy(checks=(TESTS,), commands=(PYTHON,), check_seconds=LONGEST_SECONDS)

    def commands(policy: ProjectPolicy) -> Commands:
        here = policy.model_copy(update={"toolchain": (os.path.realpath(sys.prefix),)})
        return Commands(context, here, draft, checks_role, least=LEAST)

    async def first() -> JsonValue:
        why_not = await _why_not(commands(allowed))
        notes = (f"Nothing can be run: {why_not}.",) if why_not else ()
        policy = ProjectPolicy() if why_not else allowed
        return Beginning(base=workspace.base, notes=notes, project=None, policy=policy).model_dump(mode="json")

    beginning = Beginning.model_validate(await context.step("open", first))
    return furnished(context, role, beginning, draft, commands(beginning.policy))


async def _why_not(commands: Commands) -> str | None:
    """Half a sentence that says why Python cannot be used here; None where it can."""
    try:
        tried = await commands.run(PROBE)
    except (CommandRefused, SandboxError) as refusal:
        return refusal.message
    return None if tried.ok else f"Python does not start in the sandbox ({tried.ended})"
