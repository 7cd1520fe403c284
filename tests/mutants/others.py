"""Mutants of leases, of what people change, of new runs, of the moves and of the writer."""

from typing import Final

from tests.mutants.mutant import mutant

LEASES: Final = "store/leases.py"
RUNS: Final = "store/runs.py"
NEW_RUNS: Final = "store/new_runs.py"
FORKS: Final = "store/forks.py"
EVENTS: Final = "store/events.py"
WRITER: Final = "store/writer.py"
MOVES: Final = "domain/run.py"

LEASE_MUTANTS: Final = (
    mutant(
        "janitor-keeps-the-fence",
        LEASES,
        'columns: dict[str, Any] = {"fence": runs.c.fence + 1}',
        "columns: dict[str, Any] = {}",
        "every return of a lost run raises its fence",
    ),
    mutant(
        "janitor-ignores-the-cancel",
        LEASES,
        "    if row.cancel_requested_at is not None:\n        return STOP",
        "    if False:\n        return STOP",
        "the janitor looks for a pending cancel first",
    ),
    mutant(
        "janitor-never-abandons",
        LEASES,
        "    if row.attempt >= row.max_attempts:\n",
        "    if False:\n",
        "a run that kills its workers ends",
    ),
    mutant(
        "janitor-abandons-too-early",
        LEASES,
        "    if row.attempt >= row.max_attempts:\n",
        "    if row.attempt + 1 >= row.max_attempts:\n",
        "a run gets all its attempts",
    ),
    mutant(
        "janitor-takes-living-leases",
        LEASES,
        "is_lost = runs.c.lease_expires_at < session.now",
        "is_lost = runs.c.lease_expires_at > session.now",
        "a lease that lasts is respected, one that ended is not",
    ),
    mutant(
        "janitor-forgets-the-dead",
        LEASES,
        "        is_lost |= runs.c.lease_owner.in_(list(dead_workers))\n",
        "        pass\n",
        "the runs of a worker that is known to be dead go on at once",
    ),
    mutant(
        "renewal-for-anybody",
        LEASES,
        '    runs.c.lease_owner == bindparam("worker_id"),\n    has_status',
        '    (runs.c.id > 0) | (runs.c.lease_owner == bindparam("worker_id")),\n    has_status',
        "only the owner renews a lease",
    ),
    mutant(
        "renewal-of-all-runs",
        LEASES,
        '    runs.c.id.in_(bindparam("run_ids", expanding=True)),\n',
        '    (runs.c.id > 0) | runs.c.id.in_(bindparam("run_ids", expanding=True)),\n',
        "a run that its worker never heard of comes back",
    ),
    mutant(
        "renewal-renews-nothing",
        LEASES,
        "until = session.now + timedelta(seconds=beat.lease_seconds)",
        "until = session.now",
        "a worker that beats keeps its runs",
    ),
    mutant(
        "heartbeat-does-not-tell-of-the-cancel",
        LEASES,
        "HeldRun(row.id, row.cancel_requested_at is not None)",
        "HeldRun(row.id, False)",
        "a worker hears that its run is cancelled",
    ),
)

