"""Log lines: one line per fact, whatever is in it."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agent_runner.telemetry.logging import JsonFormatter, TextFormatter, set_up_logging


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def record(message: str, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("agent_runner.worker", logging.INFO, "loop.py", 1, message, None, None)
    made.__dict__.update(fields)
    made.created = 1_767_225_600.5
    return made


def failed(message: str) -> logging.LogRecord:
    made = record(message)
    try:
        int("three")
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_a_text_line_is_time_level_action_and_ids() -> None:
    line = TextFormatter().format(record("Run completed", run_id=1, attempt=2))
    assert line == "00:00:00.500 INFO Run completed run_id=1 attempt=2"


def test_a_value_with_blanks_is_quoted() -> None:
    assert TextFormatter().format(record("Run failed", error="no answer")).endswith(' error="no answer"')
    assert TextFormatter().format(record("Run failed", error="")).endswith(' error=""')


def test_nothing_can_forge_a_second_line_or_colour_the_terminal() -> None:
    line = TextFormatter().format(record("Run failed", error="bad\n00:00:00.000 INFO All is well\x1b[32m"))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert len(TextFormatter().format(record("a\rb\u2028c")).splitlines()) == 1


def test_an_exception_follows_its_line() -> None:
    lines = TextFormatter().format(failed("Duty died")).splitlines()
    assert lines[0].endswith("INFO Duty died")
    assert lines[-1] == "ValueError: invalid literal for int() with base 10: 'three'"


def test_a_json_line_is_one_object_with_the_ids_as_fields() -> None:
    line = JsonFormatter().format(record("Run completed\nagain", run_id=1, moment=object))
    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed["time"] == "2026-01-01T00:00:00.500000+00:00"
    assert (parsed["level"], parsed["logger"], parsed["message"]) == (
        "INFO",
        "agent_runner.worker",
        "Run completed\nagain",
    )
    assert parsed["run_id"] == 1
    assert parsed["moment"] == "<class 'object'>"


def test_a_json_line_keeps_the_exception() -> None:
    assert json.loads(JsonFormatter().format(failed("Duty died")))["exception"].endswith(
        "ValueError: invalid literal for int() with base 10: 'three'"
    )


def test_logs_go_to_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "json")
    logging.getLogger("agent_runner.test").info("Ready", extra={"run_id": 3})
    logging.getLogger("agent_runner.test").debug("Too quiet")
    seen = capsys.readouterr()
    assert seen.out == ""
    assert json.loads(seen.err)["run_id"] == 3


def test_the_chatter_of_libraries_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "text")
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("httpx").warning("Certificate expired")
    assert capsys.readouterr().err.count("\n") == 1
