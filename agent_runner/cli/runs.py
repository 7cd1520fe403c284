"""`agent-runner runs …`: queueing, watching and changing runs."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.approvals import approve, artifacts, diff, give_input, reject
from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.drawing import graph_of_run
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.options import ApproveCommits, ReadGlobs, WriteGlobs, from_json, paths_named
from agent_runner.cli.output import Printer, note
from agent_runner.cli.watching import Watch, exit_code_of, up_to_question

if TYPE_CHECKING:
    from agent_runner.client import Client, Run

app = typer.Typer(help="Queue, watch and change runs.", rich_markup_mode=None)

RunId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The run's number.")]
Since = Annotated[int, typer.Option(min=0, help="Only events with a greater number.")]
Budget = Annotated[
    str | None, typer.Option(help="Limits, as a JSON object of cost_usd, tokens, model_calls and seconds.")
]
OnBudget = Annotated[
    str | None, typer.Option(help="At a limit: stop (the default) fails the run, ask asks you for more.")
]
Runner = Annotated[
    str | None, typer.Option(help="Of a topology: what schedules its agents, e.g. async; local without.")
]
RunModel = Annotated[str | None, typer.Option(help="Which model answers, e.g. ollama:llama3.2; else the worker's.")]
Goal = Annotated[str, typer.Argument(help="What is to be done; - reads it from standard input.")]
Priority = Annotated[int | None, typer.Option(help="Greater comes first.")]
Key = Annotated[str | None, typer.Option(help="An Idempotency-Key: the same key never makes two runs.")]
Follow = Annotated[bool, typer.Option("--watch", help="Follow it to its end.")]
Timeout = Annotated[float | None, typer.Option(min=0, help="Seconds to watch; a run that goes on then ends in code 8.")]


@app.command()
@client_command
def create(  # noqa: PLR0913, PLR0917 - one for each field of a run
    client: "Client",
    printer: Printer,
    goal: Goal,
    project: Annotated[int | None, typer.Option(min=1, help="The number of the project to work in.")] = None,
    agent: Annotated[str | None, typer.Option(help="Who does it; see agents list.")] = None,
    model: RunModel = None,
    runner: Runner = None,
    input: Annotated[str | None, typer.Option(help="Input for the agent, as JSON.")] = None,  # noqa: A002 - the option
    priority: Priority = None,
    at: Annotated[str | None, typer.Option(help="Not before this time, e.g. 2030-01-31T18:00 or …Z.")] = None,
    config: Annotated[str | None, typer.Option(help="Configuration of the agent, as a JSON object.")] = None,
    budget: Budget = None,
    on_budget: OnBudget = None,
    read: ReadGlobs = None,
    write: WriteGlobs = None,
    approve_commits: ApproveCommits = None,
    approve_plan: Annotated[bool, typer.Option("--approve-plan", help="Ask a person before the plan is done.")] = False,
    key: Key = None,
    watch: Follow = False,
) -> Outcome:
    """Queue a run."""
    run = client.submit(
        sys.stdin.read() if goal == "-" else goal,
        project_id=project,
        agent=agent,
        model=model,
        runner=runner,
        input=from_json(input, "--input"),
        priority=priority,
        available_at=_moment(at),
        config=from_json(config, "--config"),
        budget=from_json(budget, "--budget"),
        on_budget=on_budget,
        allowed_paths=paths_named(read, write),
        approve_commits=approve_commits,
        approve_plan=approve_plan or None,
        idempotency_key=key,
    )
    return show_queued(client, printer, run, watch=watch)


@app.command("list")
@client_command
def list_runs(  # noqa: PLR0913, PLR0917 - one for each filter
    client: "Client",
    printer: Printer,
    status: Annotated[
        list[str] | None, typer.Option(help="Only runs of this status, e.g. FAILED; may be given several times.")
    ] = None,
    project: Annotated[int | None, typer.Option(min=1, help="Only runs of this project.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only runs of this agent.")] = None,
    runner: Annotated[str | None, typer.Option(help="Only topologies with this runner.")] = None,
    text: Annotated[str | None, typer.Option(help="Only runs with this in their goal.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the page before has ended.")] = None,
) -> Outcome:
    """The newest runs first."""
    page = client.runs(
        status=[each.upper() for each in status or ()] or None,
        project_id=project,
        agent=agent,
        runner=runner,
        text=text,
        limit=limit,
        cursor=cursor,
    )
    columns = ("ID", "STATUS", "PROGRESS", "ATTEMPT", "AGENT", "CREATED", "GOAL")
    rows = [
        (run.id, run.status, f"{run.progress:.0%}", run.attempt, run.agent, run.created_at, run.goal)
        for run in page.items
    ]
    printer.page(page, columns, rows)
    return None


@app.command()
@client_command
def show(client: "Client", printer: Printer, run_id: RunId) -> Outcome:
    """All there is to know of one run, and which of its steps are done."""
    run, journal = client.status(run_id), client.steps(run_id)
    if printer.as_json:
        printer.json(run.model_dump(mode="json") | {"steps": journal.model_dump(mode="json")["steps"]})
        return
    _print(printer, run)
    rows = [(step.key, f"{step.seconds:.3f}", "replayed" if step.replayed else "done") for step in journal.steps]
    if rows:
        printer.line("")
        printer.table(("STEP", "SECONDS", "HOW"), rows)


@app.command()
@client_command
def watch(
    client: "Client",
    printer: Printer,
    run_id: RunId,
    since: Since = 0,
    timeout: Timeout = None,
    until_asked: Annotated[bool, typer.Option("--until-asked", help="Stop when the run waits for a person.")] = False,
) -> Outcome:
    """Follow a run to its end. Ctrl-C stops watching, never the run. The exit code tells how the run ended."""
    return watch_run(client, printer, run_id, since, timeout, until_asked=until_asked)


@app.command()
@client_command
def logs(client: "Client", printer: Printer, run_id: RunId) -> Outcome:
    """What a run has logged."""
    text = client.logs(run_id)
    if printer.as_json:
        printer.json({"run_id": run_id, "log": text})
    else:
        printer.text(text)


@app.command()
@client_command
def cancel(
    client: "Client",
    printer: Printer,
    run_id: RunId,
    reason: Annotated[str | None, typer.Option(help="Stands in the run's events.")] = None,
) -> Outcome:
    """Cancel a run. One that is running ends as soon as its worker has stopped the agent."""
    _print(printer, client.cancel(run_id, reason=reason))


@app.command()
@client_command
def retry(client: "Client", printer: Printer, run_id: RunId, budget: Budget = None) -> Outcome:
    """Queue a FAILED or CANCELLED run again; what it had finished is not repeated."""
    _print(printer, client.retry(run_id, budget=from_json(budget, "--budget")))


@app.command()
@client_command
def fork(
    client: "Client",
    printer: Printer,
    run_id: RunId,
    from_step: Annotated[str | None, typer.Option(help="The first step to do again; without it none is.")] = None,
    goal: Annotated[str | None, typer.Option(help="Another goal than the old run's.")] = None,
    model: Annotated[str | None, typer.Option(help="Another model for what is not kept.")] = None,
    watch: Follow = False,
) -> Outcome:
    """Queue a new run that keeps what this one had finished. This one is not changed."""
    return show_queued(client, printer, client.fork(run_id, from_step=from_step, goal=goal, model=model), watch=watch)


@app.command()
@client_command
def delete(client: "Client", printer: Printer, run_id: RunId) -> Outcome:
    """Delete a run that has ended, and all that is recorded of it."""
    client.delete_run(run_id)
    printer.done({"id": run_id, "deleted": True}, f"run {run_id} is deleted")


for name, verb in (
    ("approve", approve),
    ("reject", reject),
    ("input", give_input),
    ("diff", diff),
    ("artifacts", artifacts),
    ("graph", graph_of_run),
):
    app.command(name)(verb)


def show_queued(client: "Client", printer: Printer, run: "Run", *, watch: bool) -> Outcome:
    """A run that was just queued: itself, or its events to the end."""
    if watch:
        note(f"run {run.id} is {run.status}")
        return watch_run(client, printer, run.id)
    _print(printer, run)
    if run.why_not_running and not printer.as_json:
        note(f"note: {run.why_not_running}")
    return None


def watch_run(
    client: "Client",
    printer: Printer,
    run_id: int,
    since: int = 0,
    timeout: float | None = None,
    *,
    until_asked: bool = False,
) -> ExitCode:
    """Prints the events until the run has ended; its end is the exit code. For `until_asked` a question is an end."""
    view = Watch(printer, f"run {run_id}", f"agent-runner runs watch {run_id}")
    events = client.events(
        run_id, since, follow=True, timeout=timeout, patience_seconds=float("inf"), on_trouble=view.on_trouble
    )

    def waits() -> bool:
        return client.status(run_id).status == "WAITING"

    interrupted = view.show(up_to_question(events, waits) if until_asked else events)
    if interrupted is not None:
        return interrupted
    return ExitCode.OK if until_asked and waits() else exit_code_of(client.status(run_id))


def _print(printer: Printer, run: "Run") -> None:
    fields = run.model_dump(mode="json" if printer.as_json else "python")
    printer.fields(fields)


def _moment(text: str | None) -> datetime | None:
    """A time without a zone is local time."""
    try:
        return None if text is None else datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2030-01-31T18:00", param_hint="--at") from None
