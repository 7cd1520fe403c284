"""What models really write where a line such as `POSITION: …` is asked for."""

import time
from typing import Any

import pytest

from agent_runner.domain.outcome import Reply
from agent_runner.topologies.marks import choice, conclusion, data_of, find_mark, normalised


def reply(text: str, data: Any = None) -> Reply:
    return Reply(node="ann", agent="ann", text=text, data=data)


def position(text: str, data: Any = None) -> str:
    return conclusion(reply(text, data), "POSITION")


WRITTEN = {
    "plain": "Because.\nPOSITION: Use SQLite",
    "lower case": "position: Use SQLite",
    "bold word": "Because.\n\n**POSITION:** Use SQLite",
    "bold before the colon": "**Position**: Use SQLite",
    "bold line": "**POSITION: Use SQLite**",
    "bold value": "POSITION: **Use SQLite**",
    "bold twice": "**POSITION:** **Use SQLite**",
    "italic": "_Position:_ Use SQLite",
    "heading": "### Position: Use SQLite",
    "quote": "> POSITION: Use SQLite",
    "bullet": "- POSITION: Use SQLite",
    "star bullet": "* POSITION: Use SQLite",
    "bold bullet": "* **POSITION**: Use SQLite",
    "code": "`POSITION: Use SQLite`",
    "code value": "POSITION: `Use SQLite`",
    "quoted value": 'POSITION: "Use SQLite"',
    "typographic quotes": "POSITION: \u201cUse SQLite\u201d",
    "wide colon": "POSITION\uff1aUse SQLite",
    "blank before the colon": "POSITION : Use SQLite",
    "next line": "**POSITION:**\n\nUse SQLite\n",
    "final": "Final position: Use SQLite",
    "my": "My final position: Use SQLite",
    "windows": "Because.\r\nPOSITION: Use SQLite\r\n",
    "the last counts": "POSITION: Use files\nNo.\nPOSITION: Use SQLite",
    "an empty one does not count": "POSITION: Use SQLite\nPOSITION:\n",
    "several empty ones": "POSITION: Use SQLite\nPOSITION:\nPOSITION:\n---",
    "text behind": "POSITION: Use SQLite\n\nI hope this helps!",
    "thoughts": "<think>POSITION: Use files</think>POSITION: Use SQLite",
    "thoughts behind": "POSITION: Use files\n</think>\nPOSITION: Use SQLite",
    "no mark": "We have talked.\n\n**Use SQLite**\n---\n",
    "no mark, one line": "Use SQLite",
    "json": '{"position": "Use SQLite"}',
    "json of capitals": '{"reason": "r", "POSITION": "Use SQLite"}',
    "fenced json": '```json\n{"position": "Use SQLite"}\n```',
    "json in prose": 'Here:\n{\n  "reason": "it is there",\n  "position": "Use SQLite",\n}',
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=list(WRITTEN))
def test_a_mark_is_read_however_it_is_written(text: str) -> None:
    assert position(text) == "Use SQLite"


def test_the_data_of_an_answer_comes_first() -> None:
    assert position("POSITION: no", {"position": "yes"}) == "yes"
    assert position('{"answer": 1}', {"answer": 1}) == '{"answer": 1}'
    assert position("said", ["a", "b"]) == '["a", "b"]'
    assert position("POSITION: said", {"position": None, "other": 1}) == "said"
    assert position("{}", {"position": True}) == "yes"
    assert position("POSITION: said", {"position": False}) == "said"
    assert position("POSITION: said", {"position": ""}) == "said"
    assert position("{}", {"position": 0}) == "0"


def test_what_only_looks_like_a_mark_is_none() -> None:
    for text in ("POSITIONS: many", "the opponent's position: bad", "COMPOSITION: of", "POSITION", "positional: x"):
        assert find_mark(reply(text), "POSITION") is None, text


def test_names_in_a_value_keep_what_looks_like_markup() -> None:
    assert position("POSITION: rename __init__.py to __main__") == "rename __init__.py to __main__"
    assert position("POSITION: __init__") == "__init__"
    assert position("**POSITION**: **red** or **blue**") == "**red** or **blue**"
    assert position("POSITION: 2 * 3 is *six*") == "2 * 3 is *six*"
    assert position('POSITION: "red" or "blue"') == '"red" or "blue"'


def test_a_mark_knows_what_follows_it_and_which_of_several_it_is() -> None:
    mark = find_mark(reply("DECISION: write:\n\nDear all,\nwe close."), "DECISION", "ESCALATE")
    assert mark is not None
    assert (mark.name, mark.line, mark.rest) == ("DECISION", "write:", "write:\n\nDear all,\nwe close.")
    mark = find_mark(reply("DECISION: a\nescalate: too big"), "DECISION", "ESCALATE")
    assert mark is not None
    assert (mark.name, mark.line) == ("ESCALATE", "too big")


def test_an_answer_that_says_nothing_is_its_own_conclusion() -> None:
    assert (position(""), position("\n---\n"), position("...")) == ("", "---", "...")


def test_a_choice_is_what_the_text_begins_with() -> None:
    assert choice("Accepted, with remarks", "accept", "reject") == "accept"
    assert choice("**reject**: too short", "accept", "reject") == "reject"
    assert choice("not accepted", "accept", "reject") is None
    assert choice("", "yes", "no") is None


def test_who_repeats_the_question_has_chosen_nothing() -> None:
    for text in ("accept or reject", "accept | reject: reason", "accept/reject", "<accept or reject>"):
        assert choice(text, "accept", "reject") is None, text
    assert choice("accept, organised as it is", "accept", "reject") == "accept"


def test_meanings_are_compared_without_case_blanks_decoration_and_the_end() -> None:
    same = [
        "Use SQLite",
        "use  sqlite.",
        "USE SQLITE!",
        " use\nsqlite ",
        "**Use SQLite**.",
        '"use sqlite"',
        "use sqlite\uff01",
    ]
    assert {normalised(text) for text in same} == {"use sqlite"}
    assert normalised("use sqlite 3") != normalised("use sqlite")
    assert normalised("C++") != normalised("C")
    assert normalised("...") == "..."


@pytest.mark.parametrize(
    "part",
    [
        "POSITION:",
        "POSITION: x\n",
        "POSITION:\n",
        "POSITION: \n-\n",
        " ",
        "\n",
        "*",
        "my ",
        "**POSITION",
        '{"a":',
        "[",
        "```\n",
        "<think>",
        "\u2028",
        "\0",
    ],
)
def test_a_hostile_answer_does_not_hold_up_the_worker(part: str) -> None:
    started = time.process_time()
    hostile = reply(part * (300_000 // len(part)))
    position(hostile.text)
    normalised(hostile.text)
    assert time.process_time() - started < 2.0


def test_halves_of_characters_and_zeros_in_json_become_what_can_be_stored() -> None:
    assert position('{"position": "a\\u0000b"}') == "a\ufffdb"
    for text in ('{"position": "\\ud800"}', '{"position": ["\\ud800"]}'):
        assert position(text).encode(), text
    for data in ({"position": "a\ud800"}, {"position": ["a\ud800"]}):
        assert "a?" in position("", data)


def test_data_that_is_too_deep_or_too_large_says_nothing() -> None:
    assert position("said", 10**5000) == "said"
    assert data_of(reply("[" * 100_000)) is None
    assert data_of(reply("[" * 100_000 + "]" * 100_000)) is None
