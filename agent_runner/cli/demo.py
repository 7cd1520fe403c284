"""`agent-runner demo`: a small project, and a run of the coder in it that ends with a question to you."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from agent_runner.client import Client

GOAL: Final = "Say goodbye as well as hello"


@client_command
def demo(
    client: "Client",
    printer: Printer,
    directory: Annotated[Path, typer.Argument(help="Where to make the project; it must be empty.")] = Path(
        "agent-runner-demo"
    ),
    goal: Annotated[str, typer.Option(help="What the coder is to do.")] = GOAL,
) -> Outcome:
    """Make a small git project, and let the coder change it: you see the diff before anything is committed."""
    from agent_runner.workspace.example import CHECK, make_example  # noqa: PLC0415 - only this command needs git

    place = directory.absolute()
    make_example(place)
    project = client.create_project(place.name, str(place), policy={"checks": [CHECK]})
    run = client.submit(goal, project_id=project.id, agent="coder")
    number = run.id
    printer.done(
        {"project_id": project.id, "run_id": number, "directory": str(place)}, f"run {number} works in {place}"
    )
    note(f"agent-runner runs watch {number} --until-asked   what it does")
    note(f"agent-runner runs diff {number}                  what it would commit")
    note(f"agent-runner runs approve {number}               let it commit exactly that")
    note(f"git -C {place} merge agent/run-{number}")
