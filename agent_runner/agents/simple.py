"""The `simple` agent: one model call makes a plan of the goal, one more carries out each step."""

from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext, Told
from agent_runner.agents.plan import parse_plan
from agent_runner.agents.prompt import input_block, load_prompt, shortened
from agent_runner.domain.events import AgentThinking, Executing, PlanGenerated
from agent_runner.llm.base import ModelAnswer, ModelRequest

ROLE: Final = "simple"
PLANNED: Final = 0.1
"""The progress once there is a plan; the steps share the rest."""
LONGEST_EARLIER_OUTPUT: Final = 2_000
"""Of each earlier step, in the question for the next: a long run must not outgrow what a model can read."""
LONGEST_OUTPUTS: Final = 80_000
"""Of all steps together, in the result; the journal keeps them whole."""
LONGEST_SUMMARY: Final = 500
DEMO_NOTE: Final = "The demo model walked through the steps; no real model was used. Set LLM_MODEL to use one."


class SimpleAgent:
    """Asks the same questions under the same keys in every attempt, so that finished calls are replayed."""

    def __init__(self) -> None:
        self._plan_system = load_prompt("plan-system").template
        self._plan_prompt = load_prompt("plan")
        self._execute_system = load_prompt("execute-system").template
        self._execute_prompt = load_prompt("execute")

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        plan_answer, steps = await self._plan(context)
        answers: list[ModelAnswer] = []
        for number, description in enumerate(steps, start=1):
            self._announce(context, number, steps)
            request = self._execute_request(context, steps, number, description, answers)
            answers.append(await context.complete(f"execute/{number}", request))
        context.report(progress=1.0, message=f"Done: {_counted(steps)}")
        return _result(steps, answers, is_demo=any(answer.model == "demo" for answer in [plan_answer, *answers]))

    async def _plan(self, context: RunContext) -> tuple[ModelAnswer, list[str]]:
        message = f"Planning with {context.model_name}"
        context.report(iteration=1, progress=0.0, current_agent=ROLE, message=message)
        context.emit(AgentThinking(message=message), ROLE)
        prompt = self._plan_prompt.substitute(goal=context.goal, input=input_block(context.input))
        request = ModelRequest(system=self._plan_system, prompt=prompt)

        def steps_of(answer: ModelAnswer) -> list[str]:
            return parse_plan(answer.text, context.goal)

        answer = await context.complete(
            "plan", request, tells=lambda answer: Told(PlanGenerated(steps=steps_of(answer)), ROLE)
        )
        steps = steps_of(answer)
        context.report(progress=PLANNED, message=f"Planned {_counted(steps)}")
        return answer, steps

    def _announce(self, context: RunContext, number: int, steps: list[str]) -> None:
        done = PLANNED + (1 - PLANNED) * (number - 1) / len(steps)
        description = steps[number - 1]
        message = f"Step {number} of {len(steps)}: {description}"
        context.report(iteration=number + 1, progress=round(done, 4), current_agent=ROLE, message=message)
        context.emit(Executing(step=number, of=len(steps), description=description), ROLE)

    def _execute_request(
        self, context: RunContext, steps: list[str], number: int, description: str, earlier: list[ModelAnswer]
    ) -> ModelRequest:
        prompt = self._execute_prompt.substitute(
            goal=context.goal,
            input=input_block(context.input),
            plan="\n".join(f"{position}. {step}" for position, step in enumerate(steps, start=1)),
            earlier="\n\n".join(
                f"{position}. {shortened(answer.text.strip(), LONGEST_EARLIER_OUTPUT)}"
                for position, answer in enumerate(earlier, start=1)
            )
            or "none yet",
            number=number,
            of=len(steps),
            description=description,
        )
        return ModelRequest(system=self._execute_system, prompt=prompt)


def _counted(steps: list[str]) -> str:
    return "1 step" if len(steps) == 1 else f"{len(steps)} steps"


def _result(steps: list[str], answers: list[ModelAnswer], *, is_demo: bool) -> dict[str, JsonValue]:
    limit = LONGEST_OUTPUTS // len(steps)
    outputs: list[JsonValue] = [
        {"step": step, "output": shortened(answer.text.strip(), limit)}
        for step, answer in zip(steps, answers, strict=True)
    ]
    result: dict[str, JsonValue] = {
        "summary": shortened(answers[-1].text.strip(), LONGEST_SUMMARY),
        "steps": outputs,
        "model": answers[-1].model,
    }
    return {**result, "note": DEMO_NOTE} if is_demo else result
