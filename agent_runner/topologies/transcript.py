"""What was said in a topology so far: the same at every call, whatever runner carries the calls out, and how often."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from agent_runner.agents.typed.call import Exchange

_NUMBER: Final = re.compile(r"(\d+)")


class Transcript:
    """An exchange counts from when everything is done that was begun at the same time.

    So no call sees what another one beside it has said: one runner would have made that one first, another at once.
    """

    def __init__(self) -> None:
        self.earlier: tuple[Exchange, ...] = ()
        self._aside: list[Exchange] = []
        self._deep = 0

    @contextmanager
    def side_by_side(self) -> Generator[None]:
        """What is noted within counts at its end."""
        self._deep += 1
        try:
            yield
        finally:
            self._deep -= 1
            if not self._deep:
                self.earlier += tuple(sorted(self._aside, key=_in_order))
                self._aside.clear()

    def note(self, exchange: Exchange) -> None:
        with self.side_by_side():
            self._aside.append(exchange)


def _in_order(exchange: Exchange) -> list[str | int]:
    """By key, the numbers in it as numbers: the order in which they ended would be the runner's."""
    parts = _NUMBER.split(exchange.key)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]
