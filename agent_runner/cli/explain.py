"""What an error means at the command line: two lines for the reader, and an exit code for scripts."""

from typing import Any

import typer

from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import complain
from agent_runner.errors import AgentRunnerError, NotFound


def explain(error: Exception) -> int:
    """Prints the sentence and returns the exit code. Raises the error again when it is a bug."""
    match error:
        case typer.Abort():
            return ExitCode.INTERRUPTED
        case typer.TyperException():
            complain(error.format_message().rstrip("."), f"see {_path_of(error)} --help")
            return error.exit_code
        case AgentRunnerError():
            complain(error.message, error.next_step)
            return ExitCode.NOT_FOUND if isinstance(error, NotFound) else ExitCode.ERROR
        case OSError(strerror=str(said)):
            complain(f"{error.filename}: {said}" if error.filename else said, "see agent-runner doctor")
            return ExitCode.ERROR
        case _:
            return _explain_client(error)


def _explain_client(error: Exception) -> ExitCode:
    from agent_runner import client  # noqa: PLC0415 - slow to import, and rarely needed

    if not isinstance(error, client.ClientError):
        raise error
    complain(error.message, error.next_step)
    codes = {
        client.ApiUnreachable: ExitCode.UNREACHABLE,
        client.NotAllowed: ExitCode.NOT_ALLOWED,
        client.NotFound: ExitCode.NOT_FOUND,
        client.StillPending: ExitCode.STILL_PENDING,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), ExitCode.ERROR)


def _path_of(error: typer.TyperException) -> str:
    """The command that was used wrongly."""
    context: Any = getattr(error, "ctx", None)
    return "agent-runner" if context is None else str(context.command_path)