CHANGE_MUTANTS: Final = (
    mutant(
        "rerun-keeps-the-cancel",
        RUNS,
        "        cancel_requested_at=None,\n",
        "",
        "a run that is queued again is not asked to cancel",
    ),
    mutant(
        "rerun-without-attempts",
        RUNS,
        "        max_attempts=runs.c.attempt + attempts,\n",
        "",
        "a rerun may be attempted",
    ),
    mutant(
        "cancel-is-not-noted",
        RUNS,
        ".values(cancel_requested_at=session.now, last_event_id",
        ".values(last_event_id",
        "an acknowledged cancel comes true",
    ),
    mutant(
        "cancel-asks-twice",
        RUNS,
        "has_status(RunStatus.RUNNING), runs.c.cancel_requested_at.is_(None))",
        "has_status(RunStatus.RUNNING))",
        "asking twice changes nothing",
    ),
    mutant(
        "cancel-event-not-counted",
        RUNS,
        ".values(cancel_requested_at=session.now, last_event_id=runs.c.last_event_id + 1)",
        ".values(cancel_requested_at=session.now)",
        "events are numbered without gap",
    ),
    mutant(
        "change-without-status",
        RUNS,
        "    statement = update(runs).where(runs.c.id == run_id, has_status(RunStatus.QUEUED)).values(**columns)\n",
        "    statement = update(runs).where(runs.c.id == run_id).values(**columns)\n",
        "only a queued run is changed",
    ),
    mutant(
        "delete-without-status",
        RUNS,
        "    statement = delete(runs).where(runs.c.id == run_id, has_status(*FINAL_STATUSES))\n",
        "    statement = delete(runs).where(runs.c.id == run_id)\n",
        "only a final run is deleted",
    ),
    mutant(
        "move-without-status",
        RUNS,
        "        .where(runs.c.id == run_id, may_start(move))\n",
        "        .where(runs.c.id == run_id)\n",
        "every change of a status is legal",
    ),
    mutant(
        "key-without-its-request",
        NEW_RUNS,
        "        if known.request_hash == run.request_hash:\n",
        "        if known.id:\n",
        "another request under a known key is refused",
    ),
    mutant(
        "key-is-not-looked-up",
        NEW_RUNS,
        "        if known is not None:\n            return self._known(run, known)\n",
        "",
        "the same request under the same key is answered with its run",
    ),
    mutant(
        "new-runs-at-once",
        NEW_RUNS,
        '"is_due": run.available_at is None or run.available_at <= session.now,',
        '"is_due": True,',
        "a delayed run waits",
    ),
    mutant(
        "fork-loses-its-last-step",
        FORKS,
        "for step in finished.values()), default=0) + 1",
        "for step in finished.values()), default=0)",
        "a fork does not do again what it keeps",
    ),
    mutant(
        "fork-claims-the-work",
        FORKS,
        "literal(COPIED, BigInteger())",
        "literal(1, BigInteger())",
        "a step was done by a claim of its run, or copied",
    ),
    mutant(
        "fork-forgets-where-it-comes-from",
        NEW_RUNS,
        '"forked_from": run.forked_from,',
        '"forked_from": None,',
        "only a fork has steps that no claim has done",
    ),
    mutant(
        "reader-skips-an-event",
        EVENTS,
        'events.c.event_id > bindparam("since"))',
        'events.c.event_id > bindparam("since") + 1)',
        "a reader sees each event once, in order",
    ),
)

MOVE_MUTANTS: Final = (
    mutant(
        "stop-from-queued",
        MOVES,
        '_move("STOP", {_S.RUNNING}',
        '_move("STOP", {_S.RUNNING, _S.QUEUED}',
        "a worker stops only what it holds",
    ),
    mutant(
        "complete-from-queued",
        MOVES,
        '_move("COMPLETE", {_S.RUNNING}',
        '_move("COMPLETE", {_S.RUNNING, _S.QUEUED}',
        "a worker completes only what it holds",
    ),
    mutant(
        "rerun-from-completed",
        MOVES,
        '_move("RERUN", {_S.FAILED, _S.CANCELLED}',
        '_move("RERUN", {_S.FAILED, _S.CANCELLED, _S.COMPLETED}',
        "nothing leaves COMPLETED",
    ),
    mutant(
        "cancel-of-final-runs",
        MOVES,
        '_move("CANCEL", {_S.QUEUED, _S.WAITING}',
        '_move("CANCEL", {_S.QUEUED, _S.WAITING, _S.FAILED}',
        "FAILED is left by a rerun only",
    ),
)

WRITER_MUTANTS: Final = (
    mutant(
        "no-savepoints",
        WRITER,
        "    try:\n        with session.savepoint():\n",
        "    try:\n        if True:\n",
        "nothing stays of what was refused",
    ),
    mutant(
        "failure-answered-as-done",
        WRITER,
        "            answers.append(error)\n",
        "            answers.append(None)\n            del error\n",
        "who fails is told",
    ),
    mutant(
        "answers-reversed",
        WRITER,
        "        self._ring(outcome.ring)\n        _answer(group, outcome.answers)\n",
        "        self._ring(outcome.ring)\n        _answer(group, outcome.answers[::-1])\n",
        "everybody gets his own answer",
    ),
    mutant(
        "written-again-after-a-failed-commit",
        WRITER,
        "            if is_alone or is_worked or not self._has_begun:\n",
        "            if is_alone or not self._has_begun:\n",
        "a request is carried out once, also when the commit's answer is lost",
    ),
    mutant(
        "dead-callers-are-served",
        WRITER,
        "                self._waiting = [wish for wish in self._waiting if not wish.answer.done()]\n",
        "",
        "a caller that is cancelled while it waits has written nothing",
    ),
    mutant(
        "one-failure-fails-all",
        WRITER,
        "            if is_alone or is_worked or not self._has_begun:\n                raise\n",
        "            raise\n",
        "a caller whose part fails, fails alone",
    ),
)
