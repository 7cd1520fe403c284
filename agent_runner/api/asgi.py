"""The entry for a server that starts the API by name: `uvicorn --factory agent_runner.api.asgi:app`."""

from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.settings import load_settings
from agent_runner.telemetry.logging import set_up_logging


def app() -> FastAPI:
    """Reads the settings of this process. Raises ConfigurationError."""
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    return create_app(settings)
