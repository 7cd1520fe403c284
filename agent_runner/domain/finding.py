"""What an examination says: a verdict on one subject, and what to do about it. And how one check is kept to itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Thread
from typing import Final, Protocol

from agent_runner.errors import AgentRunnerError

LONGEST_CHECK_SECONDS: Final = 15.0
"""Longer than any patience inside a check, so that what is cut hangs indeed."""


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whatever does not pass has a next step."""

    verdict: Verdict
    subject: str
    sentence: str
    next_step: str | None = None


def passed(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.PASS, subject, sentence)


def warned(subject: str, sentence: str, next_step: str) -> Finding:
    return Finding(Verdict.WARN, subject, sentence, next_step)


def failed(subject: str, sentence: str, next_step: str) -> Finding:
    return Finding(Verdict.FAIL, subject, sentence, next_step)


def failed_with(subject: str, error: AgentRunnerError) -> Finding:
    return failed(subject, error.message, error.next_step or "see agent-runner --help")


def found_by(subject: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What the check found. It can neither fail nor hang the others: what hangs is left behind in its thread."""
    found: list[Finding] = []

    def work() -> None:
        try:
            found.extend(check())
        except AgentRunnerError as error:
            found.append(failed_with(subject, error))
        except Exception as error:  # noqa: BLE001 - the boundary: a check that breaks is a finding like others
            said = f"could not be examined: {type(error).__name__}: {error}"
            found.append(failed(subject, said, "report this, with all that it says"))

    thread = Thread(target=work, name=f"check of {subject}", daemon=True)
    thread.start()
    thread.join(LONGEST_CHECK_SECONDS)
    if thread.is_alive():
        said = f"did not answer within {LONGEST_CHECK_SECONDS:g} s"
        return [*found, failed(subject, said, "find out what it waits for: the network, a lock, or a disk")]
    return found


class Seen(Protocol):
    """A worker, as whoever looks knows it."""

    @property
    def id(self) -> str: ...
    @property
    def busy(self) -> int: ...
    @property
    def slots(self) -> int: ...
    @property
    def sandbox(self) -> str | None: ...
    @property
    def last_heartbeat(self) -> datetime: ...


def examine_workers(workers: Sequence[Seen], now: datetime, lease_seconds: float) -> Iterator[Finding]:
    """Of those that count as alive."""
    if not workers:
        yield warned("worker", "none is alive", "agent-runner worker")
        return
    busy, slots = sum(worker.busy for worker in workers), sum(worker.slots for worker in workers)
    levels = ", ".join(sorted({worker.sandbox or "not known yet" for worker in workers}))
    yield passed("worker", f"{len(workers)} alive, {busy} of {slots} slots busy; sandbox {levels}")
    for worker in workers:
        silent = (now - worker.last_heartbeat).total_seconds()
        if silent > lease_seconds:
            sentence = f"{worker.id} was heard of {silent:.0f} s ago, and a lease lasts {lease_seconds:g} s"
            yield warned("worker", sentence, "look whether it hangs; its runs go on elsewhere")
