"""The table of moves: what is legal, and that nothing else is."""

import pytest

from agent_runner.domain.events import EventType
from agent_runner.domain.run import (
    ABANDON,
    ACTIVE_STATUSES,
    CANCEL,
    CLAIM,
    COMPLETE,
    CREATE,
    EXPIRE,
    FAIL,
    FINAL_STATUSES,
    GRANT,
    MOVES,
    RELEASE,
    RERUN,
    RESUMES,
    RETRY,
    STOP,
    SUSPEND,
    Move,
    RunStatus,
    why_illegal,
)

LEGAL = {
    (RunStatus.QUEUED, RunStatus.RUNNING),
    (RunStatus.QUEUED, RunStatus.CANCELLED),
    (RunStatus.WAITING, RunStatus.CANCELLED),
    (RunStatus.RUNNING, RunStatus.QUEUED),
    (RunStatus.RUNNING, RunStatus.WAITING),
    (RunStatus.WAITING, RunStatus.QUEUED),
    (RunStatus.RUNNING, RunStatus.COMPLETED),
    (RunStatus.RUNNING, RunStatus.FAILED),
    (RunStatus.RUNNING, RunStatus.CANCELLED),
    (RunStatus.FAILED, RunStatus.QUEUED),
    (RunStatus.CANCELLED, RunStatus.QUEUED),
}


def test_only_these_changes_of_status_are_legal() -> None:
    assert {(source, move.target) for move in MOVES for source in move.sources} == LEGAL


def test_nothing_leaves_completed() -> None:
    assert not [move.name for move in MOVES if RunStatus.COMPLETED in move.sources]


def test_only_a_rerun_leaves_a_final_status() -> None:
    assert [move for move in MOVES if move.sources & FINAL_STATUSES] == [RERUN]


def test_only_create_starts_from_nothing() -> None:
    assert [move for move in MOVES if not move.sources] == [CREATE]


def test_every_status_is_either_final_or_active() -> None:
    assert set(RunStatus) == FINAL_STATUSES | ACTIVE_STATUSES
    assert not FINAL_STATUSES & ACTIVE_STATUSES


def test_moves_have_names_of_their_own() -> None:
    assert len({move.name for move in MOVES}) == len(MOVES)


def test_an_event_of_a_move_always_leads_to_the_same_status() -> None:
    targets: dict[EventType, set[RunStatus]] = {}
    for move in MOVES:
        targets.setdefault(move.event, set()).add(move.target)
    assert all(len(found) == 1 for found in targets.values()), "the events of a run must fold to its status"


@pytest.mark.parametrize("move", [COMPLETE, FAIL, ABANDON, CANCEL, STOP])
def test_these_moves_end_a_run(move: Move) -> None:
    assert move.is_final


@pytest.mark.parametrize("move", [CREATE, CLAIM, RETRY, SUSPEND, *RESUMES, RELEASE, EXPIRE, RERUN])
def test_these_moves_do_not_end_a_run(move: Move) -> None:
    assert not move.is_final


def test_a_refused_move_says_what_the_run_is_and_what_it_would_have_to_be() -> None:
    sentence = why_illegal(42, RERUN, RunStatus.RUNNING)
    assert sentence == "run 42 is RUNNING; only a run that is FAILED or CANCELLED can be retried"
    assert why_illegal(42, GRANT, RunStatus.QUEUED).endswith("only a run that is WAITING can make the move GRANT")


def test_a_run_that_works_can_be_cancelled_though_by_another_move() -> None:
    sentence = why_illegal(42, CANCEL, RunStatus.FAILED)
    assert sentence == "run 42 is FAILED; only a run that is QUEUED, RUNNING or WAITING can be cancelled"
