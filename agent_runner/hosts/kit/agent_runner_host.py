"""The host's side of the protocol for Python programs: one file without dependencies, for Python 3.8 and newer.

`connect` takes stdin and stdout for the protocol; what the program prints goes to stderr from then on. Every function
may be called from any thread. When the worker lets go (end of input, or `cancel`) the process ends at once.
"""

import asyncio
import itertools
import json
import os
import sys
import threading
import traceback
from concurrent.futures import Future
from typing import IO, Any, Callable, Dict, List, Optional

PROTOCOL = 1


class Host:
    """One run. `start` is what the worker said: goal, input, options, model, directory and more."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes], name: str, version: str) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting: Dict[int, "Future[Dict[str, Any]]"] = {}
        self._on_delta: Dict[int, Callable[[Dict[str, Any]], None]] = {}
        self.say({"type": "hello", "protocol": PROTOCOL, "name": name, "version": version})
        self.start: Dict[str, Any] = json.loads(self._reader.readline() or b"{}")
        if self.start.get("type") != "start":
            os._exit(0)  # the worker has let go before it began
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._live, daemon=True).start()

    def say(self, message: Dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=True).encode() + b"\n"
        with self._lock:
            self._writer.write(line)
            self._writer.flush()

    def event(self, event: str, agent: Optional[str] = None, **payload: Any) -> None:
        self.say({"type": "event", "event": event, "agent": agent, "payload": payload})

    def log(self, message: str, agent: Optional[str] = None) -> None:
        self.event("LOG", agent, message=message)

    def report(self, **shown: Any) -> None:
        """Progress (0 to 1), iteration, current_agent, message."""
        self.say({"type": "report", **shown})

    def artifact(self, path: str, **content: Any) -> None:
        """text, base64 or file; media_type, agent and project_path if wanted."""
        self.say({"type": "artifact", "path": path, **content})

    def ask_model(
        self, messages: List[Dict[str, Any]], on_delta: Optional[Callable[[Dict[str, Any]], None]] = None, **more: Any
    ) -> Dict[str, Any]:
        """Waits for the answer: text, tool_calls, model, input_tokens, output_tokens, cost_usd."""
        return self._model(messages, on_delta, more).result()

    async def ask_model_async(
        self, messages: List[Dict[str, Any]], on_delta: Optional[Callable[[Dict[str, Any]], None]] = None, **more: Any
    ) -> Dict[str, Any]:
        return await asyncio.wrap_future(self._model(messages, on_delta, more))

    def ask_person(self, key: str, text: str, **more: Any) -> Dict[str, Any]:
        """Waits for the answer: status, text, comment. The process is ended meanwhile, and started anew for it."""
        return self._call({"type": "ask", "key": key, "text": text, **more}).result()

    def step(self, key: str, work: Callable[[], Any], input: Any = None) -> Any:  # noqa: A002 - the journal's word
        """Does the work once in the life of the run, and gives its output again afterwards."""
        begun = {"type": "step", "key": key, "input": input}
        told = self._call(begun).result()
        if told["type"] == "done":
            return told["output"]
        future = self._expect(told["id"])
        self.say({"type": "did", "id": told["id"], "output": work()})
        return future.result()["output"]

    def result(self, result: Dict[str, Any]) -> None:
        self.say({"type": "result", "result": result})

    def failed(self, message: str, permanent: bool = False) -> None:  # noqa: FBT001, FBT002 - a word of the protocol
        self.say({"type": "failed", "message": message, "permanent": permanent})

    def _model(
        self,
        messages: List[Dict[str, Any]],
        on_delta: Optional[Callable[[Dict[str, Any]], None]],
        more: Dict[str, Any],
    ) -> "Future[Dict[str, Any]]":
        if on_delta is not None:
            more = {**more, "stream": True}
        return self._call({"type": "model", "messages": messages, **more}, on_delta)

    def _call(
        self, message: Dict[str, Any], on_delta: Optional[Callable[[Dict[str, Any]], None]] = None
    ) -> "Future[Dict[str, Any]]":
        number = next(self._ids)
        future = self._expect(number)
        if on_delta is not None:
            self._on_delta[number] = on_delta
        self.say({**message, "id": number})
        return future

    def _expect(self, number: int) -> "Future[Dict[str, Any]]":
        future: "Future[Dict[str, Any]]" = Future()
        self._waiting[number] = future
        return future

    def _read(self) -> None:
        try:
            self._hear()
        except BaseException:  # noqa: BLE001 - the boundary of a thread: whatever it is, the program cannot go on
            traceback.print_exc()
            os._exit(1)  # without this thread the program would wait for ever, and look alive
        os._exit(0)

    def _hear(self) -> None:
        for line in self._reader:
            message = json.loads(line)
            kind = message.get("type")
            if kind == "cancel":
                break
            if kind == "delta":
                hear = self._on_delta.get(message["id"])
                if hear is not None:
                    hear(message)
                continue
            future = self._waiting.pop(message.get("id"), None)
            if future is not None:
                self._on_delta.pop(message["id"], None)
                if future.set_running_or_notify_cancel():  # a coroutine that waited may have been cancelled
                    future.set_result(message)

    def _live(self) -> None:
        pause = threading.Event()
        while not pause.wait(self.start.get("heartbeat_seconds", 5)):
            self.say({"type": "heartbeat"})


def connect(name: str, version: str = "") -> Host:
    """Call this first, before the framework is imported: libraries print."""
    reader = os.fdopen(os.dup(0), "rb")
    writer = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin = open(os.devnull)
    return Host(reader, writer, name, version)
