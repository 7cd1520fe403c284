"""What a host reports of its work: events, progress, and files that stay with the run."""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from pydantic import ValidationError

from agent_runner.agents.base import RunContext
from agent_runner.domain.events import PAYLOADS, EventType
from agent_runner.errors import FileRefused, HostFailed
from agent_runner.hosts.protocol import ArtifactReport, EventReport, Report
from agent_runner.workspace.beneath import read_file
from agent_runner.workspace.paths import parse_file

MOST_EVENTS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A file that the host would like to see in the run's project."""

    path: str
    content: bytes


class Reports:
    """`directory` is the host's own, where it may have put an artifact's content."""

    def __init__(self, context: RunContext, directory: Path) -> None:
        self._context = context
        self._directory = directory
        self._events = 0
        self.proposed: dict[str, Proposed] = {}

    async def take(self, message: EventReport | Report | ArtifactReport) -> None:
        """Raises HostFailed for what cannot be recorded."""
        match message:
            case EventReport():
                self._tell(message)
            case Report():
                self._context.report(**message.model_dump(exclude={"type"}))
            case ArtifactReport():
                await self._keep(message)
            case _:
                assert_never(message)

    def _tell(self, message: EventReport) -> None:
        self._events += 1
        if self._events > MOST_EVENTS:
            raise HostFailed(f"the host reported more than {MOST_EVENTS} events in one attempt")
        try:
            payload = PAYLOADS[EventType(message.event)].model_validate(message.payload)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"]))
            raise HostFailed(
                f"the host reported a {message.event} event whose {where} is wrong: {problem['msg']}"
            ) from None
        self._context.emit(payload, message.agent)

    async def _keep(self, message: ArtifactReport) -> None:
        content = await self._content(message)
        self._context.add_artifact(message.path, content, message.media_type, message.agent)
        if message.project_path is not None:
            self.proposed[message.project_path] = Proposed(path=message.project_path, content=content)

    async def _content(self, message: ArtifactReport) -> bytes:
        match (message.text, message.base64, message.file):
            case (str() as text, None, None):
                return text.encode("utf-8", "backslashreplace")
            case (None, str() as packed, None):
                try:
                    return base64.b64decode(packed, validate=True)
                except binascii.Error as error:
                    raise HostFailed(f"the content of the artifact {message.path!r} is no base64: {error}") from None
            case (None, None, str() as path):
                try:
                    content, _ = await asyncio.to_thread(read_file, self._directory, parse_file(path))
                except FileRefused as refusal:
                    raise HostFailed(f"the artifact {message.path!r} cannot be read: {refusal.message}") from None
                return content
            case _:
                raise HostFailed(f"the artifact {message.path!r} must have one of text, base64 and file")
