"""The asker of steps on other machines: by the models of the step's own settings, reported to the API of the run."""

import asyncio
import time
from typing import Any

from pydantic import JsonValue

from agent_runner.agents.typed.call import Call
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import ModelCall
from agent_runner.domain.outcome import Reply
from agent_runner.domain.report import (
    LONGEST_FAILURE,
    LONGEST_MODEL,
    MOST_MODEL_CALLS,
    MOST_TOKENS,
    CallReport,
    KnownCall,
    PaidCall,
)
from agent_runner.domain.wording import storable
from agent_runner.errors import AgentFailed, BodyTooLarge, InvalidInput, PermanentAgentError, TopologyFailed
from agent_runner.runners.metaflow.report_line import PlaceOfReports, ReportLine


class Reporting:
    """What is answered already is not asked again, by whichever machine and in whichever attempt it was."""

    def __init__(self, composition: Composition, place: PlaceOfReports) -> None:
        self._composition = composition
        self._place = place

    def task(self, given: JsonValue) -> str:
        """Raises InvalidInput when no goal is in it."""
        from agent_runner.runners.metaflow.alone import task_of  # noqa: PLC0415 - models are slow to import

        return task_of(given)

    def ask(self, call: Call, played: dict[str, Any]) -> Reply | dict[str, dict[str, str]]:
        """Raises AgentFailed, also for a failure that was reported, and TopologyFailed when the API refuses."""
        line = ReportLine(self._place)
        try:
            input_hash = _hash_of(call)
            known = line.known(call.key, input_hash)
            if known is None:
                known = asyncio.run(
                    _carried_out(self._composition, call, played["task"], self._place, line, input_hash)
                )
        finally:
            line.close()
        return _came_to(call, known)

    def end(self, outcome: dict[str, Any], played: dict[str, Any]) -> None:
        """The worker knows from the reports what the flow comes to."""
        del outcome, played


def _came_to(call: Call, known: KnownCall) -> Reply | dict[str, dict[str, str]]:
    if known.settled is not None:
        return known.settled
    if known.report is None:
        raise TopologyFailed(f"the API says of the call {call.key!r} that it is known, and not what it came to")
    if known.report.reply is None:
        raise AgentFailed(known.report.failed or "no reason was given", is_permanent=known.report.is_permanent)
    return known.report.reply


def _hash_of(call: Call) -> str:
    """As the worker computes it. Raises TopologyFailed for an agent that this machine cannot bring to life."""
    from agent_runner.agents.typed.answer import question  # noqa: PLC0415 - as above
    from agent_runner.agents.typed.registry import default_mixins  # noqa: PLC0415
    from agent_runner.runners.metaflow.alone import settings_of_this_machine  # noqa: PLC0415
    from agent_runner.worker.recorded import hash_of  # noqa: PLC0415

    settings_of_this_machine()
    try:
        return hash_of(question(call, default_mixins().of(call.agent.config)))
    except PermanentAgentError as error:
        raise TopologyFailed(
            f"the agent {call.agent.name} cannot work on this machine: {error.message}", next_step=error.next_step
        ) from error


async def _carried_out(
    composition: Composition, call: Call, task: str, place: PlaceOfReports, line: ReportLine, input_hash: str
) -> KnownCall:
    from agent_runner.agents.typed.answer import answer  # noqa: PLC0415 - as above
    from agent_runner.agents.typed.registry import default_mixins  # noqa: PLC0415
    from agent_runner.runners.metaflow.alone import alone  # noqa: PLC0415

    began = time.monotonic()
    reply, failure = None, None
    async with alone(composition, task, place.token) as context:
        try:
            reply = await answer(context, call, default_mixins())
        except AgentFailed as error:
            failure = error
    report = CallReport(
        input_hash=input_hash,
        reply=reply,
        failed=failure and _short(failure.message),
        is_permanent=failure is not None and failure.is_permanent,
        seconds=time.monotonic() - began,
        model_calls=tuple(map(as_paid, context.paid[:MOST_MODEL_CALLS])),
    )
    try:
        return line.report(call.key, report.as_text(context.redaction))
    except (BodyTooLarge, InvalidInput) as error:
        if reply is None:
            raise TopologyFailed(f"the failure of {call.node} cannot be reported: {error.message}") from error
        lost = f"{call.node} has failed: its answer cannot be reported: {error.message}"
    # What was paid counts, and the worker need not wait for what will never come.
    refused = report.model_copy(update={"reply": None, "failed": _short(lost), "is_permanent": True})
    return line.report(call.key, refused.as_text(context.redaction))


def as_paid(call: ModelCall) -> PaidCall:
    """Within the bounds of a report, whatever a server says that it has counted."""
    bounded = {
        "model": call.model[:LONGEST_MODEL],
        "input_tokens": min(max(call.input_tokens, 0), MOST_TOKENS),
        "output_tokens": min(max(call.output_tokens, 0), MOST_TOKENS),
        "fallback": call.fallback and _short(call.fallback),
    }
    return PaidCall.model_validate(call.model_dump() | bounded)


def _short(sentence: str) -> str:
    return storable(sentence)[:LONGEST_FAILURE]
