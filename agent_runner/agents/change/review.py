"""A person sees the whole diff; what they approve, and nothing else, becomes the one commit of the run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import Told
from agent_runner.agents.change.commands import Check
from agent_runner.agents.change.desk import Desk
from agent_runner.agents.prompt import shortened
from agent_runner.domain.approval import Answer, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.clock import utc_now
from agent_runner.domain.events import CommitCreated
from agent_runner.domain.policy import CommitApproval
from agent_runner.errors import PermanentAgentError
from agent_runner.workspace.diff import Diff, Hidden
from agent_runner.workspace.git import OURSELVES

DIFF: Final = "diff.patch"
EXPIRES_SECONDS: Final = 7 * 24 * 3600.0
MOST_FILES_NAMED: Final = 200
LONGEST_SUBJECT: Final = 72
LONGEST_MESSAGE: Final = 4_000
LONGEST_CHECK: Final = 2_000
"""Characters of a check's output in the question; the journal holds more."""

_MARKUP: Final = re.compile(r"^[#>*\-\s`]+|[*`]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a round of work has led to, beside the files."""

    summary: str
    checks: Sequence[Check]
    notes: tuple[str, ...] = ()
    """Sentences for the person, beside those that the run begins with."""
    objections: tuple[str, ...] = ()
    """What the agents themselves have against it. Where there is any, a person is asked whatever the project says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What may be committed, who said so, and when."""

    tree: str
    diff: Diff
    message: str
    answer: Answer | None
    """None where the project asks nobody."""


def commit_message(goal: str, summary: str) -> str:
    """The model's summary with its first line as the subject; the goal where it has said nothing."""
    lines = [line.rstrip() for line in summary.strip().splitlines()] or [""]
    subject = _MARKUP.sub("", lines[0]) or " ".join(goal.split())
    rest = lines[1:]
    if len(subject) > LONGEST_SUBJECT:
        rest = [subject, *rest]
        subject = subject[: LONGEST_SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    body = "\n".join(rest).strip("\n")
    return f"{subject}\n\n{body}"[:LONGEST_MESSAGE].strip()


async def review(desk: Desk, number: int, diff: Diff, proposal: Proposal) -> Reviewed | str:
    """What may be committed; or what the person wants otherwise, in words for the model."""
    context, tree = desk.context, desk.draft.tree
    if context.holds_secret(diff.text.decode("utf-8", "replace")):
        raise PermanentAgentError(
            "the diff shows a key or password of this worker, so it is neither stored nor committed",
            next_step="take it out of the project's files, and start a new run",
        )
    message = commit_message(context.goal, proposal.summary)
    context.add_artifact(DIFF, diff.text, "text/x-diff")
    if not _must_ask(desk, diff, proposal):
        return Reviewed(tree=tree, diff=diff, message=message, answer=None)
    context.report(progress=0.9, message=f"Waiting for approval of {_counted(diff)}")
    answer = await context.ask(f"approve/{number}", _question(desk, diff, message, proposal))
    match answer.status:
        case ApprovalStatus.GRANTED:
            return Reviewed(tree=tree, diff=diff, message=message, answer=answer)
        case ApprovalStatus.REJECTED:  # to be revised: another rejection has cancelled the run
            return answer.comment or "Do it differently."
        case _:
            raise PermanentAgentError(
                "nobody has approved the change in time",
                next_step=f"look at it (agent-runner runs diff {context.run_id}) and start the run again"
                f" (agent-runner runs retry {context.run_id}): it asks once more",
            )


async def publish(desk: Desk, reviewed: Reviewed) -> str:
    """The id of the commit of exactly the reviewed tree; at most one, however often this is begun."""
    context, workspace, answer = desk.context, desk.workspace, reviewed.answer
    when = await _decided_at(desk, answer)
    trailers = {"Run-Id": str(context.run_id)}
    if answer is not None:
        trailers |= {"Approval-Id": str(answer.approval_id), "Approved-By": answer.decided_by}
    trailers["Diff-Sha256"] = reviewed.diff.sha256
    await context.commit_point()

    async def put_on_branch() -> JsonValue:
        await desk.draft.catch_up()
        return await workspace.publish(
            reviewed.tree, message=reviewed.message, trailers=trailers, author=OURSELVES, when=when
        )

    def told(commit_id: JsonValue) -> Told:
        created = CommitCreated(
            commit=str(commit_id),
            branch=workspace.branch,
            tree=reviewed.tree,
            diff_sha=reviewed.diff.sha256,
            approval_id=answer and answer.approval_id,
        )
        return Told(created, desk.role)

    given: JsonValue = {"tree": reviewed.tree, "message": reviewed.message, "trailers": {**trailers}}
    return str(await context.step("commit", put_on_branch, input=given, tells=told))


async def _decided_at(desk: Desk, answer: Answer | None) -> datetime:
    """The commit's date, which must be the same however often the commit is begun."""
    if answer is not None:
        return answer.decided_at

    async def now() -> JsonValue:
        return utc_now().isoformat()

    return datetime.fromisoformat(str(await desk.context.step("unasked", now)))


def _must_ask(desk: Desk, diff: Diff, proposal: Proposal) -> bool:
    """Raises PermanentAgentError where nobody is asked and the checks say no."""
    policy = desk.policy.approve_commits.or_stricter(desk.context.policy.approve_commits)
    failed = [check.command for check in proposal.checks if not check.ok]
    if policy is CommitApproval.NEVER and failed:
        raise PermanentAgentError(
            f"the checks still fail ({'; '.join(failed)}), and this project commits without asking",
            next_step="mend what fails, make the goal smaller, or let the project ask for approval",
        )
    is_doubtful = bool(failed or diff.flags or diff.hidden)
    if proposal.objections:
        return True
    return policy is CommitApproval.ALWAYS or (policy is CommitApproval.SENSITIVE and is_doubtful)


def _question(desk: Desk, diff: Diff, message: str, proposal: Proposal) -> Question:
    branch, project = desk.workspace.branch, desk.beginning.project
    files: list[JsonValue] = [
        {"path": file.path, "status": file.status, "added": file.added, "removed": file.removed}
        for file in diff.files[:MOST_FILES_NAMED]
    ]
    ran: list[JsonValue] = [
        {**check.model_dump(), "output": shortened(check.output, LONGEST_CHECK)} for check in proposal.checks
    ]
    detail: dict[str, JsonValue] = {
        "project": project,
        "branch": branch,
        "base": desk.workspace.base,
        "message": message,
        "files": files,
        "checks": ran,
        "notes": [*desk.beginning.notes, *proposal.notes, *proposal.objections],
    }
    return Question(
        kind=ApprovalKind.COMMIT,
        text=f"Commit {_counted(diff)} to the branch {branch} of {project}?",
        detail=detail,
        diff=DIFF,
        diff_sha=diff.sha256,
        tree_id=desk.draft.tree,
        flags=(*diff.flags, *map(_hidden, diff.hidden)),
        expires_in_seconds=EXPIRES_SECONDS,
    )


def _counted(diff: Diff) -> str:
    added, removed = (sum(getattr(file, side) or 0 for file in diff.files) for side in ("added", "removed"))
    files = "1 file" if len(diff.files) == 1 else f"{len(diff.files)} files"
    return f"{files} (+{added} -{removed})"


def _hidden(found: Hidden) -> str:
    where = f"{found.path}:{found.line}" if found.line else found.path
    return f"{where}: it holds characters that are not seen: {', '.join(found.characters)}"
