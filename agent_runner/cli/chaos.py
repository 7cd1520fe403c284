"""`agent-runner chaos`: whether this build keeps its promises while its processes are killed and paused."""

import asyncio
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from agent_runner.chaos.options import ChaosOptions
    from agent_runner.chaos.round import Report


@local_command
def chaos(
    printer: Printer,
    minutes: Annotated[float, typer.Option(min=0, help="How long harm is done.")] = 0.0,
    seconds: Annotated[float, typer.Option(min=0, help="The same, in seconds; both are added. 60 without both.")] = 0.0,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 3,
    database: Annotated[
        str | None, typer.Option(help="The URL of an empty database; by default a SQLite file of its own.")
    ] = None,
    restart_database: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="A shell command that restarts it, to be used as harm.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the logs and the database in this directory; else only on trouble.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another schedule of harm and load.")] = 1,
) -> Outcome:
    """Start an API and workers, kill and pause them under load, and check that every promise was kept.

    Ends in code 1 when one was broken, or when a process printed a traceback.
    """
    from agent_runner.chaos.options import ChaosOptions  # noqa: PLC0415 - only what the command needs

    directory = _directory(keep)
    options = ChaosOptions(
        url=database or f"sqlite:///{directory}/chaos.db",
        directory=directory,
        seconds=minutes * 60 + seconds or 60.0,
        workers=workers,
        seed=seed,
        restart_database=restart_database,
    )
    note(f"chaos for {options.seconds:g} s with seed {seed}; logs in {directory}")
    try:
        report = asyncio.run(_run(options))
    except BaseException:
        _clear(directory, keep)
        raise
    if report is None:
        _clear(directory, keep)
        note("interrupted; nothing was judged")
        return ExitCode.INTERRUPTED
    _print(printer, report)
    if report.is_clean:
        _clear(directory, keep)
        return ExitCode.OK
    note(f"logs are kept in {directory}")
    return ExitCode.ERROR


async def _run(options: "ChaosOptions") -> "Report | None":
    """None when a signal ended it; no process is left then either."""
    from agent_runner.chaos.round import run_round  # noqa: PLC0415 - httpx and the store are slow to import

    work = asyncio.ensure_future(run_round(options, note))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return None


def _directory(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="agent-runner-chaos-"))
    keep.mkdir(parents=True, exist_ok=True)
    return keep.absolute()


def _clear(directory: Path, keep: Path | None) -> None:
    if keep is None:
        shutil.rmtree(directory)


def _print(printer: Printer, report: "Report") -> None:
    if printer.as_json:
        printer.json(report.as_fields())
        return
    printer.table(("WHAT", "HOW OFTEN"), list(report.figures.items()))
    for violation in report.violations:
        where = "" if violation.run_id is None else f" run {violation.run_id}:"
        printer.line(f"violation {violation.invariant}:{where} {violation.sentence}")
    for finding in report.findings:
        printer.line(f"finding: {finding}")
    printer.line(f"{len(report.violations)} violations, {len(report.findings)} findings")
