"""How the command line speaks: data on standard output, all else on standard error, nothing a terminal obeys."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from agent_runner.domain.wording import one_line

if TYPE_CHECKING:
    from agent_runner.client import Page

NARROWEST_LAST_COLUMN: Final = 20
LONGEST_JSON_LINE: Final = 100
GAP: Final = "  "


class Printer:
    """Prints data as aligned text, or as JSON when that was asked for."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json: Final = as_json

    def json(self, value: Any) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def line(self, text: str) -> None:
        sys.stdout.write(one_line(text) + "\n")
        sys.stdout.flush()

    def text(self, text: str) -> None:
        """Many lines, for example a log."""
        for line in text.splitlines():
            self.line(line)

    def done(self, values: Mapping[str, Any], sentence: str) -> None:
        """That something was done: a sentence, or a JSON object."""
        if self.as_json:
            self.json(values)
        else:
            self.line(sentence)

    def fields(self, values: Mapping[str, Any]) -> None:
        """A record: one name and value a line, or a JSON object."""
        if self.as_json:
            self.json(values)
            return
        width = max(map(len, values), default=0)
        for name, value in values.items():
            if value is not None:
                first, *further = _lines_of(value)
                self.line(f"{name:<{width}}{GAP}{first}".rstrip())
                for line in further:
                    self.line(f"{'':<{width}}{GAP}{line}")

    def page(self, page: "Page[Any]", columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A part of a list, and how to get the next."""
        if self.as_json:
            self.json(page.model_dump(mode="json"))
            return
        self.table(columns, rows)
        if page.next_cursor:
            note(f"note: there are more, with --cursor {page.next_cursor}")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Aligned; on a terminal the last column is cut to its width."""
        lines = [list(columns), *([one_line(plain(value)) for value in row] for row in rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
        room = _room_for_the_last(widths)
        for line in lines:
            *first, last = line
            cells = [cell.ljust(width) for cell, width in zip(first, widths, strict=False)]
            self.line(GAP.join([*cells, _cut(last, room)]).rstrip())


def note(text: str) -> None:
    """For people: what is going on, never data."""
    sys.stderr.write(one_line(text) + "\n")
    sys.stderr.flush()


def complain(message: str, next_step: str | None) -> None:
    """An error, in the two lines that every error has."""
    note(f"error: {message}")
    note(f"next: {next_step or 'see agent-runner --help'}")


def plain(value: Any) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case float():
            return f"{value:g}"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _lines_of(value: Any) -> list[str]:
    """One line where it is short; JSON that is long is laid out, and text keeps its lines."""
    if isinstance(value, str):
        return value.splitlines() or [""]
    text = plain(value)
    if len(text) <= LONGEST_JSON_LINE or not isinstance(value, dict | list):
        return [text]
    return json.dumps(value, ensure_ascii=False, default=str, indent=2).splitlines()


def _room_for_the_last(widths: Sequence[int]) -> int | None:
    if not sys.stdout.isatty():
        return None
    taken = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    return max(NARROWEST_LAST_COLUMN, shutil.get_terminal_size().columns - taken)


def _cut(text: str, room: int | None) -> str:
    return text if room is None or len(text) <= room else text[: room - 1] + "…"
