"""`agent-runner config …`: what is set."""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.settings import Settings

app = typer.Typer(help="What is set.", rich_markup_mode=None)

MASK: Final = "********"


@app.callback()
def configuration() -> None:
    """Keeps `show` a command of its own while it is the only one."""


@app.command()
@local_command
def show(printer: Printer) -> Outcome:
    """Every setting as it is in force; secrets are masked."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - pydantic is slow to import

    values = shown(load_settings())
    if printer.as_json:
        printer.json(values)
        return
    for name, value in values.items():
        printer.line(f"{name}={_as_in_a_file(value)}")


def shown(settings: "Settings") -> dict[str, Any]:
    """Name and value of every setting, in the spelling of the environment, without secrets."""
    return {name.upper(): _masked(name, getattr(settings, name)) for name in type(settings).model_fields}


def _masked(name: str, value: Any) -> Any:
    from pydantic import SecretStr  # noqa: PLC0415 - slow to import

    match value:
        case SecretStr():
            return MASK
        case tuple():
            return [_masked(name, each) for each in value]  # pyright: ignore[reportUnknownVariableType] - any setting
        case str() if "://" in value:
            return _without_password(value)
        case _:
            return value


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", f":{MASK}@", 1)


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
