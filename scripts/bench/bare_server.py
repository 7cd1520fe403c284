"""What the API is compared with, on the same server: `python -m scripts.bench.bare_server tiny|same`.

`same` is the API itself, door, body gate, schemas and all, over a database that answers at once and keeps nothing.
`tiny` is a FastAPI application with two routes that do the same schema work and nothing else.
"""

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from agent_runner.api.app import create_app
from agent_runner.api.deps import Services, answer
from agent_runner.api.routes.events import as_answer
from agent_runner.api.routes.runs import as_new_run, fresh
from agent_runner.api.schemas import RunCreate
from agent_runner.api.server import server_options
from agent_runner.api.stream import Streams
from agent_runner.api.worker_process import DrainWorker
from agent_runner.cli.serve import end_with_standard_input
from agent_runner.domain.clock import utc_now
from agent_runner.settings import Settings, load_settings
from agent_runner.store.database import Database
from agent_runner.store.events import EventPage, event_json
from agent_runner.store.new_runs import CreatedRun

EVENTS: Final = 20


class NoDatabase:
    """Answers POST /runs and GET /runs/{id}/events as a database would, at once."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._page = page_of_events()

    async def write_together(self, function: Callable[..., Any], item: object) -> CreatedRun:
        del function, item
        await asyncio.sleep(0)
        return CreatedRun(next(self._ids), utc_now(), is_new=True)

    async def read(self, function: Callable[..., Any], *arguments: object) -> EventPage:
        del function, arguments
        await asyncio.sleep(0)
        return self._page


def page_of_events() -> EventPage:
    payload = '{"content":"event"}'
    events: Sequence[tuple[int, str]] = [
        (number, event_json(1, number, utc_now(), None, "MESSAGE", payload, None)) for number in range(1, EVENTS + 1)
    ]
    return EventPage(1, 0, events, is_final=True, last_event_id=EVENTS)


def same_app(settings: Settings) -> FastAPI:
    app = create_app(settings)
    database = cast("Database", NoDatabase())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        streams, drain_worker = Streams(database), cast("DrainWorker", None)
        app.state.services = Services(settings, database, streams, drain_worker)
        yield

    app.router.lifespan_context = lifespan
    return app


def tiny_app(settings: Settings) -> FastAPI:
    app = FastAPI()
    ids = itertools.count(1)
    page = page_of_events()

    async def create_run(body: RunCreate) -> Response:
        wanted = as_new_run(body, settings, None)
        return answer(fresh(wanted, CreatedRun(next(ids), utc_now(), is_new=True)), 201)

    async def read_events(run_id: int, since_event_id: int = 0, limit: int = 100) -> Response:
        del run_id, since_event_id, limit
        return as_answer(page)

    app.add_api_route("/runs", create_run, methods=["POST"])
    app.add_api_route("/runs/{run_id}/events", read_events)
    return app


def main(kind: str) -> None:
    settings = load_settings()
    end_with_standard_input()
    app = {"same": same_app, "tiny": tiny_app}[kind](settings)
    options: dict[str, Any] = server_options(settings) | {"factory": False, "workers": None}
    uvicorn.run(app, **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
