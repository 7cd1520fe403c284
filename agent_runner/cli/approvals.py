"""`agent-runner approvals` and the verbs of `runs` that answer what a run asks, or show what it left behind."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer, complain, note
from agent_runner.domain.artifact import is_plain_path

if TYPE_CHECKING:
    from agent_runner.client import Approval, Client

RunId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The run's number.")]
Comment = Annotated[str | None, typer.Option("-m", "--message", help="A comment, for the agent and the record.")]
Why = Annotated[str, typer.Option("-m", "--message", help="Why; with --revise the agent is told.")]
Revise = Annotated[bool, typer.Option("--revise", help="Let the agent try again, instead of ending the run.")]
Flags = Annotated[
    list[str] | None, typer.Option("--accept-flag", help="Accept what the question warns of; once for each.")
]


@client_command
def approvals(
    client: "Client",
    printer: Printer,
    status: Annotated[str, typer.Option(help="OPEN, GRANTED, …; ALL shows every one.")] = "OPEN",
    run: Annotated[int | None, typer.Option(min=1, help="Only those of this run.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the page before has ended.")] = None,
) -> Outcome:
    """What runs ask people, newest first."""
    wanted = None if status.upper() == "ALL" else status.upper()
    page = client.approvals(status=wanted, run_id=run, limit=limit, cursor=cursor)
    columns = ("ID", "RUN", "KIND", "STATUS", "ASKED", "EXPIRES", "QUESTION")
    rows = [
        (asked.id, asked.run_id, asked.kind, asked.status, asked.asked_at, asked.expires_at, asked.question.text)
        for asked in page.items
    ]
    printer.page(page, columns, rows)


@client_command
def approve(
    client: "Client",
    printer: Printer,
    run_id: RunId,
    diff_sha: Annotated[str | None, typer.Option(help="The hash of the diff that is approved.")] = None,
    message: Comment = None,
    accept_flag: Flags = None,
) -> Outcome:
    """Approve what a run asks. Without --diff-sha it is the question that is open now, which is shown."""
    asked = client.status(run_id).approval
    if asked is not None and diff_sha is None:
        _show_question(asked)
        diff_sha = asked.diff_sha
    decided = client.approve(
        run_id,
        diff_sha=diff_sha,
        comment=message,
        approval_id=asked and asked.id,
        accept_flags=accept_flag or (),
    )
    what = f" the diff {decided.diff_sha}" if decided.diff_sha else ""
    _print_decided(printer, decided, f"run {run_id}: approved{what}")


@client_command
def reject(client: "Client", printer: Printer, run_id: RunId, message: Why, revise: Revise = False) -> Outcome:
    """Reject what a run asks: the run is cancelled, or tries again."""
    decided = client.reject(run_id, message, revise=revise)
    _print_decided(printer, decided, f"run {run_id}: rejected" + (", to be revised" if revise else ""))


@client_command
def give_input(
    client: "Client", printer: Printer, run_id: RunId, text: Annotated[str, typer.Argument(help="The answer.")]
) -> Outcome:
    """Answer a question that a run has asked."""
    _print_decided(printer, client.give_input(run_id, text), f"run {run_id}: answered")


@client_command
def diff(client: "Client", printer: Printer, run_id: RunId) -> Outcome:
    """The diff that a run asks to commit, or has asked to."""
    found = client.diff(run_id)
    if printer.as_json:
        printer.json(found.model_dump(mode="json"))
    else:
        printer.text(found.text)
        note(f"note: its hash is {found.diff_sha}")


@client_command
def artifacts(
    client: "Client",
    printer: Printer,
    run_id: RunId,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Save them into this directory.")] = None,
) -> Outcome:
    """The files that a run has left behind."""
    found = client.artifacts(run_id)
    for artifact in found if output is not None else ():
        assert output is not None, "only then there is something to save"
        if not is_plain_path(artifact.path):
            complain(f"the path {artifact.path!r} could lead out of {output}", "save it by hand")
            return ExitCode.ERROR
        target = output / artifact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(client.artifact(run_id, artifact.path))
        note(f"saved {target}")
    if printer.as_json:
        printer.json([artifact.model_dump(mode="json") for artifact in found])
    else:
        printer.table(("SIZE", "TYPE", "PATH"), [(file.size, file.media_type, file.path) for file in found])
    return None


def _show_question(asked: "Approval") -> None:
    note(f"approval {asked.id} ({asked.kind}): {asked.question.text}")
    if asked.diff_sha:
        note(f"diff: {asked.diff_sha} (see agent-runner runs diff {asked.run_id})")
    for flag in asked.question.flags:
        note(f"flag: {flag}")


def _print_decided(printer: Printer, decided: "Approval", sentence: str) -> None:
    printer.done(decided.model_dump(mode="json"), f"{sentence} ({decided.status} by {decided.decided_by})")
