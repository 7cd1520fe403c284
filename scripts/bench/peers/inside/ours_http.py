"""Our own queue behind its API: the client sends POST /runs, the worker is the same."""

import os
import socket
import subprocess
import sys
from typing import Final

from scripts.bench.child import free_port, until
from scripts.bench.http_load import post_run, put_load
from scripts.bench.peers.inside.ours import Ours
from scripts.bench.peers.inside.protocol import IN_FLIGHT, main

SERVE: Final = ("-m", "agent_runner.cli.main", "serve", "--stop-with-stdin")


class OursOverHttp(Ours):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._port = 0

    def prepare(self) -> None:
        super().prepare()
        self._port = free_port()
        environment = os.environ | {"API_PORT": str(self._port), "LOG_LEVEL": "WARNING"}
        subprocess.Popen([sys.executable, *SERVE], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self._loop.run(until(self._listens, "the API listens"))

    def _listens(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self._port)) == 0

    def enqueue(self, numbers: range) -> None:
        connections = min(len(numbers), IN_FLIGHT)
        message = post_run(self._port)
        self._loop.run(put_load(self._port, message, connections=connections, count=len(numbers), status=201))


if __name__ == "__main__":
    main(OursOverHttp)
