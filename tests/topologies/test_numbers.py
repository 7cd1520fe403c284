"""Numbers as models write them."""

import time
from typing import Any

import pytest

from agent_runner.domain.outcome import Reply
from agent_runner.topologies.numbers import mean, number_in, only_number, written


def reply(text: str, data: Any = None) -> Reply:
    return Reply(node="ann", agent="ann", text=text, data=data)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("It is 41, no, 42.", 42),
        ("NUMBER: 42\nI am 90 % sure.", 42),
        ("**NUMBER:** 42 apples", 42),
        ("NUMBER: many, about 42", 42),
        ("NUMBER: unknown\n42", 42),
        ("-3.5", -3.5),
        ("\u22123.5", -3.5),
        ("+7", 7),
        ("from 10-5", 5),
        ("1,234,567.5", 1234567.5),
        ("1,234", 1234),
        ("3,5", 3.5),
        ("6.02e23", 6.02e23),
        ("0", 0),
        ("NUMBER: 0\n5", 0),
        ("$5", 5),
        ("7%", 7),
        ("1e999 or 3", 3),
        ('{"value": 2}', 2),
        ('{"number": "2.5"}', 2.5),
    ],
)
def test_the_last_number_of_an_answer_counts(text: str, number: float) -> None:
    assert number_in(reply(text)) == number


@pytest.mark.parametrize("text", ["", "none", "H2O", "v1.2.3", "1e999", "NaN", "Infinity", "NUMBER: -"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number_in(reply(text)) is None


def test_the_data_of_an_answer_comes_first() -> None:
    assert number_in(reply("1", 2)) == 2
    assert number_in(reply("1", {"value": 2.5, "other": 3})) == 2.5
    assert number_in(reply("1", {"value": True})) == 1
    assert number_in(reply("1", {"value": float("inf")})) == 1
    assert number_in(reply("x", 10**400)) is None
    assert number_in(reply("x", [1])) is None


def test_only_an_answer_that_is_nothing_but_a_number_is_one() -> None:
    assert only_number(reply(" 42. ")) == 42
    assert only_number(reply("Well.\nANSWER: 42")) == 42
    assert only_number(reply("NUMBER: -1,000")) == -1000
    assert only_number(reply("{}", {"value": 3})) == 3
    assert only_number(reply("PostgreSQL 15")) is None
    assert only_number(reply("ANSWER: PostgreSQL 15")) is None
    assert only_number(reply("42 apples")) is None
    assert only_number(reply("")) is None


def test_a_mean_does_not_overflow_and_weighs() -> None:
    assert mean([(1, 1), (2, 3)]) == 1.75
    assert mean([(1.7e308, 1000), (1.7e308, 1000)]) == 1.7e308
    assert mean([(0.1, 1), (0.2, 1)]) == pytest.approx(0.15)


def test_numbers_are_written_as_people_write_them() -> None:
    assert [written(number) for number in (2.0, 0.1 + 0.2, -0.0, 1234567.25, 1e30)] == [
        "2", "0.3", "0", "1234567.25", "1e+30"
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["1", "1,111", "1.", "-", "1e", "1 ", ",111"])
def test_a_hostile_answer_does_not_hold_up_the_worker(part: str) -> None:
    started = time.process_time()
    number_in(reply(part * (300_000 // len(part))))
    only_number(reply(part * (300_000 // len(part))))
    assert time.process_time() - started < 2.0
