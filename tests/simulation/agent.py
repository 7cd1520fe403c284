"""What the agents of a simulated world are about to do: the same in every attempt of a run."""

import hashlib
from collections.abc import Mapping
from typing import Final

from agent_runner.domain.approval import ApprovalKind, ApprovalStatus, Question, question_text
from agent_runner.domain.events import CommitCreated
from agent_runner.store.approvals import ApprovalRecord, Asked
from tests.simulation.memory import demand

COMMIT: Final = "commit"
PLANS: Final = (
    ("step-1",),
    ("step-1", "approve/1", COMMIT),
    ("step-1", "step-2"),
    ("step-1", "input", "plan"),
    ("step-1", "step-2", "step-3"),
    ("plan", "approve/1", COMMIT, "later-1"),
)
KINDS: Final = {"approve": ApprovalKind.COMMIT, "plan": ApprovalKind.PLAN, "input": ApprovalKind.INPUT}
ROUNDS: Final = 3
PATIENCE_SECONDS: Final = 45.0
"""So long some questions wait: longer than a lease."""


def plan_of(run_id: int) -> list[str]:
    return list(PLANS[run_id % len(PLANS)])


def is_question(deed: str) -> bool:
    return deed.partition("/")[0] in KINDS


def diff_of(run_id: int, key: str) -> str:
    return hashlib.sha256(f"diff {run_id} {key}".encode()).hexdigest()


def question(run_id: int, key: str) -> Asked:
    """A commit is asked for with its diff, and now and then with a flag that wants a tick."""
    kind = KINDS[key.partition("/")[0]]
    is_commit = kind is ApprovalKind.COMMIT
    asked = Question(
        kind=kind,
        text=f"{key}?",
        diff_sha=diff_of(run_id, key) if is_commit else None,
        flags=("workflow",) if is_commit and run_id % len(PLANS) == 1 else (),
        expires_in_seconds=PATIENCE_SECONDS if run_id // 2 % 2 else None,
    )
    return Asked(key, asked, question_text(key, asked))


def next_round(key: str, decided: ApprovalRecord) -> str | None:
    """What is asked next when a person wants a diff to be revised."""
    name, _, number = key.partition("/")
    if not number or decided.status != ApprovalStatus.REJECTED or int(number) == ROUNDS:
        return None
    return f"{name}/{int(number) + 1}"


def commit(run_id: int, answers: Mapping[str, ApprovalRecord]) -> CommitCreated | None:
    """A commit of what was granted; None when nothing was."""
    granted = [each for each in answers.values() if each.diff_sha and each.status == ApprovalStatus.GRANTED]
    if not granted:
        return None
    demand(len(granted) == 1, "I9", f"run {run_id} was granted {len(granted)} diffs")
    [approval] = granted
    sha = diff_of(run_id, approval.key)
    demand(approval.diff_sha == sha, "I9", f"run {run_id} was granted {approval.diff_sha}, and has asked for {sha}")
    return CommitCreated(commit=sha, branch="b", tree="t", diff_sha=sha, approval_id=approval.id)
