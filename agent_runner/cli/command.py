"""What commands share: --json, and for those that speak to the API also --url and --api-key."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.client import Client

P = ParamSpec("P")
Outcome = ExitCode | None
"""What a command ends with; None means OK."""

Url = Annotated[str | None, typer.Option(help="Where the API is; by default what API_HOST and API_PORT say.")]
ApiKey = Annotated[
    str | None, typer.Option(help="The key the API wants, or @FILE to read it from; by default the first of API_KEYS.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Format(StrEnum):
    JSON = "json"
    TABLE = "table"


AsFormat = Annotated[Format | None, typer.Option("--format", help="How to print; json is the same as --json.")]


@dataclass(frozen=True, slots=True)
class Common:
    """The options that may stand before the verb."""

    url: str | None = None
    api_key: str | None = None
    as_json: bool = False


def common_of(context: typer.Context) -> Common:
    root = context.find_root().obj
    return root if isinstance(root, Common) else Common()


def client_command(command: Callable[Concatenate["Client", Printer, P], Outcome]) -> Callable[..., Outcome]:
    """A command that speaks to the API: it is given a client and a printer."""

    @wraps(command)
    def run(context: typer.Context, *, url: Url, api_key: ApiKey, as_json: AsJson, **arguments: Any) -> Outcome:
        from agent_runner.cli.connection import connect  # noqa: PLC0415 - httpx is slow to import

        common = common_of(context)
        with connect(url or common.url, api_key or common.api_key) as client:
            return command(client, Printer(as_json=as_json or common.as_json), **arguments)  # pyright: ignore[reportCallIssue] - typer has checked them

    extra = {"context": typer.Context, "url": Url, "api_key": ApiKey, "as_json": AsJson}
    return _with_parameters(run, command, given=2, extra=extra)


def catalog_command(command: Callable[Concatenate["Client", Printer, P], Outcome]) -> Callable[..., Outcome]:
    """A client command that also has --format."""
    plain = client_command(command)

    @wraps(plain)
    def run(context: typer.Context, *, as_json: bool, output_format: Format | None, **arguments: Any) -> Outcome:
        if output_format is Format.TABLE and (as_json or common_of(context).as_json):
            raise typer.BadParameter("--json is given as well: leave one of them out", param_hint="--format table")
        return plain(context, as_json=as_json or output_format is Format.JSON, **arguments)

    return _with_parameters(run, plain, given=0, extra={"output_format": AsFormat})


def local_command(command: Callable[Concatenate[Printer, P], Outcome]) -> Callable[..., Outcome]:
    """A command that works on this machine: it is given a printer."""

    @wraps(command)
    def run(context: typer.Context, *, as_json: AsJson, **arguments: Any) -> Outcome:
        return command(Printer(as_json=as_json or common_of(context).as_json), **arguments)  # pyright: ignore[reportCallIssue] - typer has checked them

    return _with_parameters(run, command, given=1, extra={"context": typer.Context, "as_json": AsJson})


def _with_parameters(
    run: Callable[..., Outcome], command: Callable[..., Any], *, given: int, extra: dict[str, Any]
) -> Callable[..., Outcome]:
    """Shows typer the command's own parameters, without the `given` first ones, and the extra ones."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = list(inspect.signature(command).parameters.values())[given:]
    defaults = {"as_json": False, "url": None, "api_key": None, "output_format": None}
    added = [
        inspect.Parameter(name, keyword, annotation=kind, default=defaults.get(name, inspect.Parameter.empty))
        for name, kind in extra.items()
    ]
    parameters = [*(parameter.replace(kind=keyword) for parameter in own), *added]
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] - inspect reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
