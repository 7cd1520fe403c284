"""An event as one line of text that is safe to print, whatever an agent put into it."""

from typing import Any

_SAYING = ("message", "content", "error", "description", "summary", "goal", "reason")
"""The field of a payload that says most, the best first."""


def log_line(event: dict[str, Any]) -> str:
    """Gives for example `2026-11-20T21:00:00.000000Z 3 AGENT_THINKING engineer: Reading the code`."""
    role = f" {event['agent_role']}" if event["agent_role"] else ""
    return printable(
        f"{event['timestamp']} {event['event_id']} {event['event_type']}{role}: {_saying(event['payload'])}"
    )


def printable(text: str) -> str:
    """Without line breaks and without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text).rstrip(": ")


def _saying(payload: dict[str, Any]) -> str:
    for name in _SAYING:
        if isinstance(payload.get(name), str):
            return payload[name]
    return " ".join(f"{name}={value}" for name, value in payload.items())
