"""Limits of runs: what comes in, what goes out, and what the store keeps of them."""

from typing import Any

from pydantic import ConfigDict, Field

from agent_runner.api import examples
from agent_runner.api.fields import Input, Output, WholeNumber
from agent_runner.domain.budget import Budget, Consumed, OnBudget, RunBudget, shown
from agent_runner.errors import InvalidInput
from agent_runner.settings import Settings
from agent_runner.store.run_queries import RunRecord


class BudgetWanted(Input):
    """Limits of one run; what is left out has the limit of the settings, if they name one."""

    cost_usd: float | None = Field(
        None, gt=0, le=1_000_000, description="US dollars, of the model calls whose price is known."
    )
    tokens: WholeNumber | None = Field(
        None, gt=0, le=10**15, description="In and out; estimated where a server does not count."
    )
    model_calls: WholeNumber | None = Field(None, gt=0, le=10**9)
    seconds: float | None = Field(None, gt=0, le=604800, description="How long the agent may work, in all attempts.")

    @property
    def limits(self) -> Budget:
        """Without the seconds, which are the run's time limit."""
        return Budget.model_validate(self.model_dump(exclude={"seconds"}))


class BudgetPublic(Output):
    """The limits as they are now, with what was granted. null: no limit. Looked at before each model call."""

    cost_usd: float | None = None
    tokens: int | None = None
    model_calls: int | None = None
    seconds: float


class RetryRequest(Input):
    model_config = ConfigDict(json_schema_extra=examples.RETRY)

    budget: BudgetWanted | None = Field(
        None, description="Larger limits than those that ended the run; what is left out stays as it is."
    )


def own_budget(wanted: BudgetWanted | None, on_budget: OnBudget, settings: Settings) -> str | None:
    """What the run itself names, and what it does at a limit; None for a run that says nothing."""
    limits = wanted.limits if wanted else Budget()
    patience = settings.run_budget_ask_seconds if on_budget is OnBudget.ASK else 0
    return RunBudget(**limits.model_dump(), on_budget=on_budget, ask_seconds=patience or None).text


def public_budget(budget: str | None, seconds: float) -> dict[str, Any]:
    """The fields of a run that show its limits."""
    kept = RunBudget.read(budget)
    return {"budget": BudgetPublic(**kept.limits(), seconds=seconds), "on_budget": kept.on_budget}


def larger_budget(run: RunRecord, wanted: BudgetWanted) -> dict[str, Any]:
    """The columns of the run that change. Raises InvalidInput for a limit that the run has reached already."""
    budget = RunBudget.read(run.budget).replaced(wanted.limits)
    used = Consumed(cost_usd=run.cost_usd, tokens=run.input_tokens + run.output_tokens, model_calls=run.model_calls)
    reached = budget.reached_by(used)
    if reached is not None:
        raise InvalidInput(
            f"run {run.id} has used {shown(reached.used)} {reached.budget}, so that a budget of {shown(reached.limit)}"
            " allows no further model call",
            next_step=f"retry it with a larger {reached.budget}",
        )
    columns: dict[str, Any] = {"budget": budget.text}
    return columns if wanted.seconds is None else columns | {"time_limit_seconds": wanted.seconds}
