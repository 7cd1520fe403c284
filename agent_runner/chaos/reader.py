"""A reader of server-sent events that comes back with Last-Event-ID until it has seen its run end."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any, Final

import httpx

from agent_runner.chaos.memory import Memory, Reading
from agent_runner.client.records import ENDING_EVENTS

PAUSE_SECONDS: Final = 0.5
LEAVES_BY_ITSELF: Final = 0.05
"""How likely it is, after each event, that the reader goes away and comes back."""


@dataclass(frozen=True, slots=True)
class Reader:
    http: httpx.AsyncClient
    memory: Memory
    chance: Random

    async def read(self, run_id: int) -> None:
        """Until the run's end, whatever becomes of the API meanwhile. Until it is cancelled, if there is no end."""
        reading = Reading(run_id)
        self.memory.readings.append(reading)
        while not (reading.has_ended or reading.is_over):
            try:
                await self._connect(reading)
            except httpx.TransportError:
                self.memory.counts["streams cut"] += 1
            reading.resumes += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def _connect(self, reading: Reading) -> None:
        headers = {"Last-Event-ID": str(len(reading.seen))} if reading.seen else {}
        path = f"/runs/{reading.run_id}/events/stream"
        async with self.http.stream("GET", path, headers=headers) as answer:
            if answer.status_code == HTTPStatus.OK:
                await self._listen(reading, answer)
            else:
                self._without_stream(reading, answer.status_code)

    def _without_stream(self, reading: Reading, status: int) -> None:
        if status == HTTPStatus.NOT_FOUND and reading.run_id in self.memory.may_be_missing | self.memory.in_hand:
            reading.is_over = True
        elif status != HTTPStatus.SERVICE_UNAVAILABLE:
            sentence = f"a reader that came back after event {len(reading.seen)} was answered {status}"
            self.memory.break_promise("I15", reading.run_id, sentence)
            reading.is_over = True

    async def _listen(self, reading: Reading, answer: httpx.Response) -> None:
        async for event in _events(answer):
            expected = len(reading.seen) + 1
            if event["event_id"] != expected:
                sentence = f"a reader saw event {event['event_id']} where {expected} was due"
                self.memory.break_promise("I15", reading.run_id, sentence)
                reading.is_over = True
                return
            reading.seen.append(event["event_type"])
            self.memory.counts["events read"] += 1
            if event["event_type"] in ENDING_EVENTS:
                reading.has_ended = True
                return
            if self.chance.random() < LEAVES_BY_ITSELF:
                return


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Whole frames only: what was cut off comes again."""
    number = data = ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = value
        elif name == "data":
            data = value
        elif not line:
            if number and data:
                event = json.loads(data)
                yield event | {"event_id": int(number)}
            number = data = ""
