"""Mixin `human-in-the-loop`: a person is asked before an answer counts, and may want it otherwise."""

import hashlib
from itertools import count
from typing import ClassVar, Final

from agent_runner.agents.prompt import shortened
from agent_runner.agents.typed.base import Mixin, OnResponse
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.prompt import prompt
from agent_runner.domain.approval import LONGEST_KEY, Answer, ApprovalKind, ApprovalStatus, Question
from agent_runner.domain.mixin import HumanInTheLoopOptions, MixinOptions
from agent_runner.errors import AgentFailed

LONGEST_SHOWN: Final = 4_000
LONGEST_ANSWER: Final = 100_000
LONGEST_PATH: Final = LONGEST_KEY - 40


class HumanInTheLoopMixin(Mixin[HumanInTheLoopOptions]):
    name: ClassVar[str] = "human-in-the-loop"
    options_type: ClassVar[type[MixinOptions]] = HumanInTheLoopOptions

    async def on_response(self, hook: OnResponse) -> str:
        text = hook.text
        for number in count(1):
            answer = await hook.context.ask(_key(hook.call, number), self._question(hook.call, text))
            if answer.status is ApprovalStatus.GRANTED:
                break
            if not answer.revise:
                raise AgentFailed(_refusal(answer), is_permanent=True)
            wishes = answer.comment or "something else"
            revise = prompt("mixin-revise")
            text = await hook.dialogue.answer(
                revise.substitute(message=hook.message, answer=text, who="the person who reads it", wishes=wishes)
            )
        return text

    def _question(self, call: Call, text: str) -> Question:
        return Question(
            kind=ApprovalKind.PERMISSION,
            text=f"{self.options.question}\n\n{call.node} answers:\n{shortened(text, LONGEST_SHOWN)}",
            detail={"node": call.node, "agent": call.agent.name, "answer": shortened(text, LONGEST_ANSWER)},
            expires_in_seconds=self.options.expires_in_seconds,
        )


def _key(call: Call, number: int) -> str:
    """Below the key of the call, which may be longer than that of a question can be."""
    path = call.key
    if len(path) > LONGEST_PATH:
        path = f"{path[: LONGEST_PATH - 13]}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"
    return f"{path}/approve/{number}"


def _refusal(answer: Answer) -> str:
    if answer.status is ApprovalStatus.EXPIRED:
        return "nobody has said in time whether its answer may count"
    return f"{answer.decided_by} has not let its answer count: {answer.comment or 'no reason was given'}"
