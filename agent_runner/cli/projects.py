"""`agent-runner projects …`: directories that runs may work in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.options import ApproveCommits, ReadGlobs, WriteGlobs, from_json, paths_named, words_in
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.client import Client, Project

app = typer.Typer(help="Directories that runs may work in.", rich_markup_mode=None)

ProjectId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The project's number.")]
DenyGlobs = Annotated[
    list[str] | None, typer.Option("--deny", metavar="GLOB", help="What runs may not touch at all; repeat it.")
]
Checks = Annotated[
    list[str] | None, typer.Option("--check", metavar="LINE", help="A command that tells whether edits are good.")
]
Commands = Annotated[
    list[str] | None,
    typer.Option("--allow-command", metavar="LINE", help="What an agent may run, too; a trailing * for any arguments."),
]
Toolchain = Annotated[
    list[str] | None,
    typer.Option(metavar="DIR", help="A directory that the commands need, e.g. a virtual environment."),
]
ApprovePlan = Annotated[
    bool | None, typer.Option("--approve-plan/--no-approve-plan", help="Whether a person allows each plan first.")
]
FurtherPolicy = Annotated[str | None, typer.Option("--policy", help="Any fields of the policy, as a JSON object.")]


@app.command()
@client_command
def create(  # noqa: PLR0913, PLR0917 - one for each field of a project
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    path: Annotated[Path, typer.Argument(help="Its directory, which need not exist yet.")],
    read: ReadGlobs = None,
    write: WriteGlobs = None,
    deny: DenyGlobs = None,
    check: Checks = None,
    allow_command: Commands = None,
    toolchain: Toolchain = None,
    approve_commits: ApproveCommits = None,
    approve_plan: ApprovePlan = None,
    policy: FurtherPolicy = None,
) -> Outcome:
    """Make a directory known as a project, and say what runs may do in it."""
    named = _policy(
        policy,
        allowed_paths=paths_named(read, write),
        deny=deny,
        checks=check,
        commands=allow_command,
        toolchain=toolchain,
        approve_commits=approve_commits,
        approve_plan=approve_plan,
    )
    _print(printer, client.create_project(name, str(path.absolute()), policy=named))


@app.command()
@client_command
def update(  # noqa: PLR0913, PLR0917 - as above
    client: "Client",
    printer: Printer,
    project_id: ProjectId,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    path: Annotated[Path | None, typer.Option(help="Its directory.")] = None,
    read: ReadGlobs = None,
    write: WriteGlobs = None,
    deny: DenyGlobs = None,
    check: Checks = None,
    allow_command: Commands = None,
    toolchain: Toolchain = None,
    approve_commits: ApproveCommits = None,
    approve_plan: ApprovePlan = None,
    policy: FurtherPolicy = None,
) -> Outcome:
    """Change what is named. A list takes the place of the old one; one empty word, as in --check '', empties it."""
    named = _policy(
        policy,
        allowed_paths=paths_named(read, write),
        deny=deny,
        checks=check,
        commands=allow_command,
        toolchain=toolchain,
        approve_commits=approve_commits,
        approve_plan=approve_plan,
    )
    place = None if path is None else str(path.absolute())
    _print(printer, client.update_project(project_id, name=name, local_path=place, policy=named))


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
    """One project, and what runs may do in it."""
    _print(printer, client.project(project_id))


@app.command()
@client_command
def delete(client: "Client", printer: Printer, project_id: ProjectId) -> Outcome:
    """Forget a project that has no runs. Its directory is left alone."""
    client.delete_project(project_id)
    printer.done({"id": project_id, "deleted": True}, f"project {project_id} is deleted")


def _policy(further: str | None, **fields: Any) -> dict[str, Any] | None:
    """The fields that are named, in one way or the other; None for none."""
    policy = from_json(further or "{}", "--policy")
    if not isinstance(policy, dict):
        raise typer.BadParameter(f"{further!r} is no JSON object", param_hint="--policy")
    named = {name: words_in(value) for name, value in fields.items() if value is not None}
    return cast("dict[str, Any]", policy) | named or None


def _print(printer: Printer, project: "Project") -> None:
    printer.fields(project.model_dump(mode="json" if printer.as_json else "python"))
