"""Serving the console with uvicorn, in this process."""

import logging

from agent_runner.api.server import options_at, raise_file_limit, run_alone
from agent_runner.console.app import create_app
from agent_runner.console.build import build_directory, is_built
from agent_runner.settings import Settings

log = logging.getLogger(__name__)


def run_console(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises SystemExit when it cannot be started; the reason is in the log."""
    raise_file_limit()
    directory = build_directory()
    log.info("Web console starts", extra={"url": settings.console_url, "is_built": is_built(directory)})
    run_alone(create_app(settings, directory), options_at(settings.console_host, settings.console_port))
