"""What steps on other machines report of a run, and the tokens by which they are known: `run_tokens` and `reports`."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, insert, select

from agent_runner.domain.outcome import Reply
from agent_runner.domain.redaction import RUN_TOKEN
from agent_runner.domain.report import CallReport, KnownCall
from agent_runner.domain.run import RunStatus
from agent_runner.domain.topology import SETTLED
from agent_runner.errors import Conflict, Forbidden, LeaseLost, Unauthorized
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.steps import COPIED
from agent_runner.store.tables import reports, run_tokens, runs, steps

_FAILED: Final[TypeAdapter[dict[str, str]]] = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class StoredReport:
    """`fence`: of the claim whose step has reported."""

    key: str
    fence: int
    report: CallReport
    created_at: datetime


# ---- tokens


def give_token(session: WriteSession, run_id: int, fence: int) -> str:
    """A new token for the steps of a run under this claim; one that was given before to the same claim ends.

    Only its sha256 is kept. It is dead as soon as the run is not RUNNING under this fence. Raises LeaseLost.
    """
    if not _is_held(session, run_id, fence):
        raise LeaseLost(f"run {run_id} is no longer held under fence {fence}")
    token = RUN_TOKEN + secrets.token_urlsafe(32)
    session.execute(delete(run_tokens).where(run_tokens.c.run_id == run_id, run_tokens.c.fence == fence))
    session.execute(insert(run_tokens), {"run_id": run_id, "fence": fence, "sha256": _hashed(token)})
    return token


def fence_of(session: ReadSession, run_id: int, token: str) -> int:
    """The claim that the token was given to, which holds the run still.

    Raises Unauthorized for what is no token, Forbidden for one of another run, and Conflict for a dead one.
    """
    given = session.first(
        select(run_tokens.c.run_id, run_tokens.c.fence, runs.c.status, runs.c.fence.label("held_under"))
        .select_from(run_tokens.join(runs, runs.c.id == run_tokens.c.run_id))
        .where(run_tokens.c.sha256 == _hashed(token))
    )
    if given is None:
        raise Unauthorized("this is no token of a run", next_step="send the one that the worker gave to the flow")
    if given.run_id != run_id:
        raise Forbidden(f"the token is one of run {given.run_id}, and not of run {run_id}")
    if given.status != RunStatus.RUNNING:
        raise Conflict(f"the token of run {run_id} is not good any more: the run is {given.status}")
    if given.fence != given.held_under:
        raise Conflict(f"the token of run {run_id} is not good any more: another attempt of the run is under way")
    return given.fence


def _is_held(session: WriteSession, run_id: int, fence: int) -> bool:
    """Stays true until the transaction ends."""
    row = session.first(select(runs.c.status, runs.c.fence).where(runs.c.id == run_id).with_for_update())
    return row is not None and row.status == RunStatus.RUNNING and row.fence == fence


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# ---- reports


def add_report(session: WriteSession, run_id: int, fence: int, key: str, text: str) -> tuple[KnownCall, bool]:
    """What is known of the call from now on, and whether that is this report, which `CallReport.as_text` has written.

    The first report of a key stands, and a step of the journal comes before it. A failure stands for its own claim only
    and a report of an earlier claim for the same question only. Raises Conflict when the run is no longer held under
    this fence, and as `known_of` does.
    """
    if not _is_held(session, run_id, fence):
        raise Conflict(f"run {run_id} is no longer held under fence {fence}")
    report = CallReport.model_validate_json(text)
    known = known_of(session, run_id, fence, key, report.input_hash)
    if known is not None and known.report is not None:
        return known, False
    session.execute(delete(reports).where(reports.c.run_id == run_id, reports.c.key == key))
    row = {"run_id": run_id, "key": key, "fence": fence, "payload": text, "created_at": session.now}
    session.execute(insert(reports), row)
    return KnownCall(report=report), True


def known_of(session: ReadSession, run_id: int, fence: int, key: str, input_hash: str) -> KnownCall | None:
    """What there is of a call already, for a step under this claim that asks this question; None: carry it out.

    Raises Conflict where the journal, or another step of the same claim, has asked another question under this key.
    """
    return _in_journal(session, run_id, key, input_hash) or _reported(session, run_id, fence, key, input_hash)


def _in_journal(session: ReadSession, run_id: int, key: str, input_hash: str) -> KnownCall | None:
    step = session.first(select(steps).where(steps.c.run_id == run_id, steps.c.key == key))
    if step is None:
        return _settled(session, run_id, key)
    if step.input_hash != input_hash:
        if step.fence == COPIED:
            return None  # the fork goes its own way from here on, and its worker will forget the copy
        raise _other_question(run_id, key)
    try:
        reply = Reply.model_validate_json(step.output)
    except ValidationError:
        raise Conflict(f"the step {key!r} of run {run_id} is no agent's call") from None
    seconds = max(0.0, (step.finished_at - step.started_at).total_seconds())
    return KnownCall(report=CallReport(input_hash=input_hash, reply=reply, seconds=seconds))


def _settled(session: ReadSession, run_id: int, key: str) -> KnownCall | None:
    groups = select(steps.c.key, steps.c.output).where(
        steps.c.run_id == run_id, steps.c.key.endswith(f"/{SETTLED}", autoescape=True)
    )
    for group in session.rows(groups):
        failed = _FAILED.validate_json(group.output)
        if any(key == gone or key.startswith(f"{gone}/") for gone in failed):
            return KnownCall(settled={group.key: failed})
    return None


def _reported(session: ReadSession, run_id: int, fence: int, key: str, input_hash: str) -> KnownCall | None:
    found = session.first(select(reports).where(reports.c.run_id == run_id, reports.c.key == key))
    if found is None:
        return None
    report = CallReport.model_validate_json(found.payload)
    if report.input_hash != input_hash:
        if found.fence == fence:
            raise _other_question(run_id, key)
        return None
    return KnownCall(report=report) if found.fence == fence or report.failed is None else None


def _other_question(run_id: int, key: str) -> Conflict:
    return Conflict(
        f"step {key!r} of run {run_id} was recorded with another input than it is now asked with",
        next_step="the machines of the steps must have the version of agent-runner that the worker has",
    )


_WANTED: Final = select(reports).where(
    reports.c.run_id == bindparam("of_run"), reports.c.key.in_(bindparam("keys", expanding=True))
)


def reports_of(session: ReadSession, run_id: int, fence: int, keys: Collection[str]) -> Mapping[str, StoredReport]:
    """What was reported of these calls, by key: answers, whichever claim they are of, and failures of this claim.

    An answer of an earlier claim counts only where its `input_hash` is that of the question as it is now.
    """
    found = (
        StoredReport(row.key, row.fence, CallReport.model_validate_json(row.payload), row.created_at)
        for row in session.rows(_WANTED, of_run=run_id, keys=list(keys))
    )
    return {each.key: each for each in found if each.report.failed is None or each.fence == fence}
