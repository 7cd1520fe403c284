"""Asks a model server what it serves. Standard library only: a worker must not load a model library to start."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue, SecretStr

LARGEST_ANSWER_BYTES: Final = 8 * 1024 * 1024
STATUS_DIGITS: Final = 3

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,18})\r\n")


class Unanswered(Exception):  # noqa: N818 - a fact about one question, caught where it was asked
    """Says what the server did instead, to be put behind its address."""


async def get_json(url: str, *, timeout_seconds: float, key: SecretStr | None = None) -> JsonValue:
    """What `ask_json` gives; None where it raises."""
    headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    try:
        return await ask_json(url, timeout_seconds=timeout_seconds, headers=headers)
    except Unanswered:
        return None


async def ask_json(url: str, *, timeout_seconds: float, headers: Mapping[str, str]) -> JsonValue:
    """The JSON that a GET answers. Follows no redirect and uses no proxy. Raises Unanswered when none comes in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            body = await _get(url, headers)
    except TimeoutError:
        raise Unanswered(f"did not answer within {timeout_seconds:g} s") from None
    except (OSError, EOFError, UnicodeError, asyncio.LimitOverrunError):
        raise Unanswered("cannot be reached") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unanswered("answered with something that is no JSON") from None


async def _get(url: str, headers: Mapping[str, str]) -> bytes:
    """The body of a 200. HTTP/1.0, so that the answer is not chunked and ends with the connection."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_secure else 80)
    lines = [
        f"GET {parts.path}{'?' * bool(parts.query)}{parts.query} HTTP/1.0",
        f"Host: {parts.netloc}",
        "Accept: application/json",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    reader, writer = await asyncio.open_connection(host, port, ssl=is_secure or None)
    try:
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = b"".join(head.split(None, 2)[1:2])
        if status != b"200":
            raise Unanswered(
                f"answered {int(status)}"
                if status.isdigit() and len(status) == STATUS_DIGITS
                else "does not speak HTTP"
            )
        length = _LENGTH.search(head)
        return await _read(reader, int(length.group(1)) if length else LARGEST_ANSWER_BYTES)
    finally:
        writer.transport.abort()  # everything is read, or nobody waits for it any more


async def _read(reader: asyncio.StreamReader, most: int) -> bytes:
    """Up to so many bytes, or to the end of the connection."""
    received = bytearray()
    while len(received) < min(most, LARGEST_ANSWER_BYTES) and (part := await reader.read(65536)):
        received += part
    return bytes(received)


def ollama_models(tags: JsonValue) -> list[str]:
    """The models that can chat, the most recently changed first, of an answer to GET /api/tags."""
    listed = tags.get("models") if isinstance(tags, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [name for entry in entries if isinstance(name := entry.get("name"), str) and _can_chat(name, entry)]


def _can_chat(name: str, entry: dict[str, JsonValue]) -> bool:
    """Models that only embed stand in the same list."""
    details = entry.get("details")
    family = details.get("family") if isinstance(details, dict) else None
    return "embed" not in name and "bert" not in str(family)


def openai_models(answer: JsonValue) -> list[str]:
    """The models of an answer to GET /v1/models, in its order."""
    listed = answer.get("data") if isinstance(answer, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [name for entry in entries if isinstance(name := entry.get("id"), str) and "embed" not in name]


def google_models(answer: JsonValue) -> list[str]:
    """The models of an answer to GET /v1beta/models that write text, in its order."""
    listed = answer.get("models") if isinstance(answer, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [
        name.removeprefix("models/")
        for entry in entries
        if isinstance(name := entry.get("name"), str)
        and "generateContent" in str(entry.get("supportedGenerationMethods"))
    ]
