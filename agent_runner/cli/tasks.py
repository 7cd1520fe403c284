"""`agent-runner tasks …`: what was asked for, each with its runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer
from agent_runner.cli.watching import Watch

if TYPE_CHECKING:
    from agent_runner.client import Client

app = typer.Typer(help="What was asked for, each with its runs.", rich_markup_mode=None)

TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id.")]


@app.command()
@client_command
def create(
    client: "Client",
    printer: Printer,
    title: Annotated[str, typer.Argument(help="A few words.")],
    prompt: Annotated[str, typer.Argument(help="What is to be done.")],
    agent: Annotated[str | None, typer.Option(help="Who does it, see agents list; metagpt without it.")] = None,
) -> Outcome:
    """Note a task; tasks run starts it."""
    task = client.create_task(title, prompt, agent=agent)
    printer.fields(task.model_dump(mode="json" if printer.as_json else "python"))


@app.command()
@client_command
def run(
    client: "Client",
    printer: Printer,
    task_id: TaskId,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it to its end.")] = False,
) -> Outcome:
    """Start a task."""
    client.start_task(task_id)
    if watch:
        return watch_task(client, printer, task_id)
    _print_status(client, printer, task_id)
    return None


@app.command()
@client_command
def show(client: "Client", printer: Printer, task_id: TaskId) -> Outcome:
    """A task's state, which is that of its latest run."""
    _print_status(client, printer, task_id)


@app.command("list")
@client_command
def list_tasks(
    client: "Client",
    printer: Printer,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the page before has ended.")] = None,
) -> Outcome:
    """The newest tasks first."""
    page = client.tasks(limit=limit, cursor=cursor)
    rows = [(task.id, task.status, task.created_at, task.title) for task in page.items]
    printer.page(page, ("ID", "STATUS", "CREATED", "TITLE"), rows)


@app.command()
@client_command
def watch(
    client: "Client",
    printer: Printer,
    task_id: TaskId,
    since: Annotated[int, typer.Option(min=0, help="Only events with a greater number.")] = 0,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds to watch, at most.")] = None,
) -> Outcome:
    """Follow a task's latest run to its end. Ctrl-C stops watching, never the task."""
    return watch_task(client, printer, task_id, since, timeout)


@app.command()
@client_command
def stop(client: "Client", printer: Printer, task_id: TaskId) -> Outcome:
    """Stop a task's run."""
    client.stop_task(task_id)
    _print_status(client, printer, task_id)


def watch_task(
    client: "Client", printer: Printer, task_id: str, since: int = 0, timeout: float | None = None
) -> ExitCode:
    view = Watch(printer, f"task {task_id}", f"agent-runner tasks watch {task_id}")
    events = client.task_events(
        task_id, since, follow=True, timeout=timeout, patience_seconds=float("inf"), on_trouble=view.on_trouble
    )
    interrupted = view.show(events)
    if interrupted is not None:
        return interrupted
    codes = {"SUCCEEDED": ExitCode.OK, "FAILED": ExitCode.RUN_FAILED, "CANCELLED": ExitCode.RUN_CANCELLED}
    return codes.get(client.task_status(task_id).status, ExitCode.STILL_PENDING)


def _print_status(client: "Client", printer: Printer, task_id: str) -> None:
    status = client.task_status(task_id)
    printer.fields(status.model_dump(mode="json" if printer.as_json else "python"))
