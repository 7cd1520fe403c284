"""From what agents propose to the commit, or to nothing: asked, revised within bounds, and told as a result."""

from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.review import Proposal, Reviewed, publish, review
from agent_runner.agents.prompt import shortened
from agent_runner.domain.events import AgentComplete
from agent_runner.errors import FileRefused, PermanentAgentError
from agent_runner.workspace.diff import Diff

MOST_REVISIONS: Final = 10
LONGEST_SUMMARY: Final = 4_000
DEMO_NOTE: Final = "The demo model made a small labelled change; no real model was used. Set LLM_MODEL to use one."

Propose = Callable[[str | None], Awaitable[Proposal]]
"""Works on the draft: first without, then with what a person wants otherwise."""


async def bring_in(desk: Desk, propose: Propose) -> dict[str, JsonValue]:
    """Lets a person decide until they approve, and commits exactly that. Returns the run's result."""
    wishes: str | None = None
    for number in range(1, MOST_REVISIONS + 1):
        proposal = await propose(wishes)
        if not desk.draft.is_changed:
            return _unchanged(desk, proposal)
        said = await review(desk, number, await diff_of(desk), proposal)
        if isinstance(said, Reviewed):
            return _committed(desk, said, await publish(desk, said), proposal)
        wishes = said
    raise PermanentAgentError(
        f"the change was sent back {MOST_REVISIONS} times", next_step="start a new run with a clearer goal"
    )


async def diff_of(desk: Desk) -> Diff:
    """All that the run has changed so far."""
    await desk.draft.catch_up()
    try:
        return await desk.workspace.diff(desk.workspace.base, desk.draft.tree)
    except FileRefused as refusal:
        raise PermanentAgentError(refusal.message, next_step="start a new run with a smaller goal") from refusal


def shown_checks(proposal: Proposal) -> list[JsonValue]:
    """As a result tells them."""
    return [{"command": check.command, "ok": check.ok, "ended": check.ended} for check in proposal.checks]


def _unchanged(desk: Desk, proposal: Proposal) -> dict[str, JsonValue]:
    desk.context.report(progress=1.0, message="Nothing was changed")
    return {
        "summary": shortened(proposal.summary, LONGEST_SUMMARY) or "The model changed nothing and did not say why.",
        "commit": None,
        "files": [],
        "note": "Nothing was changed, so there was nothing to approve.",
        "model": desk.context.model_name,
    }


def _committed(desk: Desk, reviewed: Reviewed, commit_id: str, proposal: Proposal) -> dict[str, JsonValue]:
    context, workspace = desk.context, desk.workspace
    context.emit(AgentComplete(message=f"Committed {commit_id[:12]} on {workspace.branch}"), desk.role)
    context.report(progress=1.0, message=f"Committed {commit_id[:12]} on {workspace.branch}")
    result: dict[str, JsonValue] = {
        "summary": shortened(proposal.summary, LONGEST_SUMMARY),
        "commit": commit_id,
        "branch": workspace.branch,
        "base": workspace.base,
        "files": [file.path for file in reviewed.diff.files],
        "checks": shown_checks(proposal),
        "approved_by": reviewed.answer and reviewed.answer.decided_by,
        "model": context.model_name,
        "next": f"git merge {workspace.branch}",
    }
    return {**result, "note": DEMO_NOTE} if context.model_name == "demo" else result
