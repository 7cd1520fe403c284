"""Mutants of questions and their answers, of artifacts, and of the point from which no cancel is taken."""

from typing import Final

from tests.mutants.mutant import Edit, Mutant, mutant

APPROVALS: Final = "store/approvals.py"
ARTIFACTS: Final = "store/artifacts.py"
DECISIONS: Final = "store/decisions.py"
FORKS: Final = "store/forks.py"
HELD: Final = "store/held.py"
RUNS: Final = "store/runs.py"

QUESTION_MUTANTS: Final = (
    mutant(
        "suspend-without-the-fence",
        HELD,
        "        held.append(may_start(move))\n",
        "        held.append(may_start(move))\n"
        "        if move is SUSPEND:\n            held = [runs.c.id == row.run_id, may_start(move)]\n",
        "a paused worker asks nothing in the name of its successor",
    ),
    mutant(
        "suspend-passes-by-the-cancel",
        HELD,
        "        if move is not STOP:\n            held",
        "        if move is not STOP and move is not SUSPEND:\n            held",
        "a run that is asked to cancel does not wait for a person",
    ),
    mutant(
        "suspend-charges",
        HELD,
        "    if move in {RELEASE, SUSPEND}:\n",
        "    if move is RELEASE:\n",
        "to ask costs nobody an attempt",
    ),
    mutant(
        "suspend-asks-nothing",
        HELD,
        "    written = [_with_question(session, write) for write in group if write.claim in last_event_ids]\n",
        "    written = [write for write in group if write.claim in last_event_ids]\n",
        "a run that waits has a question that can be answered",
    ),
    mutant(
        "question-before-the-guard",
        HELD,
        "    last_event_ids = {\n",
        "    group = [_with_question(session, write) for write in group]\n    last_event_ids = {\n",
        "a write that is refused asks nothing",
    ),
    mutant(
        "cancelled-and-still-asks",
        HELD,
        "result=None, error=None, asks=None)",
        "result=None, error=None)",
        "nobody is asked about a run that was just cancelled",
    ),
    Mutant(
        "a-closed-question-is-decided",
        "a question is decided once",
        (
            Edit(APPROVALS, "where(approvals.c.id == approval_id, _IS_OPEN)", "where(approvals.c.id == approval_id)"),
            Edit(DECISIONS, "    if asked.status == ApprovalStatus.OPEN:\n", "    if asked.status:\n"),
        ),
    ),
    mutant(
        "another-answer-is-said-already",
        DECISIONS,
        "    if (asked.status, asked.revise, asked.text) == (verdict.outcome, verdict.revise, verdict.text):\n",
        "    if asked.status != ApprovalStatus.VOID:\n",
        "who decides otherwise than it was decided is told so",
    ),
    mutant(
        "same-answer-is-a-conflict",
        DECISIONS,
        "    if (asked.status, asked.revise, asked.text) == (verdict.outcome, verdict.revise, verdict.text):\n",
        "    if False:\n",
        "who never heard the answer may say the same again",
    ),
    mutant(
        "any-diff-is-granted",
        DECISIONS,
        "    _check_diff(asked, wanted.diff_sha)\n",
        "",
        "what was approved is what was looked at",
    ),
    mutant(
        "flags-need-no-tick",
        DECISIONS,
        "    _check_flags(asked, wanted.accept_flags)\n",
        "",
        "what needs a tick of its own is not granted without",
    ),
    mutant(
        "input-is-approved",
        DECISIONS,
        "    if asked.kind == ApprovalKind.INPUT:\n",
        "    if False:\n",
        "a question for an input ends in one",
    ),
    mutant(
        "diff-is-answered",
        DECISIONS,
        "    if asked.kind != ApprovalKind.INPUT:\n",
        "    if False:\n",
        "an approval is granted, not talked about",
    ),
    mutant(
        "expired-is-granted",
        DECISIONS,
        "    if asked.expires_at is not None and asked.expires_at <= session.now:\n",
        "    if False:\n",
        "nobody decides what is over",
    ),
    mutant(
        "lapse-before-its-time",
        DECISIONS,
        "approvals.c.expires_at <= session.now,",
        "approvals.c.expires_at.is_not(None),",
        "a question waits as long as it was said",
    ),
    mutant(
        "nothing-lapses",
        DECISIONS,
        "    lapsed = [row for row in late if close_question(session, row.id, verdict)]\n",
        "    lapsed = late[:0]\n",
        "a run does not wait for ever",
    ),
    mutant(
        "lapse-leaves-the-question-open",
        DECISIONS,
        "    lapsed = [row for row in late if close_question(session, row.id, verdict)]\n",
        "    lapsed = [row for row in late if verdict]\n",
        "a run that goes on asks nothing",
    ),
    mutant(
        "decision-without-its-event",
        DECISIONS,
        "    _go_on(session, move, asked.run_id, payload, **columns)\n",
        "    _go_on(session, move, asked.run_id, ApprovalExpired(approval_id=asked.id, key=asked.key), **columns)\n",
        "the events tell what was decided",
    ),
    mutant(
        "rejected-and-goes-on",
        DECISIONS,
        "    if not wanted.revise:\n",
        "    if False:\n",
        "a run that is rejected ends",
    ),
    mutant(
        "revise-ends-the-run",
        DECISIONS,
        "    if not wanted.revise:\n",
        "    if True:\n",
        "a run that is to revise goes on",
    ),
    mutant(
        "cancel-leaves-the-question-open",
        RUNS,
        "        void_question(session, run_id)\n",
        "",
        "nobody answers for a run that is cancelled",
    ),
    mutant(
        "rerun-keeps-what-ended-it",
        RUNS,
        "    ask_anew(session, run_id)\n",
        "",
        "what ended a run is asked anew when it runs again",
    ),
    mutant(
        "rerun-asks-everything-again",
        APPROVALS,
        "approvals.c.is_current, ~is_settled)",
        "approvals.c.is_current)",
        "what a person has granted is not asked twice",
    ),
    mutant(
        "answers-are-not-told",
        APPROVALS,
        "approvals.c.is_current, ~_IS_OPEN)",
        "approvals.c.is_current, _IS_OPEN)",
        "an agent hears what it was answered",
    ),
    mutant(
        "fork-inherits-the-answers",
        FORKS,
        "    done_again = {row.key for row in session.rows(_ANSWERED, run_id=wanted.run_id)}\n",
        "    done_again: set[str] = set()\n",
        "what a person has said to one run, nobody has said to its fork",
    ),
)

