"""What is said between an agent and its model for one call: each answer is a step of its own, paid once.

The answers are the steps `KEY/1`, `KEY/2` … of the call; what is asked beside them has a name, as `KEY/think`.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from agent_runner.agents.base import Paid, RunContext, Told
from agent_runner.agents.prompt import shortened
from agent_runner.agents.tries import Tries
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.prompt import persona, prompt, system_prompt
from agent_runner.agents.typed.reading import json_in
from agent_runner.agents.typed.tools.tool import Tool
from agent_runner.domain.agent_type import CATALOG_NAME, OutputFormat
from agent_runner.domain.budget import Consumed
from agent_runner.domain.events import AgentThinking
from agent_runner.domain.model import DEMO
from agent_runner.domain.outcome import Reply
from agent_runner.domain.wording import storable
from agent_runner.errors import AgentFailed, JournalMismatch, PermanentAgentError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest, Spent
from agent_runner.llm.thoughts import without_thoughts

LONGEST_TOLD: Final = 8_000
"""Characters of a thought or a message in its event; the journal has it whole."""
LONGEST_QUOTE: Final = 200


async def _nobody() -> None:
    """No mixin wants to know."""


async def _nobody_of_tools(tool: str, arguments: Mapping[str, Any]) -> None:
    """No mixin wants to know."""


class Dialogue:
    """Mixins ask through it, too. Lives as long as the work of the call."""

    def __init__(self, context: RunContext, call: Call) -> None:
        self.before_call: Callable[[], Awaitable[None]] = _nobody
        """Awaited before each model call; not before one that is replayed."""
        self.before_tool: Callable[[str, Mapping[str, Any]], Awaitable[None]] = _nobody_of_tools
        """Awaited before each tool call; not before one that is replayed."""
        self.consumed = Consumed()
        """By this call so far, what was replayed included."""
        self._context = context
        self._call = call
        self._config = call.agent.config
        self._retries = self._config.retries + call.retries
        self._tries = Tries(self._retries, self._config.timeout_seconds)
        self._system = system_prompt(call)
        self._is_cacheable = context.config.get("cache") is True
        self._tools: Sequence[Tool] = ()
        self._tool_calls = 0
        self._turns = 0
        self._asked: Counter[str] = Counter()
        self._is_demo = False

    def offer(self, tools: Sequence[Tool]) -> None:
        """The model may call them while it answers, `max_tool_calls` times in all."""
        self._tools = tools

    def take_earlier_answers(self) -> None:
        """What a model has answered to the same question is as good as a new answer."""
        self._is_cacheable = True

    async def answer(self, message: str) -> str:
        """An answer of the form that the agent is to give. Raises AgentFailed where it gives none."""
        said = await self._turn(message)
        for _ in range(self._retries):
            if (problem := self._problem(said)) is None:
                return said
            quoted = shortened(said, LONGEST_TOLD)
            again = prompt("agent-json-again").substitute(message=message, problem=problem, answer=quoted)
            said = await self._turn(again)
        if (problem := self._problem(said)) is not None:
            raise AgentFailed(f"its answer cannot be used, because {problem}: {shortened(said, LONGEST_QUOTE)!r}")
        return said

    async def ask(self, name: str, message: str) -> str:
        """Something beside the answer, told as a thought: no tools, no form.

        The step is `KEY/name`; a second one of that name is `KEY/name-2`.
        """
        if not re.fullmatch(CATALOG_NAME, name):
            raise PermanentAgentError(f"{name[:100]!r} cannot be the name of a step beside an answer")
        self._asked[name] += 1
        number = self._asked[name]
        key = f"{self._call.key}/{name}" if number == 1 else f"{self._call.key}/{name}-{number}"
        return await self._complete(key, self._request(persona(self._call), message), is_thought=True)

    def reply(self, text: str) -> Reply:
        """What the call comes to. Raises AgentFailed where the text has not the form that it is to have."""
        if (problem := self._problem(text)) is not None:
            raise AgentFailed(
                f"what its mixins made of its answer cannot be used, because {problem}", is_permanent=True
            )
        return Reply(
            node=self._call.node,
            agent=self._call.agent.name,
            text=storable(text),
            data=json_in(text) if self._wants_json else None,
            is_demo=self._is_demo,
            consumed=self.consumed,
        )

    @property
    def _wants_json(self) -> bool:
        return self._config.output_format is OutputFormat.JSON

    def _problem(self, said: str) -> str | None:
        """Half a sentence that says why it is no answer of the form that is wanted."""
        if self._wants_json:
            try:
                json_in(said)
            except ValueError as error:
                return str(error)
        return None

    async def _turn(self, message: str) -> str:
        request = self._request(self._system, message)
        if self._tools or self._is_cacheable:
            return await self._work(request)
        self._turns += 1
        return await self._complete(f"{self._call.key}/{self._turns}", request)

    async def _work(self, request: ModelRequest) -> str:
        from agent_runner.agents.manner import Manner  # noqa: PLC0415 - seconds of imports, for those who need them
        from agent_runner.agents.typed.loop import demo_of, work  # noqa: PLC0415

        left = self._config.max_tool_calls - self._tool_calls
        manner = Manner(
            agent_role=self._call.node,
            model=self._config.model,
            tries=self._tries,
            is_cacheable=self._is_cacheable,
            most_tool_calls=left,
            most_model_calls=left + 20,
            turns_before=self._turns,
            demo=demo_of(request),
            before_call=self.before_call,
            paid=self._work_paid,
        )
        done = await work(self._context, self._call, request, self._tools, self.before_tool, manner)
        self._tool_calls += done.tool_calls
        return _plain(done.text)

    def _work_paid(self, spent: Spent) -> None:
        self._turns += 1
        self._paid(spent)

    async def _complete(self, key: str, request: ModelRequest, *, is_thought: bool = False) -> str:
        async def ask(model: Model) -> Paid:
            await self.before_call()
            answer = await self._tries.of(lambda: model.complete(request))
            return Paid(answer.model_dump(mode="json"), answer)

        def thought(output: Any) -> Told:
            said = _plain(ModelAnswer.model_validate(output).text)
            return Told(AgentThinking(message=shortened(said, LONGEST_TOLD)), self._call.node)

        output = await self._context.model_step(
            key,
            ask,
            input=request.model_dump(mode="json"),
            tells=thought if is_thought else None,
            agent_role=self._call.node,
            model=self._config.model,
        )
        try:
            answer = ModelAnswer.model_validate(output)
        except ValidationError as error:
            raise JournalMismatch(
                f"the recorded step {key!r} of run {self._context.run_id} is no model answer: {error}",
                next_step="it was written by another version; start a new run",
            ) from error
        self._paid(answer)
        return _plain(answer.text)

    def _request(self, system: str, message: str) -> ModelRequest:
        config = self._config
        return ModelRequest(system=system, prompt=message, max_tokens=config.max_tokens, temperature=config.temperature)

    def _paid(self, spent: Spent) -> None:
        self._is_demo = self._is_demo or spent.model == DEMO
        self.consumed = Consumed(
            cost_usd=self.consumed.cost_usd + (spent.cost_usd or 0.0),
            tokens=self.consumed.tokens + spent.input_tokens + spent.output_tokens,
            model_calls=self.consumed.model_calls + 1,
        )


def _plain(text: str) -> str:
    """Without what it has thought aloud, unless that is all."""
    return without_thoughts(text).strip() or text.strip()
