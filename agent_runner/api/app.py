"""The factory of the API: what is opened at its start, what stands in front of its routes, and the routes."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from agent_runner import __version__
from agent_runner.api.auth import KeyCheck
from agent_runner.api.body import BodyGate
from agent_runner.api.deps import Services
from agent_runner.api.guard import Guard
from agent_runner.api.openapi import DESCRIPTION, TAGS, complete
from agent_runner.api.problem import handle_errors
from agent_runner.api.routes import (
    agents,
    approvals,
    artifacts,
    events,
    graphs,
    health,
    models,
    projects,
    reports,
    runs,
    service,
    tasks,
    topologies,
)
from agent_runner.api.stream import open_streams
from agent_runner.api.worker_process import DrainWorker
from agent_runner.errors import ConfigurationError, StoreDamaged, StoreFull, StoreUnavailable
from agent_runner.settings import Settings, environment_for_child
from agent_runner.store.database import Database
from agent_runner.store.migrations import migrate
from agent_runner.store.sqlite import version_warning
from agent_runner.store.wakeup import Audience

log = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS: Final = 10.0
START_TRIES: Final = 30
START_RETRY_SECONDS: Final = 1.0
ROUTES: Final = tuple(
    route
    for module in (
        runs,
        approvals,
        artifacts,
        events,
        graphs,
        reports,
        tasks,
        projects,
        agents,
        topologies,
        service,
        models,
        health,
    )
    for route in module.router.routes
)
"""Tried in this order. Including the routers instead costs each request 30 µs."""


def create_app(settings: Settings) -> FastAPI:
    """Raises ConfigurationError for settings that would let every web page in."""
    if "*" in settings.cors_origins and not settings.api_keys:
        raise ConfigurationError(
            "CORS_ORIGINS is *, so every web page could use this API",
            next_step="name the origins, or set API_KEYS",
        )
    app = FastAPI(
        title="agent-runner",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=_services(settings),
        redirect_slashes=False,
        routes=[*ROUTES],
    )
    handle_errors(app)
    _stand_in_front(app, settings)
    _describe(app, has_keys=bool(settings.api_keys))
    return app


def _stand_in_front(app: FastAPI, settings: Settings) -> None:
    """The last one added is the first one asked."""
    app.add_middleware(BodyGate)
    if settings.api_keys:
        app.add_middleware(KeyCheck, keys=settings.named_keys())
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"),
            expose_headers=("X-Request-Id", "Idempotency-Replayed"),
        )
    app.add_middleware(Guard, settings=settings)


def _services(settings: Settings) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, object]]:
        await _migrate_patiently(settings.store_url)
        if warning := version_warning(settings.store_url):
            log.warning(warning)
        database = await Database.open(settings.store_url, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS)
        try:
            async with open_streams(database) as streams:
                drain_worker = DrainWorker(database.run_directory, environment_for_child(settings))
                app.state.services = Services(settings, database, streams, drain_worker)
                stop_listening = database.doorbell.listen(Audience.API, streams.hear)
                try:
                    yield {"streams": streams}
                finally:
                    stop_listening()
        finally:
            await database.close()

    return lifespan


async def _migrate_patiently(url: str) -> None:
    """A server that is just being started again is waited for. Raises StoreUnavailable when it does not come."""
    for remaining in reversed(range(START_TRIES)):
        try:
            await asyncio.to_thread(migrate, url)
        except StoreUnavailable as error:
            if not remaining or isinstance(error, StoreDamaged | StoreFull):
                raise
            log.warning("Database not there yet", extra={"error": str(error)})
            await asyncio.sleep(START_RETRY_SECONDS)
        else:
            return


def _describe(app: FastAPI, *, has_keys: bool) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = complete(plain(), has_keys=has_keys)
        return app.openapi_schema

    app.openapi = openapi
