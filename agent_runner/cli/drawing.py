"""`agent-runner topologies draw` and `agent-runner runs graph`: who works with whom, and how far they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from agent_runner.client import Client
    from agent_runner.domain.graph import Graph
    from agent_runner.drawing.draw import Format

How = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="ascii, mermaid or svg; else what the file's name ends with."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")]

_BY_SUFFIX = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}


@client_command
def draw_topology(
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="Its name, as topologies list has it.")],
    how: How = None,
    output: Output = None,
) -> Outcome:
    """Draw a topology: who is in it, and who hands what to whom."""
    wanted = _format(how, output)
    _show(printer, client.topology_graph(name), wanted, output)


@client_command
def graph_of_run(
    client: "Client",
    printer: Printer,
    run_id: Annotated[int, typer.Argument(metavar="ID", min=1, help="The run's number.")],
    how: How = None,
    output: Output = None,
) -> Outcome:
    """Draw the topology that a run is, with what has become of each of its agents until now."""
    wanted = _format(how, output)
    _show(printer, client.graph(run_id), wanted, output)


def _format(how: str | None, output: Path | None) -> "Format":
    from agent_runner.drawing.draw import Format  # noqa: PLC0415 - slow to import, and only needed here

    named = how or (output and _BY_SUFFIX.get(output.suffix.lower())) or Format.ASCII
    try:
        return Format(named.lower())
    except ValueError:
        raise typer.BadParameter(f"{named!r} is none of: {', '.join(Format)}", param_hint="--format") from None


def _show(printer: Printer, graph: "Graph", how: "Format", output: Path | None) -> None:
    from agent_runner.drawing.draw import draw  # noqa: PLC0415 - as above

    if output is not None:
        try:
            output.write_text(draw(graph, how), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{output} cannot be written: {error.strerror}", param_hint="--output") from None
        note(f"{output} is written")
    if printer.as_json:
        printer.json(graph.model_dump(mode="json"))
    elif output is None:
        printer.text(draw(graph, how))
