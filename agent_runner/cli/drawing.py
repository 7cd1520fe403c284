"""`agent-runner topologies draw` and `agent-runner runs graph`: who works with whom, and how far they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_runner.client import Client
    from agent_runner.domain.graph import Graph

How = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="ascii, mermaid, svg or json; else as the file's name ends."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")]

_JSON: Final = "json"
_BY_SUFFIX: Final = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".json": _JSON}


@client_command
def draw_topology(
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="Its name, as topologies list has it.")],
    how: How = None,
    output: Output = None,
) -> Outcome:
    """Draw a topology: who is in it, and who hands what to whom."""
    text_of = _drawn_as(how, output)
    _show(printer, client.topology_graph(name), text_of, output)


@client_command
def graph_of_run(
    client: "Client",
    printer: Printer,
    run_id: Annotated[int, typer.Argument(metavar="ID", min=1, help="The run's number.")],
    how: How = None,
    output: Output = None,
) -> Outcome:
    """Draw the topology that a run is, with what has become of each of its agents until now."""
    text_of = _drawn_as(how, output)
    _show(printer, client.graph(run_id), text_of, output)


def _drawn_as(how: str | None, output: Path | None) -> "Callable[[Graph], str]":
    """Said before anything is asked of the API. Raises BadParameter for a format that is none."""
    from agent_runner.drawing.draw import Format, draw  # noqa: PLC0415 - slow to import, and only needed here

    named = (how or (output and _BY_SUFFIX.get(output.suffix.lower())) or Format.ASCII).lower()
    if named == _JSON:
        return lambda graph: graph.model_dump_json() + "\n"
    if named not in {*Format}:
        known = ", ".join([*Format, _JSON])
        raise typer.BadParameter(f"{named!r} is none of: {known}", param_hint="--format")
    return lambda graph: draw(graph, Format(named))


def _show(printer: Printer, graph: "Graph", text_of: "Callable[[Graph], str]", output: Path | None) -> None:
    if output is not None:
        try:
            output.write_text(text_of(graph), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{output} cannot be written: {error.strerror}", param_hint="--output") from None
        note(f"{output} is written")
    if printer.as_json:
        printer.json(graph.model_dump(mode="json"))
    elif output is None:
        printer.text(text_of(graph))
