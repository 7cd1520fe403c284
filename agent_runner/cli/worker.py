"""`agent-runner worker`: claims runs and drives them."""

from typing import Annotated

import typer

from agent_runner.cli.command import Outcome
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.serve import StopWithStdin, end_with_standard_input


def worker(
    drain: Annotated[bool, typer.Option("--drain", help="Work until the queue is empty, then end.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Claim one batch, carry it through, then end.")] = False,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Runs at the same time, instead of WORKER_CONCURRENCY.")
    ] = None,
    stop_with_stdin: StopWithStdin = False,
) -> Outcome:
    """Carry runs through until Ctrl-C or SIGTERM; what is not finished then goes on elsewhere."""
    if drain and once:
        raise typer.BadParameter("--drain and --once exclude each other")
    from agent_runner.entry.worker import main_worker  # noqa: PLC0415
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.telemetry.logging import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    if concurrency is not None:
        settings = settings.model_copy(update={"worker_concurrency": concurrency})
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    if stop_with_stdin:
        end_with_standard_input()
    return ExitCode(main_worker(settings, drain=drain, once=once))
