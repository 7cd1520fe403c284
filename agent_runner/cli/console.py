"""`agent-runner console`: the web console."""

import signal

from agent_runner.cli.command import Outcome
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.serve import StopWithStdin, end_with_standard_input, ignore_again, refuse_busy_port


def console(stop_with_stdin: StopWithStdin = False) -> Outcome:
    """Serve the web console at CONSOLE_HOST and CONSOLE_PORT until Ctrl-C or SIGTERM."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.telemetry.logging import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    refuse_busy_port("CONSOLE", settings.console_host, settings.console_port)
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    if stop_with_stdin:
        end_with_standard_input()

    from agent_runner.console.server import run_console  # noqa: PLC0415 - slow to import, and all above can fail before

    signal.signal(signal.SIGTERM, ignore_again)
    try:
        run_console(settings)
    except SystemExit:
        return ExitCode.ERROR  # the reason is in the log
    return ExitCode.OK
