"""The events of a run: a page, a long poll, a stream, a WebSocket, and as text."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, WebSocket
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from agent_runner.api.deps import Api, Limit, RunId, Services, Since, Wait, problems
from agent_runner.api.listening import while_it_listens
from agent_runner.api.live import PING_SECONDS, EventStream, serve_socket
from agent_runner.api.schemas import EventsPublic
from agent_runner.api.stream import EVENTS_A_PAGE
from agent_runner.domain.wording import in_a_few_words, one_line
from agent_runner.store.events import EventPage

router: Final = APIRouter(tags=["events"], responses=problems(422))

LastEventId = Annotated[
    str,
    Header(
        default_factory=str,
        pattern="^[0-9]{1,18}$",
        description="Sent by a browser that comes back; it goes on after this event.",
    ),
]


SERVER_SENT_EVENT: Final = {
    "type": "object",
    "description": "`data` is an event as JSON. The frames `ping` and `end` have no id; their `data` has a"
    " `last_event_id`, the number of the last event until now.",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"enum": ["message", "ping", "end"]},
        "data": {"type": "string"},
    },
}


@router.get("/runs/{run_id}/events", response_model=EventsPublic, responses=problems(404, 503))
async def read_events(
    run_id: RunId, request: Request, api: Api, since_event_id: Since = 0, limit: Limit = 100, wait: Wait = 0
) -> Response:
    """Events with a greater event_id, in their order. Ask again with the last one's number, and none is missed."""
    return await answer_with_events(request, api, run_id, since_event_id, limit, wait)


@router.get(
    "/runs/{run_id}/events/stream",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "description": "Server-sent events; after the run's final one comes the frame `end`, the last.",
            "content": {"text/event-stream": {"schema": SERVER_SENT_EVENT}},
        },
        204: {"description": "The run has ended, and Last-Event-ID is its final event."},
        **problems(404, 503),
    },
)
async def stream_events(run_id: RunId, api: Api, last_event_id: LastEventId, since_event_id: Since = 0) -> Response:
    """The events as they happen. `id` is the event_id, so a browser that comes back after `retry` misses nothing.

    A frame `ping` comes whenever nothing else did for 15 seconds: who hears nothing for 30 should connect anew. A frame
    `end` says that the run has ended and all is told: close then. A stream without it was cut off: connect anew, with
    Last-Event-ID, which comes before `since_event_id`.
    """
    since = int(last_event_id) if last_event_id else since_event_id
    first, pages = await _tail(api, run_id, since)
    if last_event_id and first.is_the_end and not first.events:
        await pages.aclose()
        return Response(status_code=204)  # the only answer that keeps a browser from coming back
    return EventStream(first, pages)


@router.websocket("/runs/{run_id}/ws")
async def socket_of_events(socket: WebSocket, run_id: RunId, api: Api, since_event_id: Since = 0) -> None:
    first, pages = await _tail(api, run_id, since_event_id)
    await serve_socket(socket, first, pages)


@router.get(
    "/runs/{run_id}/logs",
    response_class=StreamingResponse,
    responses={200: {"description": "One line per event.", "content": {"text/plain": {}}}, **problems(404)},
)
async def read_logs(run_id: RunId, api: Api) -> Response:
    """What is recorded by now, as text."""
    first = await api.streams.look(run_id, 0, EVENTS_A_PAGE)
    return StreamingResponse(_lines(api, first), media_type="text/plain; charset=utf-8")


async def answer_with_events(
    request: Request, api: Services, run_id: int, since: int, limit: int, wait: float
) -> Response:
    """What is there; if that is nothing, what comes within `wait` seconds, as long as the client waits for it."""
    page = await api.streams.look(run_id, since, limit)
    if wait and not page.events and not page.is_the_end:
        page = await while_it_listens(request.receive, _next_page(api, page, limit, wait)) or page
    return as_answer(page)


async def _next_page(api: Services, empty: EventPage, limit: int, wait: float) -> EventPage:
    async with aclosing(api.streams.tail(empty.run_id, empty.since, quiet_seconds=wait, limit=limit)) as pages:
        page = await anext(pages)
        return page if page.events or page.is_the_end else await anext(pages, page)


def as_answer(page: EventPage) -> Response:
    """The events as they are stored."""
    events = ",".join(text for _, text in page.events)
    return Response(f'{{"events":[{events}],"total":{page.last_event_id}}}', media_type="application/json")


async def _tail(api: Services, run_id: int, since: int) -> tuple[EventPage, AsyncGenerator[EventPage]]:
    """The first page, read before anything is answered: there may be no such run, or no place for another reader."""
    pages = api.streams.tail(run_id, since, quiet_seconds=PING_SECONDS)
    return await anext(pages), pages


async def _lines(api: Services, first: EventPage) -> AsyncIterator[str]:
    page = first
    while page.events:
        yield "".join(log_line(json.loads(text)) + "\n" for _, text in page.events)
        if page.cursor >= first.last_event_id:
            return
        page = await api.streams.look(page.run_id, page.cursor, EVENTS_A_PAGE)


def log_line(event: dict[str, Any]) -> str:
    """Gives for example `2026-11-20T21:00:00.000000Z 3 AGENT_THINKING engineer: Reading the code`."""
    role = f" {one_line(event['agent_role'])}" if event["agent_role"] else ""
    said = in_a_few_words(event["payload"])
    return f"{event['timestamp']} {event['event_id']} {event['event_type']}{role}" + (f": {said}" if said else "")
