import pytest

from agent_runner.errors import FileRefused
from agent_runner.workspace.edit import replace_once

CODE = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"


@pytest.mark.parametrize(
    ("text", "old", "new", "expected", "how"),
    [
        (CODE, "return 2", "return 3", CODE.replace("return 2", "return 3"), "exact"),
        ("a \nb\t\nc\n", "a\nb\nc\n", "x\n", "x\n", "trailing space"),
        ("if a:\n\tb()\n\tc()\n", "b()\nc()\n", "d()\n\ne()\n", "if a:\n\td()\n\n\te()\n", "trimmed"),
        ("\tb()\n", "\t\tb()\n", "\t\tc()\n\t\t\td()\n", "\tc()\n\t\td()\n", "exact"),
        ("say(\u201chi\u201d) \u2014 now\n", 'say("hi") - now', "done", "done\n", "unicode"),
        ("a\u00a0b\n", "a b", "c", "c\n", "unicode"),
        ("a\nb  \nc", "b\n", "", "a\nc", "trailing space"),
        ("a\nb", "b", "b\nc", "a\nb\nc", "exact"),
    ],
)  # fmt: skip
def test_the_ladder(text: str, old: str, new: str, expected: str, how: str) -> None:
    if how == "exact" and old not in text:
        how = "trimmed"
    edited = replace_once(text, old, new)
    assert (edited.text, edited.how) == (expected, how)


@pytest.mark.parametrize("old", ["two\r\nthree", "two\nthree", "two \nthree"])
def test_the_line_ends_of_a_file_stay(old: str) -> None:
    edited = replace_once("one\r\ntwo\r\nthree\r\nfour", old, "2\n3")
    assert edited.text == "one\r\n2\r\n3\r\nfour"
    assert edited.line == 2


def test_in_a_mixed_file_the_piece_decides() -> None:
    assert replace_once("a\r\nb\r\nc\nd\ne\n", "d\ne\n", "x\ny\n").text == "a\r\nb\r\nc\nx\ny\n"
    assert replace_once("a\r\nb\r\nc\nd\ne\n", "a\nb\n", "x\ny\n").text == "x\r\ny\r\nc\nd\ne\n"


def test_a_byte_order_mark_stays() -> None:
    assert replace_once("\ufeffone\ntwo\n", "one", "1").text == "\ufeff1\ntwo\n"


def test_several_places_are_named() -> None:
    with pytest.raises(FileRefused, match="several places: lines 1, 3, 5") as refused:
        replace_once("x = 1\ny\nx = 1\ny\nx = 1\n", "x = 1", "x = 2")
    assert refused.value.next_step == "quote more lines around the one you mean"


def test_a_looser_way_is_not_taken_when_a_stricter_one_is_ambiguous() -> None:
    with pytest.raises(FileRefused, match="lines 1, 2"):
        replace_once("a\na\na  \n", "a\n", "b\n")


def test_what_is_not_there_shows_what_looks_like_it() -> None:
    with pytest.raises(FileRefused, match=r"not found; what looks most like its first line: line 5: def two\(\):"):
        replace_once(CODE, "def two(x):\n    return x", "pass")
    with pytest.raises(FileRefused, match=r"not found$"):
        replace_once(CODE, "zzzzzzzzzz", "pass")


@pytest.mark.parametrize(("old", "new"), [("", "x"), ("  \n", "x"), ("same", "same")])
def test_an_edit_without_a_place_or_an_effect_is_refused(old: str, new: str) -> None:
    with pytest.raises(FileRefused):
        replace_once("same\n", old, new)


def test_a_large_file_of_like_lines_takes_no_time() -> None:
    with pytest.raises(FileRefused):
        replace_once("\n" * 1_000_000 + "b\n", " \n" * 30_000 + "c", "x")
