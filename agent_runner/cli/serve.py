"""`agent-runner serve`: the API."""

import errno
import os
import signal
import socket
from threading import Thread
from types import FrameType
from typing import Annotated

import typer

from agent_runner.cli.command import Outcome
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.errors import ConfigurationError

StopWithStdin = Annotated[bool, typer.Option("--stop-with-stdin", hidden=True, help="End when standard input ends.")]


def serve(stop_with_stdin: StopWithStdin = False) -> Outcome:
    """Serve the API at API_HOST and API_PORT until Ctrl-C or SIGTERM."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.telemetry.logging import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    refuse_busy_port("API", settings.api_host, settings.api_port)
    set_up_logging(settings.log_level, settings.log_format)
    if stop_with_stdin:
        end_with_standard_input()

    from agent_runner.api.server import run_server  # noqa: PLC0415 - slow to import, and all above can fail before
    from agent_runner.store.migrations import migrate  # noqa: PLC0415

    migrate(settings.store_url)
    signal.signal(signal.SIGTERM, ignore_again)
    try:
        run_server(settings)
    except SystemExit:
        return ExitCode.ERROR  # the reason is in the log
    return ExitCode.OK


def refuse_busy_port(what: str, host: str, port: int) -> None:
    """Raises ConfigurationError when an address cannot be had: one sentence, before anything is started.

    `what` is API or CONSOLE, as the settings begin that name the address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigurationError(
            f"{what}_HOST {host} is no address of this machine: {error.strerror}",
            next_step=f"set {what}_HOST=127.0.0.1",
        ) from None
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise _why_not_bound(what, host, port, error) from None


def end_with_standard_input() -> None:
    """Sends this process SIGTERM once whoever started it is gone, in whatever way it went."""

    def wait_for_the_end() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait_for_the_end, name="end with standard input", daemon=True).start()


def ignore_again(signal_number: int, frame: FrameType | None) -> None:
    """Does nothing: uvicorn has stopped because of this SIGTERM, and sends it once more for who was there before."""


def _why_not_bound(what: str, host: str, port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"port {port} of {host} is in use by another program",
            next_step=f"stop that program, or choose another port, for example {what}_PORT={port % 65535 + 1}",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(f"port {port} needs more rights", next_step=f"choose one above 1023 with {what}_PORT")
    return ConfigurationError(
        f"{host}:{port} cannot be used: {error.strerror}", next_step=f"correct {what}_HOST, {what}_PORT"
    )
