"""A run of a topology: its composition goes to the runner that it names, and the outcome becomes its result."""

import json
from typing import Final

from pydantic import JsonValue, TypeAdapter

from agent_runner.agents.base import RunContext
from agent_runner.agents.prompt import input_block, shortened
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.composition import Composition
from agent_runner.domain.events import AgentStart
from agent_runner.domain.model import DEMO
from agent_runner.domain.outcome import AnyOutcome
from agent_runner.errors import PermanentAgentError
from agent_runner.runners.base import Runner
from agent_runner.runners.registry import RunnerRegistry
from agent_runner.runners.stage import ASKED_ELSEWHERE

LONGEST_SUMMARY: Final = 500
LARGEST_RESULT: Final = 900_000
"""Characters of its JSON; a run's result may be a little larger."""
DEMO_NOTE: Final = "The demo model answered; no real model was used. Set LLM_MODEL to use one."

_OUTCOME: Final[TypeAdapter[AnyOutcome]] = TypeAdapter(AnyOutcome)


async def perform(context: RunContext, only: Runner | None) -> dict[str, JsonValue]:
    """The result of the run. `only` is the runner that Python code has made itself; else the run names one."""
    composition = context.composition
    if composition is None:
        raise PermanentAgentError(f"run {context.run_id} names a topology and was queued without one")
    chosen = only or RunnerRegistry().of_run(composition.runner, context.config)
    _check(composition)
    name = composition.topology.name
    context.emit(AgentStart(message=f"The topology {name} begins: {context.goal[:200]}"), name)
    context.report(iteration=1, progress=0.0, current_agent=name)
    outcome = await chosen.play(context, composition, context.goal + input_block(context.input))
    context.report(progress=1.0, message=f"Done: {outcome.output[:200]}")
    return result_of(outcome, is_demo=_is_demo(context, composition))


def _is_demo(context: RunContext, composition: Composition) -> bool:
    if (elsewhere := context.shared.get(ASKED_ELSEWHERE)) is not None:
        return elsewhere == {True}
    has_own_model = all(agent.config.model not in {None, DEMO} for agent in composition.agents.values())
    return context.model_name == DEMO and not has_own_model


def _check(composition: Composition) -> None:
    """Before anybody is paid. Raises PermanentAgentError for an agent that this worker cannot bring to life."""
    mixins = default_mixins()
    for agent in composition.agents.values():
        try:
            mixins.of(agent.config)
        except PermanentAgentError as error:
            sentence = f"the agent {agent.name} cannot work here: {error.message}"
            raise PermanentAgentError(sentence, next_step=error.next_step) from error


def result_of(outcome: AnyOutcome, *, is_demo: bool) -> dict[str, JsonValue]:
    """The outcome with a summary; where it is too large for a result, its texts are shortened until it fits."""
    whole: JsonValue = outcome.model_dump(mode="json")
    told, longest = whole, LARGEST_RESULT
    while len(json.dumps(told)) > LARGEST_RESULT:
        longest //= 2
        told = _with_short_texts(whole, longest)
    assert isinstance(told, dict), "an outcome is an object"
    note: dict[str, JsonValue] = {"note": DEMO_NOTE} if is_demo else {}
    return {"summary": shortened(outcome.output.strip(), LONGEST_SUMMARY), **told, **note}


def outcome_in(result: str) -> AnyOutcome:
    """Of the JSON text of a run's result."""
    told = json.loads(result)
    return _OUTCOME.validate_python({name: told[name] for name in told.keys() - {"summary", "note"}})


def _with_short_texts(value: JsonValue, longest: int) -> JsonValue:
    match value:
        case str():
            return shortened(value, longest)
        case list():
            return [_with_short_texts(each, longest) for each in value]
        case dict():
            return {name: _with_short_texts(each, longest) for name, each in value.items()}
        case _:
            return value
