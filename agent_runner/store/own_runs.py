"""Runs that a process queues to carry them out itself."""

from dataclasses import replace

from agent_runner.store.new_runs import NewRun, create_runs
from agent_runner.store.runs import Claimed, ClaimWanted, claim
from agent_runner.store.session import WriteSession


def queue_and_claim(session: WriteSession, wanted: NewRun, claiming: ClaimWanted) -> Claimed:
    """Both in one transaction: no other worker can get the run first, and each gets it when this one dies.

    Raises as create_runs answers.
    """
    [answer] = create_runs(session, [wanted])
    if isinstance(answer, Exception):
        raise answer
    return claim(session, replace(claiming, only=answer.id))
