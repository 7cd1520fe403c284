"""`agent-runner serve`: the API, in one process or several."""

import errno
import logging
import os
import signal
import socket
import sys
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from agent_runner.cli.command import Outcome
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from agent_runner.settings import Settings

SECONDS_TO_FINISH_REQUESTS: Final = 3
LARGEST_WEBSOCKET_MESSAGE: Final = 64 * 1024
FACTORY: Final = "agent_runner.cli.serve:app_of_this_process"

StopWithStdin = Annotated[bool, typer.Option("--stop-with-stdin", hidden=True, help="End when standard input ends.")]


def serve(stop_with_stdin: StopWithStdin = False) -> Outcome:
    """Serve the API at API_HOST and API_PORT until Ctrl-C or SIGTERM."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import migrate  # noqa: PLC0415
    from agent_runner.telemetry.logging import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format)
    if stop_with_stdin:
        end_with_standard_input()
    with bound_socket(settings.api_host, settings.api_port) as listener:
        migrate(settings.database_url)
        return _serve(settings, listener)


def app_of_this_process() -> "FastAPI":
    """What uvicorn calls in each of its processes."""
    from agent_runner.api.app import create_app  # noqa: PLC0415 - only what the command needs
    from agent_runner.settings import load_settings  # noqa: PLC0415
    from agent_runner.telemetry.logging import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format)
    return create_app(settings)


def bound_socket(host: str, port: int) -> socket.socket:
    """Raises ConfigurationError when the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigurationError(f"API_HOST {host} is no address: {error}", next_step="set API_HOST=127.0.0.1") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _why_not_bound(host, port, error) from None
    listener.set_inheritable(True)  # noqa: FBT003 - the standard library's signature
    return listener


def end_with_standard_input() -> None:
    """Sends this process SIGTERM once whoever started it is gone, however it went."""

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait_for_the_end, name="end with standard input", daemon=True).start()


def _why_not_bound(host: str, port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"port {port} of {host} is in use by another program",
            next_step=f"stop that program, or choose another port, for example API_PORT={port % 65535 + 1}",
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(f"port {port} needs more rights", next_step="choose one above 1023 with API_PORT")
    return ConfigurationError(f"{host}:{port} cannot be used: {error.strerror}", next_step="correct API_HOST, API_PORT")


def _serve(settings: "Settings", listener: socket.socket) -> ExitCode:
    import uvicorn  # noqa: PLC0415 - only what the command needs
    from uvicorn.supervisors import ChangeReload, Multiprocess  # noqa: PLC0415

    options: dict[str, Any] = {
        "factory": True,
        "log_config": None,
        "access_log": settings.log_level == "DEBUG",
        "server_header": False,
        "proxy_headers": False,
        "ws_max_size": LARGEST_WEBSOCKET_MESSAGE,
        "timeout_graceful_shutdown": SECONDS_TO_FINISH_REQUESTS,
    }
    config = uvicorn.Config(FACTORY, workers=settings.api_workers, reload=settings.api_reload, **options)
    log = logging.getLogger(__name__)
    log.info("API starts", extra={"host": settings.api_host, "port": settings.api_port})
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn sends it again when it is done
    try:
        if config.should_reload:
            ChangeReload(config, target=server.run, sockets=[listener]).run()
        elif config.workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            server.run(sockets=[listener])
    except SystemExit:
        return ExitCode.ERROR  # its reason is in the log
    return ExitCode.OK
