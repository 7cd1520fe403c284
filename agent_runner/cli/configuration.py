"""`agent-runner config …`: what is set."""

from typing import Any

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.output import Printer

app = typer.Typer(help="What is set.", rich_markup_mode=None)


@app.callback()
def configuration() -> None:
    """Keeps `show` a command of its own while it is the only one."""


@app.command()
@local_command
def show(printer: Printer) -> Outcome:
    """Every setting as it is in force; secrets are masked."""
    from agent_runner.settings import load_settings, shown  # noqa: PLC0415 - pydantic is slow to import

    values = shown(load_settings())
    if printer.as_json:
        printer.json(values)
        return
    for name, value in values.items():
        printer.line(f"{name}={_as_in_a_file(value)}")


def _as_in_a_file(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case list():
            return ",".join(str(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any setting
        case _:
            return str(value)
