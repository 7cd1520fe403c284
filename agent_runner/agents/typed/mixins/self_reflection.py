"""Mixin `self-reflection`: an agent criticises its answer and revises it, until it finds nothing or its rounds end.

It requires no `reasoning`: a critique is a thought of its own, about an answer and not about the question.
"""

import re
from typing import ClassVar, Final

from agent_runner.agents.typed.base import Mixin, OnResponse
from agent_runner.agents.typed.prompt import prompt
from agent_runner.domain.mixin import MixinOptions, SelfReflectionOptions

_ACCEPTED: Final = re.compile(r"^\W*ACCEPTED\W*$", re.MULTILINE)


class SelfReflectionMixin(Mixin[SelfReflectionOptions]):
    name: ClassVar[str] = "self-reflection"
    options_type: ClassVar[type[MixinOptions]] = SelfReflectionOptions

    async def on_response(self, hook: OnResponse) -> str:
        text = hook.text
        for _ in range(self.options.rounds):
            question = prompt("mixin-critique").substitute(message=hook.message, answer=text)
            critique = await hook.dialogue.ask("critique", question)
            if _ACCEPTED.search(critique):
                break
            revise = prompt("mixin-revise")
            text = await hook.dialogue.answer(
                revise.substitute(message=hook.message, answer=text, who="your own critique", wishes=critique)
            )
        return text
