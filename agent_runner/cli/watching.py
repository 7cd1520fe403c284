"""Showing events as they come: one line each, until the run has ended."""

import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer, note
from agent_runner.domain.wording import in_a_few_words

if TYPE_CHECKING:
    from agent_runner.client import Event, Run

LONGEST_SUMMARY: Final = 200
ASKS: Final = "APPROVAL_REQUESTED"
"""Spelled out: the types of events come with pydantic, and no command should wait for that."""


class Watch:
    """Prints events and remembers the last one."""

    def __init__(self, printer: Printer, name: str, again: str) -> None:
        self._printer: Final = printer
        self._name: Final = name
        self._again: Final = again
        self._is_away: bool = False
        self.last: Event | None = None

    def on_trouble(self, message: str) -> None:
        self._is_away = True
        note(f"note: {message}; the run goes on, trying again")

    def show(self, events: "Iterator[Event]") -> ExitCode | None:
        """None when the events have come to their end, INTERRUPTED when somebody pressed Ctrl-C."""
        try:
            for event in events:
                if self._is_away:
                    note("note: the API answers again")
                self._is_away = False
                self._print(event)
                self.last = event
        except KeyboardInterrupt:
            since = f" --since {self.last.event_id}" if self.last else ""
            note(f"note: {self._name} goes on; watch it again with: {self._again}{since}")
            return ExitCode.INTERRUPTED
        return None

    def _print(self, event: "Event") -> None:
        if self._printer.as_json:
            self._printer.json(event.model_dump(mode="json"))
        else:
            self._printer.line(event_line(event))
        if event.event_type == ASKS:
            note(f"note: {how_to_answer(event)}")


def up_to_question(events: "Iterator[Event]", waits: Callable[[], bool]) -> "Iterator[Event]":
    """Ends with a question that nobody has answered yet."""
    for event in events:
        yield event
        if event.event_type == ASKS and waits():
            return


def how_to_answer(event: "Event") -> str:
    """Which command answers a question; one that is answered already is followed by the event that says so."""
    asked = event.payload
    if asked["kind"] == "INPUT":
        return f"run {event.run_id} waits for an input; give it with: agent-runner runs input {event.run_id} TEXT"
    see = f"agent-runner runs diff {event.run_id}, " if asked.get("diff_sha") else ""
    named = asked.get("flags")
    flags = (
        "".join(f" --accept-flag {shlex.quote(str(flag))}" for flag in named if flag) if isinstance(named, list) else ""
    )
    yes, no = f"agent-runner runs approve {event.run_id}{flags}", f"agent-runner runs reject {event.run_id} -m WHY"
    return f"run {event.run_id} waits for a decision on {asked['kind']}; decide it with: {see}{yes}, or {no} [--revise]"


def event_line(event: "Event") -> str:
    """Gives for example `21:03:48.123    4  EXECUTING            simple    step 1 of 3: read the code`."""
    moment = event.timestamp.astimezone().strftime("%H:%M:%S.%f")[:-3]
    who = event.agent_role or "-"
    return f"{moment}  {event.event_id:>3}  {event.event_type:<19}  {who:<8}  {summary(event)}".rstrip()


def summary(event: "Event") -> str:
    """The payload in a few words."""
    text = in_a_few_words(event.payload)
    return text if len(text) <= LONGEST_SUMMARY else text[: LONGEST_SUMMARY - 1] + "…"


def exit_code_of(run: "Run") -> ExitCode:
    """What the end of a run means to a script."""
    codes = {"COMPLETED": ExitCode.OK, "FAILED": ExitCode.RUN_FAILED, "CANCELLED": ExitCode.RUN_CANCELLED}
    return codes.get(run.status, ExitCode.STILL_PENDING)
