"""Options that several commands have, and how their values are read."""

import json
from typing import Annotated, Any

import typer

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


def from_json(text: str | None, option: str) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not JSON: {error}", param_hint=option) from None
