"""The verbs about the service as a whole: how it stands, its models and its workers."""

from dataclasses import replace
from typing import Final

from agent_runner.client.records import Models, WorkerStatus
from agent_runner.client.service_records import About, Overview
from agent_runner.client.steps import Program, deliver
from agent_runner.client.verbs import get, given, record

LONGEST_EXAMINATION_SECONDS: Final = 20.0


def models() -> Program[Models]:
    """What the workers have found: which models there are, whether they answer, and which are used."""
    return deliver(get("/models", record(Models)))


def worker_status() -> Program[WorkerStatus]:
    """The live workers and the queue."""
    return deliver(get("/worker/status", record(WorkerStatus)))


def overview(*, hours: int | None = None, buckets: int | None = None) -> Program[Overview]:
    """How all runs stand, and what happened in the last hours, in so many parts of the same length."""
    return deliver(get("/overview", record(Overview), **given(hours=hours, buckets=buckets)))


def about() -> Program[About]:
    """Versions, settings without secrets, and what was found when the service was examined."""
    return deliver(replace(get("/about", record(About)), longest_answer_seconds=LONGEST_EXAMINATION_SECONDS))
