"""A coding agent made of nothing but JSON lines, quick to start, that also does what none should: `raw.py SCRIPT`."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

EARLIER = "You were told:"
HELLO = {"protocolVersion": 1, "agentInfo": {"name": "raw", "version": "0"}}


def send(**message: Any) -> None:
    os.write(1, json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


class Raw:
    """Each turn of the script is a list of actions, or the name of a fault to have before any turn."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.script = script
        self.is_known = not script.get("wants_login")
        self.turns = 0
        self.number = 0
        self.root = ""

    def run(self) -> None:
        while line := sys.stdin.readline():
            message = json.loads(line)
            try:
                answer = getattr(self, "on_" + message["method"].replace("/", "_"))(message["params"])
            except PermissionError:
                send(id=message["id"], error={"code": -32000, "message": "Authentication required"})
            else:
                send(id=message["id"], result=answer)

    def on_initialize(self, _: Any) -> Any:
        self.act(self.script.get("start", []))
        return HELLO | self.script.get("hello", {})

    def on_authenticate(self, asked: Any) -> Any:
        self.is_known = asked["methodId"] == "by-key"
        return {}

    def on_session_new(self, asked: Any) -> Any:
        if not self.is_known:
            raise PermissionError
        self.root = asked["cwd"]
        return {"sessionId": "one"}

    def on_session_cancel(self, _: Any) -> None:
        sys.exit(0)

    def on_session_prompt(self, asked: Any) -> Any:
        self.prompt = asked["prompt"][0]["text"]
        self.turns += 1 + self.prompt.count(EARLIER)
        self.act(self.script["turns"][self.turns - 1])
        return {"stopReason": self.script.get("stop", "end_turn")}

    def act(self, actions: list[list[Any]]) -> None:
        for name, *given in actions:
            getattr(self, name)(*given)

    def call(self, method: str, **params: Any) -> Any:
        self.number += 1
        send(id=f"raw-{self.number}", method=method, params={"sessionId": "one", **params})
        while True:
            message = json.loads(sys.stdin.readline())
            if message.get("id") == f"raw-{self.number}":
                return message.get("result", message.get("error"))

    def update(self, **update: Any) -> None:
        send(method="session/update", params={"sessionId": "one", "update": update})

    def say(self, text: str) -> None:
        self.update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})

    def say_where(self) -> None:
        self.say(f"Change {self.root}/hello.py")

    def quote_prompt(self) -> None:
        self.say(self.prompt)

    def show_environment(self) -> None:
        self.say(json.dumps(dict(os.environ)))

    def begin_tool(self) -> None:
        self.update(sessionUpdate="tool_call", toolCallId="1", title="Look around")

    def write(self, path: str, text: str) -> None:
        said = self.call("fs/write_text_file", path=f"{self.root}/{path}", content=text)
        self.say(f"{path}: {said}\n")

    def read(self, path: str) -> None:
        self.say(f"{path}: {self.call('fs/read_text_file', path=f'{self.root}/{path}')}\n")

    def direct(self, path: str, text: str) -> None:
        Path(path).write_text(text)

    def copy(self, source: str, target: str) -> None:
        text = self.call("fs/read_text_file", path=f"{self.root}/{source}")["content"]
        self.write(target, text)

    def make_repository(self) -> None:
        Path("nested/.git").mkdir(parents=True)

    def leave_a_writer(self, path: str) -> None:
        Path(path).parent.mkdir()
        growing = os.open(path, os.O_WRONLY | os.O_CREAT)
        if os.fork() == 0:
            for _ in range(10**6):
                os.write(growing, b"x")

    def ask(self, kind: str, title: str) -> None:
        options = [{"optionId": kind, "name": kind, "kind": kind} for kind in ("reject_once", "allow_once")]
        given = {"command": title, "in": self.root, "home": os.environ["HOME"]}
        call_id, paths = str(time.monotonic_ns()), [{"path": f"{self.root}/hello.py"}]
        call = {"toolCallId": call_id, "kind": kind, "title": title, "rawInput": given, "locations": paths}
        said = self.call("session/request_permission", toolCall=call, options=options)
        self.update(sessionUpdate="tool_call_update", toolCallId=call_id, status="completed")
        self.say(f"{title}: {said['outcome'].get('optionId')}\n")

    def end(self, code: int) -> None:
        os.write(2, b"something is \x1b[31mwrong\n")
        sys.exit(code)

    def be_deaf_unless_resumed(self, mark: str) -> None:
        del mark  # it stands on the command line
        if EARLIER not in self.prompt:
            self.be_deaf()

    def wait(self) -> None:
        """For the end, or for a cancel."""
        sys.stdin.readline()
        sys.exit(0)

    def be_deaf(self) -> None:
        while True:
            time.sleep(60)

    def print(self, text: str) -> None:
        os.write(1, text.encode() + b"\n")

    def flood_line(self) -> None:
        while True:
            os.write(1, b"x" * 65536)

    def flood_lines(self) -> None:
        while True:
            self.say("y" * 30_000)

    def leave_descendants(self, mark: str) -> None:
        del mark  # it stands on the command line
        for detach in (os.setsid, lambda: None):
            if os.fork() == 0:
                detach()
                for stream in (0, 1, 2):
                    os.close(stream)
                self.be_deaf()


if __name__ == "__main__":
    Raw(json.loads(sys.argv[1])).run()
