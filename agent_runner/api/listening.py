"""Working for a client for as long as it listens, and no longer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from starlette.types import Message, Receive

SLOWEST_READER_SECONDS: Final = 30.0
"""Who does not take a page within this time is dropped; it can come back with the number of its last event."""

T = TypeVar("T")


async def while_it_listens(receive: Receive, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work gives; None when the client has gone before it was done."""
    worker = asyncio.create_task(work)
    listener = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait({worker, listener}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (worker, listener):
            task.cancel()
        result, _ = await asyncio.gather(worker, listener, return_exceptions=True)
    if isinstance(result, Exception):
        raise result
    return None if isinstance(result, BaseException) else result


async def _until_gone(receive: Receive) -> None:
    message: Message = {"type": ""}
    while not message["type"].endswith(".disconnect"):
        message = await receive()