COMMIT_MUTANTS: Final = (
    mutant(
        "commit-point-without-the-fence",
        HELD,
        '        runs.c.fence == bindparam("held_under"),\n',
        "",
        "a worker that lost its run does not commit",
    ),
    mutant(
        "commit-point-of-a-run-that-rests",
        HELD,
        "        has_status(RunStatus.RUNNING),\n        runs.c.cancel_requested_at.is_(None),\n    )\n    .values(com",
        "        runs.c.cancel_requested_at.is_(None),\n    )\n    .values(com",
        "nothing is committed once its attempt has ended",
    ),
    mutant(
        "commit-point-passes-by-the-cancel",
        HELD,
        "        runs.c.cancel_requested_at.is_(None),\n    )\n    .values(commit",
        "    )\n    .values(commit",
        "an acknowledged cancel is not followed by a commit",
    ),
    mutant(
        "commit-point-is-not-kept",
        HELD,
        ".values(committing_at=func.coalesce(runs.c.committing_at, _NOW))",
        ".values(committing_at=runs.c.committing_at)",
        "from the commit point on no cancel is taken",
    ),
    mutant(
        "cancel-after-the-commit-point",
        RUNS,
        "    if status in ACTIVE_STATUSES and _is_committing(session, run_id):\n",
        "    if False:\n",
        "from the commit point on no cancel is taken",
    ),
    mutant(
        "commit-point-always-lost",
        HELD,
        "    if row is None or row.fence != fence or row.status != RunStatus.RUNNING:\n        raise",
        "    if True:\n        raise",
        "a worker whose run is cancelled hears that, and ends it",
    ),
)

ARTIFACT_MUTANTS: Final = (
    mutant(
        "artifacts-before-the-guard",
        HELD,
        "for write in written for artifact in write.artifacts",
        "for write in group for artifact in write.artifacts",
        "a refused write leaves no file behind",
    ),
    mutant(
        "artifacts-are-lost",
        HELD,
        "    put_artifacts(session, ((write.run_id, artifact) for write in written for artifact in write.artifacts))\n",
        "",
        "an acknowledged artifact is there",
    ),
    mutant(
        "first-artifact-of-a-path-stays",
        ARTIFACTS,
        "    latest = {(run_id, artifact.path): artifact for run_id, artifact in added}\n",
        "    latest = {(run_id, artifact.path): artifact for run_id, artifact in reversed(list(added))}\n",
        "the last one of a path stays",
    ),
    Mutant(
        "artifacts-of-other-runs-removed",
        "a run replaces its own files only",
        (Edit(ARTIFACTS, 'artifacts.c.run_id == bindparam("of_run"), ', 'bindparam("of_run") > 0, '),),
    ),
)
