"""What the program asks to be allowed: known to be harmless, decided by the run, or asked a person.

The sandbox holds it, and a person approves the commit; a permission is for what lies between the two.
"""

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from acp.schema import (
    AllowedOutcome,
    DeniedOutcome,
    PermissionOption,
    PermissionOptionKind,
    RequestPermissionResponse,
    ToolCallUpdate,
    ToolKind,
)
from pydantic import JsonValue

from agent_runner.agents.acp.place import Place
from agent_runner.agents.acp.telling import text_of
from agent_runner.agents.acp.wording import hash_of, shown
from agent_runner.agents.base import RunContext
from agent_runner.agents.change.review import EXPIRES_SECONDS
from agent_runner.domain.approval import ApprovalKind, ApprovalStatus, Question

LOOKING: Final[frozenset[ToolKind]] = frozenset({"read", "search", "think"})
EDITING: Final[frozenset[ToolKind]] = frozenset({"edit", "delete", "move"})
LONGEST_TITLE: Final = 500
LONGEST_INPUT: Final = 20_000
MOST_LOCATIONS: Final = 100


class Permissions(StrEnum):
    """What a run says about everything that is neither reading nor editing in the workspace."""

    AUTO = "auto"
    ASK = "ask"
    DENY = "deny"


class Permission:
    """The permissions of one turn."""

    def __init__(self, context: RunContext, turn: int, rule: Permissions, name: str, place: Place) -> None:
        self._context: Final = context
        self._turn: Final = turn
        self._rule: Final = rule
        self._name: Final = name
        self._place: Final = place
        self._asked: Final[Counter[str]] = Counter()
        self.objections: Final[list[str]] = []
        """What people have said to what they did not allow; the protocol has no room for it."""

    async def decide(self, call: ToolCallUpdate, options: Sequence[PermissionOption]) -> RequestPermissionResponse:
        """Suspends the attempt where a person is asked."""
        if await self._is_allowed(call):
            return _chosen(options, "allow_once", "allow_always")
        return _chosen(options, "reject_once", "reject_always")

    async def _is_allowed(self, call: ToolCallUpdate) -> bool:
        is_within = all(self._place.holds(location.path) for location in call.locations or [])
        if call.kind in LOOKING or (call.kind in EDITING and is_within):
            return True
        match self._rule:
            case Permissions.AUTO:
                return True
            case Permissions.DENY:
                return False
            case Permissions.ASK:
                return await self._ask(call)

    async def _ask(self, call: ToolCallUpdate) -> bool:
        """The key holds what is asked, and neither its number in the session nor where the attempt lies."""
        question = self._question(call)
        known_by = hash_of(question.detail)
        self._asked[known_by] += 1
        key = f"permission/{self._turn}/{known_by[:16]}/{self._asked[known_by]}"
        answer = await self._context.ask(key, question)
        if answer.status is ApprovalStatus.GRANTED:
            return True
        if answer.status is ApprovalStatus.REJECTED and answer.comment:
            self.objections.append(f"{question.text}\nNo: {answer.comment}")
        return False

    def _question(self, call: ToolCallUpdate) -> Question:
        title = self._shown(call.title or "something that it has no name for")
        detail: dict[str, JsonValue] = {
            "kind": call.kind or "other",
            "title": title,
            "paths": [self._shown(location.path) for location in (call.locations or [])[:MOST_LOCATIONS]],
        }
        # What is too long to be shown must be the same, too, when it is asked again.
        given = "" if call.raw_input is None else json.dumps(call.raw_input, sort_keys=True, ensure_ascii=False)
        for name, said in (("input", given), ("text", text_of(call))):
            if said:
                neutral = self._place.neutral(said)
                detail |= {name: shown(neutral, LONGEST_INPUT), f"{name}_sha256": hash_of(neutral)}
        text = f"May {self._name} do this ({detail['kind']}): {title}?"
        return Question(kind=ApprovalKind.PERMISSION, text=text, detail=detail, expires_in_seconds=EXPIRES_SECONDS)

    def _shown(self, text: str) -> str:
        return shown(self._place.neutral(text), LONGEST_TITLE)


def _chosen(options: Sequence[PermissionOption], *kinds: PermissionOptionKind) -> RequestPermissionResponse:
    """Only this once, if the program lets us choose that. Without an option of the kind, its question is called off."""
    for kind in kinds:
        for option in options:
            if option.kind == kind:
                outcome = AllowedOutcome(outcome="selected", option_id=option.option_id)
                return RequestPermissionResponse(outcome=outcome)
    return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
