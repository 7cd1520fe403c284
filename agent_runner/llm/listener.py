"""Who hears an answer while it grows, through all the tries and models that it takes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation

OnText = Callable[[str | None], None]
"""Gets each piece of the answer's text; `None`: what was said of this answer so far is void."""


class ListenerFailed(BaseException):
    """No Exception, so that nobody takes it for a failure of the model and asks again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Listener:
    """Hands pieces on, and `None` only where there is something to take back."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self._has_heard = False

    def __call__(self, piece: str | None) -> None:
        if not piece and (piece is not None or not self._has_heard):
            return
        self._has_heard = piece is not None
        try:
            self._on_text(piece)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it raises is told as it is, by `listening`
            raise ListenerFailed(error) from None


@contextmanager
def listening(conversation: "Conversation") -> "Generator[Conversation]":
    """The conversation with a Listener in it, if anybody listens. What the callback raises comes out as it was."""
    if conversation.on_text is None or isinstance(conversation.on_text, Listener):
        yield conversation
        return
    try:
        yield replace(conversation, on_text=Listener(conversation.on_text))
    except ListenerFailed as failed:
        raise failed.error from failed.error.__cause__
