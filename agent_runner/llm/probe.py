"""Asks a model server what it serves. Standard library only: a worker must not load a model library to start."""

import asyncio
import json
import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue, SecretStr

LARGEST_ANSWER_BYTES: Final = 8 * 1024 * 1024

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,18})\r\n")


async def get_json(url: str, *, timeout_seconds: float, key: SecretStr | None = None) -> JsonValue:
    """The JSON that a GET answers; None when no JSON comes in time. Follows no redirect and uses no proxy."""
    try:
        async with asyncio.timeout(timeout_seconds):
            body = await _get(url, key)
    except (OSError, EOFError, TimeoutError, UnicodeError, asyncio.LimitOverrunError):
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


async def _get(url: str, key: SecretStr | None) -> bytes:
    """The body of a 200, else nothing. HTTP/1.0, so that the answer is not chunked and ends with the connection."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_secure else 80)
    lines = [
        f"GET {parts.path} HTTP/1.0",
        f"Host: {parts.netloc}",
        "Accept: application/json",
        "Connection: close",
        *([f"Authorization: Bearer {key.get_secret_value()}"] if key else []),
    ]
    reader, writer = await asyncio.open_connection(host, port, ssl=is_secure or None)
    try:
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if head.split(b" ", 2)[1:2] != [b"200"]:
            return b""
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
