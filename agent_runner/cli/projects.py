"""`agent-runner projects …`: directories that runs may work in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.client import Client

app = typer.Typer(help="Directories that runs may work in.", rich_markup_mode=None)

ProjectId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The project's number.")]


@app.command()
@client_command
def create(
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    path: Annotated[Path, typer.Argument(help="Its directory, which need not exist yet.")],
) -> Outcome:
    """Make a directory known as a project."""
    project = client.create_project(name, str(path.absolute()))
    printer.fields(project.model_dump(mode="json" if printer.as_json else "python"))


@app.command("list")
@client_command
def list_projects(
    client: "Client",
    printer: Printer,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the page before has ended.")] = None,
) -> Outcome:
    """The newest projects first."""
    page = client.projects(limit=limit, cursor=cursor)
    rows = [(project.id, project.name, project.created_at, project.local_path) for project in page.items]
    printer.page(page, ("ID", "NAME", "CREATED", "PATH"), rows)


@app.command()
@client_command
def show(client: "Client", printer: Printer, project_id: ProjectId) -> Outcome:
    """One project."""
    project = client.project(project_id)
    printer.fields(project.model_dump(mode="json" if printer.as_json else "python"))


@app.command()
@client_command
def delete(client: "Client", printer: Printer, project_id: ProjectId) -> Outcome:
    """Forget a project that has no runs. Its directory is left alone."""
    client.delete_project(project_id)
    printer.done({"id": project_id, "deleted": True}, f"project {project_id} is deleted")
