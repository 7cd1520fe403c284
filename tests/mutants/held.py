"""Mutants of what a worker writes on a run it holds, and of the claim."""

from typing import Final

from tests.mutants.mutant import Edit, Mutant, mutant

HELD: Final = "store/held.py"
RUNS: Final = "store/runs.py"

HELD_MUTANTS: Final = (
    mutant(
        "held-without-fence",
        HELD,
        "held = [runs.c.id == row.run_id, runs.c.fence == row.fence, runs",
        "held = [runs.c.id == row.run_id, runs",
        "a paused worker never overwrites its successor",
    ),
    mutant(
        "held-without-status",
        HELD,
        "        held.append(has_status(RunStatus.RUNNING))\n",
        "",
        "nothing is written on a run that nobody holds",
    ),
    mutant(
        "ending-without-status",
        HELD,
        "        held.append(may_start(move))\n",
        "",
        "an attempt ends once",
    ),
    mutant(
        "write-number-not-checked",
        HELD,
        ", runs.c.write_number == row.number - 1]",
        "]",
        "a write whose answer was lost is not written twice",
    ),
    mutant(
        "write-number-not-kept",
        HELD,
        '        "write_number": row.number,\n',
        "",
        "the owner's next write passes",
    ),
    mutant(
        "repeated-write-is-refused",
        HELD,
        "    if row.write_number == write.number:\n        return _move_to(RunStatus(row.status), write)\n",
        "",
        "a worker that never heard the answer may ask again",
    ),
    mutant(
        "repeated-write-of-any-fence",
        HELD,
        "    if row is None or row.fence != write.fence:\n",
        "    if row is None:\n",
        "a worker that lost its lease is told so",
    ),
    mutant(
        "every-ending-ignores-the-cancel",
        HELD,
        "        if move is not STOP:\n            held",
        "        if False:\n            held",
        "an acknowledged cancel never ends COMPLETED",
    ),
    mutant(
        "retry-ignores-the-cancel",
        HELD,
        "        if move is not STOP:\n            held",
        "        if move is not STOP and move is not RETRY:\n            held",
        "no way back into the queue passes by a pending cancel",
    ),
    mutant(
        "release-ignores-the-cancel",
        HELD,
        "        if move is not STOP:\n            held",
        "        if move is not STOP and move is not RELEASE:\n            held",
        "no way back into the queue passes by a pending cancel",
    ),
    mutant(
        "complete-ignores-the-cancel",
        HELD,
        "        if move is not STOP:\n            held",
        "        if move is not STOP and move is not COMPLETE:\n            held",
        "an acknowledged cancel never ends COMPLETED",
    ),
    mutant(
        "cancel-loses-the-lease",
        HELD,
        "    if row.status == RunStatus.RUNNING and row.cancel_requested_at",
        "    if row.status == RunStatus.QUEUED and row.cancel_requested_at",
        "whatever a worker wanted to do with a cancelled run becomes STOP",
    ),
    mutant(
        "release-charges",
        HELD,
        "    if move in {RELEASE, SUSPEND}:\n",
        "    if move is SUSPEND:\n",
        "a drain costs nobody an attempt",
    ),
    mutant(
        "retry-forgets-its-delay",
        HELD,
        '"is_due": row.available_at <= _NOW}',
        '"is_due": True}',
        "a retry waits",
    ),
    mutant(
        "steps-before-the-guard",
        HELD,
        "    last_event_ids = {\n",
        "    insert_steps(session, ((write.run_id, write.fence, step) for write in group for step in write.steps))\n"
        "    group = [replace(write, steps=()) for write in group]\n    last_event_ids = {\n",
        "a refused write leaves nothing behind",
    ),
    mutant(
        "steps-are-lost",
        HELD,
        "    insert_steps(session, ((write.run_id, write.fence, step) for write in written for step in write.steps))\n",
        "",
        "a finished step is never executed again",
    ),
    mutant(
        "events-counted-without-the-ending",
        HELD,
        '"event_count": len(write.all_events())',
        '"event_count": max(1, len(write.events))',
        "events are numbered without gap",
    ),
    mutant(
        "answers-of-other-writes",
        HELD,
        "    return [answers[write.claim] for write in writes]\n",
        "    return [answers[claim] for claim in sorted(answers)]\n",
        "everybody gets his own answer",
    ),
    mutant(
        "answers-by-run",
        HELD,
        "        (row.id, row.fence): row.last_event_id for row",
        "        (row.id, write.fence): row.last_event_id for write in group for row",
        "the former and the present owner of a run are told apart",
    ),
    mutant(
        "stop-answered-as-the-wish",
        HELD,
        "    return STOP if status is RunStatus.CANCELLED else write.ending.move\n",
        "    return write.ending.move\n",
        "a worker that repeats its ending hears that the run was stopped",
    ),
    mutant(
        "claim-without-status",
        RUNS,
        ".where(has_status(RunStatus.QUEUED), runs.c.is_due)",
        ".where(has_status(RunStatus.QUEUED, RunStatus.FAILED), runs.c.is_due)",
        "a run that is not queued takes no worker's slot",
    ),
    Mutant(
        "claim-of-running-runs",
        "a run has one owner",
        (
            Edit(
                RUNS,
                ".where(has_status(RunStatus.QUEUED), runs.c.is_due)",
                ".where(has_status(RunStatus.QUEUED, RunStatus.RUNNING), runs.c.is_due)",
            ),
            Edit(RUNS, ".where(which, may_start(CLAIM))", ".where(which)"),
        ),
    ),
    mutant(
        "claim-before-its-time",
        RUNS,
        "not_(runs.c.is_due), runs.c.available_at <= _NOW)",
        "not_(runs.c.is_due))",
        "a delayed run waits",
    ),
    mutant(
        "nobody-makes-runs-due",
        RUNS,
        '        session.execute(_MAKE_DUE, {"now": session.now})\n',
        "",
        "a delayed run is claimed once its time has come",
    ),
    mutant(
        "claim-without-urgency",
        RUNS,
        ".order_by(runs.c.priority.desc(), runs",
        ".order_by(runs",
        "the most urgent run is first",
    ),
    mutant(
        "claim-keeps-the-fence",
        RUNS,
        "            fence=runs.c.fence + 1,\n",
        "",
        "every claim has a fence of its own",
    ),
    mutant(
        "claim-does-not-charge",
        RUNS,
        "            attempt=runs.c.attempt + 1,\n",
        "",
        "attempts are counted",
    ),
    mutant(
        "claim-keeps-the-write-number",
        RUNS,
        "            write_number=0,\n",
        "",
        "the writes of a new claim are counted from 1",
    ),
)
