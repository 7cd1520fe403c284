"""Writes the parts of the documentation that the code knows better: settings, moves, events; --check only compares."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from agent_runner.agents.prompt import load_prompt
from agent_runner.api.app import create_app
from agent_runner.cli.environment_file import default_of, description_of, environment_file
from agent_runner.domain.agent_type import AgentConfig, Role
from agent_runner.domain.events import PAYLOADS, EventType
from agent_runner.domain.mixin import BUILT_IN_MIXINS
from agent_runner.domain.run import CREATE, FINAL_STATUSES, MOVES, Move, RunStatus
from agent_runner.hosts.manifest import HostLimits, Manifest
from agent_runner.hosts.protocol import FromHost, ToHost, schema
from agent_runner.settings import Settings

ROOT: Final = Path(__file__).parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    is_check = parser.parse_args().check
    stale = {path: text for path, text in rendered(ROOT).items() if current(ROOT / path) != text}
    for path, text in stale.items():
        if is_check:
            print(f"error: {path} is not up to date\nnext: make format", file=sys.stderr)
        else:
            (ROOT / path).write_text(text)
            print(f"rendered {path}")
    return 1 if is_check and stale else 0


def current(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def rendered(root: Path) -> dict[str, str]:
    """Each generated file as it should be. What stands outside the markers of a document is kept."""
    documents = {
        "docs/agents.md": {"config": agent_table, "roles": roles_table, "mixins": mixins_table},
        "docs/state-machine.md": {"diagram": moves_diagram, "moves": moves_table},
        "docs/events.md": {"events": events_table},
        "docs/operations.md": {"settings": settings_table},
        "docs/hosts.md": {
            "from host": lambda: messages_table(FromHost),
            "to host": lambda: messages_table(ToHost),
            "manifest": manifest_table,
        },
    }
    texts = {
        ".env.example": environment_file(),
        "docs/hosts.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        "docs/openapi.json": openapi_document(),
    }
    for path, parts in documents.items():
        text = (root / path).read_text()
        for name, render in parts.items():
            text = with_part(text, name, render)
        texts[path] = text
    return texts


def with_part(text: str, name: str, render: Callable[[], str]) -> str:
    begin, end = f"<!-- rendered: {name} -->", f"<!-- end of {name} -->"
    parts = re.split(f"({re.escape(begin)}|{re.escape(end)})", text)
    if parts[1::2] != [begin, end]:
        raise ValueError(f"{begin} … {end} must stand in the document once")
    return "".join([parts[0], begin, "\n", render(), "\n", end, parts[4]])


# ---- the API


def openapi_document() -> str:
    """As it is with the default settings, whatever is set on this machine: the console's types are made of it."""
    return json.dumps(create_app(Settings.model_construct()).openapi(), indent=1, ensure_ascii=False) + "\n"


# ---- moves


def moves_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {CREATE.target}: {CREATE.name}"]
    lines += [f"    {source} --> {move.target}: {move.name}" for move in MOVES for source in in_order(move)]
    lines += [f"    {status} --> [*]" for status in RunStatus if status in FINAL_STATUSES]
    return "\n".join([*lines, "```"])


def moves_table() -> str:
    lines = ["| move | from | to | event | by |", "|---|---|---|---|---|"]
    lines += [
        f"| {move.name} | {', '.join(in_order(move)) or 'nothing'} | {move.target} | {move.event} | {move.by} |"
        for move in MOVES
    ]
    return "\n".join(lines)


def in_order(move: Move) -> list[RunStatus]:
    return [status for status in RunStatus if status in move.sources]


# ---- events


def events_table() -> str:
    lines = ["| event | recorded by | payload |", "|---|---|---|"]
    for kind in EventType:
        fields = ", ".join(f"`{name}`" for name in PAYLOADS[kind].model_fields)
        lines.append(f"| {kind} | {recorder(kind)} | {fields} |")
    return "\n".join(lines)


def recorder(kind: EventType) -> str:
    moves = " and ".join(move.name for move in MOVES if move.event is kind)
    if moves:
        return moves
    return "a cancel of a running run" if kind is EventType.RUN_CANCEL_REQUESTED else "the agent"


# ---- agents


def agent_table() -> str:
    lines = ["| field | without it | |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {shown_default(field)} | {in_cell(field.description or '')} |"
        for name, field in AgentConfig.model_fields.items()
    ]
    return "\n".join(lines)


def shown_default(field: FieldInfo) -> str:
    given = field.get_default()
    return "" if given is None or given in ((), {}) else f"`{given}`"


def roles_table() -> str:
    lines = ["| role | begins, after its name |", "|---|---|"]
    lines += [f"| `{role}` | {task_of(role)} |" for role in Role]
    return "\n".join(lines)


def task_of(role: Role) -> str:
    """What its prompt says after it has said who it is."""
    return load_prompt(f"role-{role}").template.partition("\n")[0].partition(". ")[2]


def mixins_table() -> str:
    lines = ["| mixin | | options |", "|---|---|---|"]
    for entry in BUILT_IN_MIXINS:
        options = "<br>".join(mixin_option(name, field) for name, field in entry.options.model_fields.items())
        lines.append(f"| `{entry.name}` | {in_cell(entry.description)} | {options} |")
    return "\n".join(lines)


def mixin_option(name: str, field: FieldInfo) -> str:
    given = field.get_default()
    if name == "hooks":
        shown = "all"
    elif field.is_required():
        shown = "must be given"
    else:
        shown = "null" if given is None else f"{given:g}" if isinstance(given, float) else str(given)
    return f"`{name}`: {in_cell(field.description or '')} ({shown})"


def in_cell(text: str) -> str:
    return text.replace("|", "\\|")


# ---- hosts


def messages_table(union: Any) -> str:
    """`union` is one of the two unions of messages; optional fields stand in brackets."""
    lines = ["| type | fields | meaning |", "|---|---|---|"]
    for model in get_args(get_args(union)[0]):
        fields = model.model_fields
        shown = ", ".join(_field(name, field) for name, field in fields.items() if name != "type")
        meaning = " ".join((model.__doc__ or "").split())
        notes = " ".join(f"`{name}`: {field.description}" for name, field in fields.items() if field.description)
        lines.append(f"| `{get_args(fields['type'].annotation)[0]}` | {shown} | {f'{meaning} {notes}'.strip()} |")
    return "\n".join(lines)


def manifest_table() -> str:
    lines = ["| field | default | meaning |", "|---|---|---|"]
    for name, field in Manifest.model_fields.items():
        lines.append(f"| `{name}` | {_default(field)} | {field.description} |")
    for name, field in HostLimits.model_fields.items():
        lines.append(f"| `limits.{name}` | {_default(field)} | {field.description} |")
    return "\n".join(lines)


def _field(name: str, field: FieldInfo) -> str:
    return f"`{name}`" if field.is_required() else f"[`{name}`]"


def _default(field: FieldInfo) -> str:
    value = field.default
    is_plain = isinstance(value, str | int | float) and value != ""
    return "" if field.is_required() or not is_plain else f"`{str(value).lower() if value is False else value}`"


# ---- settings


def settings_table() -> str:
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = default_of(field)
        lines.append(f"| `{name.upper()}` | {f'`{default}`' if default else ''} | {description_of(field)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
