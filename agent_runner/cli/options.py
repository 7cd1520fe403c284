"""Options that several commands have, and how their values are read."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

SHOWN: Final = 100
"""So many characters of a text that cannot be used are shown."""

ReadGlobs = Annotated[
    list[str] | None, typer.Option("--read", metavar="GLOB", help="What may be read, as in src/ or *.md; repeat it.")
]
WriteGlobs = Annotated[
    list[str] | None, typer.Option("--write", metavar="GLOB", help="What may be written; repeat it.")
]
ApproveCommits = Annotated[
    str | None,
    typer.Option(metavar="WHICH", help="Which commits a person must allow: always, sensitive (files only) or never."),
]


def paths_named(read: list[str] | None, write: list[str] | None) -> dict[str, Any] | None:
    """As `allowed_paths`."""
    named = {"read": read, "write": write}
    return {name: words_in(globs) for name, globs in named.items() if globs is not None} or None


def words_in(value: Any) -> Any:
    """One empty word is how an empty list is spelled."""
    return [] if value == [""] else value


JsonInput = Annotated[
    str | None, typer.Option("--input-json", metavar="FILE|-|JSON", help="A JSON object, or the file it is in.")
]
ConfigFields = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One field of the config; repeat it.")
]


def json_object(source: str | None) -> dict[str, Any]:
    """Of --input-json: the object itself, the file that holds it, or - for standard input."""
    if source is None:
        return {}
    if source.lstrip().startswith("{"):
        text, where = source, source[:SHOWN]
    else:
        text, where = text_of(source, "--input-json"), source
    try:
        value = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{where!r} is not JSON: {error}", param_hint="--input-json") from None
    return as_object(value, where, "--input-json")


def text_of(path: str, option: str) -> str:
    """What a file holds, or for - standard input. A file that cannot be read is an OSError."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{path} is not UTF-8: {error.reason}", param_hint=option) from None


def as_object(value: Any, named: str, option: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{named!r} is no JSON object", param_hint=option)
    return cast("dict[str, Any]", value)


def settings_in(pairs: list[str] | None) -> dict[str, Any]:
    """Of --set: a value is JSON where it can be, and else a word."""
    return {name: _value(text) for name, text in (pair_in(pair, "--set", "max_rounds=2") for pair in pairs or [])}


def pair_in(text: str, option: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise typer.BadParameter(f"{text!r} is not written as in {example}", param_hint=option)
    return name.strip(), value.strip()


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def from_json(text: str | None, option: str) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not JSON: {error}", param_hint=option) from None
