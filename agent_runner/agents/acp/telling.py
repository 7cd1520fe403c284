"""What the program tells while it works (`session/update`), as events of the run."""

import json
import time
from typing import Any, Final

from acp.schema import (
    AgentMessageChunk,
    AgentPlanUpdate,
    AgentThoughtChunk,
    ContentToolCallContent,
    Cost,
    SessionNotification,
    TextContentBlock,
    ToolCallProgress,
    ToolCallStart,
    ToolCallUpdate,
    UsageUpdate,
)
from pydantic import ValidationError

from agent_runner.agents.acp.wording import LONGEST_MESSAGE, shown
from agent_runner.agents.base import RunContext
from agent_runner.domain.events import AgentThinking, Log, Message, Payload, PlanGenerated, ToolCall

MOST_EVENTS: Final = 2_000
"""Of one turn; a program that tells more is not believed to be of interest."""
MOST_CALLS: Final = 1_000
"""Tool calls that have not ended; the oldest is forgotten."""
MOST_STEPS: Final = 50
LONGEST_STEP: Final = 250
LONGEST_ARGUMENTS: Final = 500
LONGEST_ERROR: Final = 1_000
ENDED: Final = frozenset({"completed", "failed"})


class Telling:
    """The updates of one turn."""

    def __init__(self, context: RunContext, role: str) -> None:
        self._context: Final = context
        self._role: Final = role
        self._words: list[str] = []
        self._length = 0
        self._words_of: type[AgentMessageChunk | AgentThoughtChunk] | None = None
        self._plan: list[str] = []
        self._calls: Final[dict[str, ToolCallUpdate]] = {}
        self._began: Final[dict[str, float]] = {}
        self._told = 0
        self.message = ""
        """The last message that is complete."""
        self.cost: Cost | None = None
        """Of the session so far, if the program says so."""

    def hear(self, params: dict[str, Any]) -> None:
        """Updates of a newer protocol, and such as are none, are passed over: they change nothing."""
        try:
            update = SessionNotification.model_validate(params).update
        except ValidationError:
            return
        if isinstance(update, UsageUpdate):
            self.cost = update.cost or self.cost
            return
        if isinstance(update, AgentMessageChunk | AgentThoughtChunk):
            self._add_words(update)
            return
        self.finish_words()
        if isinstance(update, AgentPlanUpdate):
            self._tell_plan(update)
        elif isinstance(update, ToolCallStart | ToolCallProgress):
            call = self.learn(update)
            if call.status in ENDED:
                self._tell_call(call)

    def learn(self, update: ToolCallUpdate | ToolCallStart) -> ToolCallUpdate:
        """All that was told of the same call so far; some programs tell it only when they ask for permission."""
        call_id = update.tool_call_id
        told = {name: value for name, value in update if name in ToolCallUpdate.model_fields and value is not None}
        known = self._calls.get(call_id)
        call = known.model_copy(update=told) if known else ToolCallUpdate.model_construct(**told)
        if known is None:
            self._began[call_id] = time.monotonic()
            if call.title:
                self._context.report(message=shown(call.title, LONGEST_STEP))
        self._calls[call_id] = call
        if len(self._calls) > MOST_CALLS:
            self._forget(next(iter(self._calls)))
        return call

    def finish_words(self) -> None:
        """What follows is another message."""
        said, kind = "".join(self._words).strip(), self._words_of
        left_out = self._length - sum(map(len, self._words))
        self._words, self._length, self._words_of = [], 0, None
        if not said:
            return
        if left_out:
            said = f"{said}… [{left_out} characters more]"
        said = shown(said)
        if kind is AgentMessageChunk:
            self.message = said
            self.tell(Message(content=said))
        else:
            self.tell(AgentThinking(message=said))

    def tell(self, payload: Payload) -> None:
        self._told += 1
        if self._told < MOST_EVENTS:
            self._context.emit(payload, self._role)
        elif self._told == MOST_EVENTS:
            self._context.emit(Log(message=f"After {MOST_EVENTS} events, no more of this turn is told."), self._role)

    def _add_words(self, chunk: AgentMessageChunk | AgentThoughtChunk) -> None:
        kind = AgentMessageChunk if isinstance(chunk, AgentMessageChunk) else AgentThoughtChunk
        if kind is not self._words_of:
            self.finish_words()
            self._words_of = kind
        text = chunk.content.text if isinstance(chunk.content, TextContentBlock) else f"[{chunk.content.type}]"
        if self._length < LONGEST_MESSAGE:
            self._words.append(text[:LONGEST_MESSAGE])
        self._length += len(text)

    def _tell_plan(self, plan: AgentPlanUpdate) -> None:
        """Told again with every step that is done; only another plan is news."""
        steps = [shown(entry.content, LONGEST_STEP) for entry in plan.entries[:MOST_STEPS]]
        if steps and steps != self._plan:
            self._plan = steps
            self.tell(PlanGenerated(steps=steps))

    def _tell_call(self, call: ToolCallUpdate) -> None:
        began = self._forget(call.tool_call_id)
        given = {name: value for name, value in (("title", call.title), ("input", call.raw_input)) if value is not None}
        is_ok = call.status == "completed"
        self.tell(
            ToolCall(
                tool=call.kind or "other",
                arguments=shown(json.dumps(given, ensure_ascii=False), LONGEST_ARGUMENTS),
                ok=is_ok,
                error=None if is_ok else shown(text_of(call) or "it did not say why", LONGEST_ERROR),
                duration_ms=round((time.monotonic() - began) * 1000, 1),
            )
        )

    def _forget(self, call_id: str) -> float:
        del self._calls[call_id]
        return self._began.pop(call_id)


def text_of(call: ToolCallUpdate) -> str:
    said = [part.content for part in call.content or [] if isinstance(part, ContentToolCallContent)]
    return "\n".join(block.text for block in said if isinstance(block, TextContentBlock))
