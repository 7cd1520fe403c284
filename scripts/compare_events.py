"""Compares what the four ways to read a run's events say. Behind scripts/test-agent-execution.sh."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from websockets.sync.client import connect

LIFE: Final = ("RUN_CREATED", "RUN_STARTED", "AGENT_THINKING", "PLAN_GENERATED", "EXECUTING", "RUN_COMPLETED")

Event = dict[str, Any]


def main(events_file: str, later_file: str, stream_file: str, socket_url: str) -> None:
    events = page(events_file)
    numbers = [event["event_id"] for event in events]
    check(numbers == list(range(1, len(events) + 1)), f"the events are numbered {numbers}, with a gap")
    check_order([event["event_type"] for event in events])
    check(page(later_file) == events[3:], "since_event_id=3 does not answer what follows event 3")
    check(streamed(Path(stream_file).read_text()) == events, "the stream tells other events than the JSON")
    check(from_socket(socket_url) == events, "the WebSocket tells other events than the JSON")


def page(file: str) -> list[Event]:
    return json.loads(Path(file).read_text())["events"]


def check_order(types: list[str]) -> None:
    """The events of LIFE must come in this order; others may come between them."""
    rest = iter(types)
    check(all(wanted in rest for wanted in LIFE), f"{types} do not tell {LIFE} in this order")
    check(types[-1] == LIFE[-1], f"{types[-1]} is the last event")


def streamed(text: str) -> list[Event]:
    """Each block without a name is an event, whose `id:` is the number that its data holds. The last one is `end`."""
    events: list[Event] = []
    names: list[str | None] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "data" not in fields:
            continue
        names.append(fields.get("event"))
        if "event" in fields:
            continue
        event = json.loads(fields["data"])
        check(fields.get("id") == str(event["event_id"]), f"a block of the stream has no id of its event: {block}")
        events.append(event)
    check(names[-1:] == ["end"], f"the stream ends with {names[-1:]}, and not with `end`")
    return events


def from_socket(url: str) -> list[Event]:
    headers = {"Authorization": f"Bearer {os.environ['API_KEYS']}"}
    with connect(url, additional_headers=headers, proxy=None) as socket:
        return [json.loads(message) for message in socket]


def check(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - as the assert statement
    if not is_so:
        sys.exit(f"error: {otherwise}")


if __name__ == "__main__":
    main(*sys.argv[1:])
