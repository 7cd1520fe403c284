"""The tasks of all faces: how they are spelled, and the run that does them."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from agent_runner.domain.budget import RunBudget
from agent_runner.domain.catalog import agent_names, is_agent_name
from agent_runner.domain.model import check_alias
from agent_runner.domain.wording import json_text
from agent_runner.errors import InvalidInput, NotFound
from agent_runner.settings import Settings
from agent_runner.store.new_runs import NewRun

LARGEST_TEXT_BYTES: Final = 64 * 1024
LIMITS: Final = ("cost_usd", "model_calls", "on_budget", "seconds", "tokens")
MOST_ATTEMPTS: Final = 100
LONGEST_SECONDS: Final = 604_800.0


def new_run_of_task(settings: Settings, title: str, prompt: str, agent: str) -> NewRun:
    """The first run of a task that is still to be made, with the settings' limits."""
    return NewRun(
        goal=prompt,
        agent=agent,
        input=json.dumps({"title": title}),
        config="{}",
        max_attempts=settings.run_max_attempts,
        time_limit_seconds=settings.run_time_limit_seconds,
        default_budget=settings.default_budget,
        task_id=str(uuid.uuid4()),
    )


def with_wishes(
    run: NewRun,
    settings: Settings,
    *,
    config: Mapping[str, Any] | None,
    budget: Mapping[str, Any] | None,
    model: str | None,
) -> NewRun:
    """The run as somebody wants it. Raises InvalidInput for what cannot be used; the agent itself reads its config."""
    if not is_agent_name(run.agent):
        known = ", ".join(sorted(agent_names()))
        raise InvalidInput(
            f"there is no agent {run.agent!r}", next_step=f"name one of these: {known}, host:NAME or topology:NAME"
        )
    if model is not None:
        check_alias(model, settings.aliases)
    limits = {**(budget or {})}
    if unknown := sorted(limits.keys() - set(LIMITS)):
        raise InvalidInput(f"a budget has no {unknown[0]!r}", next_step=f"it has: {', '.join(LIMITS)}")
    given = {**(config or {})}
    return replace(
        run,
        config=_as_json("config", given),
        max_attempts=_attempts(given, run.max_attempts),
        time_limit_seconds=_seconds(limits.pop("seconds", None), run.time_limit_seconds),
        budget=_budget(limits, settings.run_budget_ask_seconds),
        model=model,
    )


def said(name: str, text: str) -> str:
    """Raises InvalidInput for a text that says nothing or cannot be stored."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidInput(f"{name} holds half of a surrogate pair, which cannot be stored") from None
    if not text.strip() or "\x00" in text:
        raise InvalidInput(f"{name} must say something, and hold no NUL character (got {text[:200]!r})")
    if size > LARGEST_TEXT_BYTES:
        raise InvalidInput(f"{name} is {size} bytes long; at most {LARGEST_TEXT_BYTES} are taken")
    return text


def spelled(task_id: str) -> str:
    """The one spelling of a task's id. Raises NotFound for what is no id."""
    try:
        return str(uuid.UUID(task_id))
    except ValueError:
        raise NotFound(f"task {task_id!r} does not exist: a task's id is a UUID") from None


def is_task_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _as_json(name: str, given: Mapping[str, Any]) -> str:
    try:
        return json_text(given)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"the {name} {given!r} is not JSON: {error}") from None


def _attempts(config: Mapping[str, Any], default: int) -> int:
    wanted = config.get("max_attempts", default)
    if type(wanted) is not int or not 1 <= wanted <= MOST_ATTEMPTS:
        raise InvalidInput(f"max_attempts is {wanted!r}: write a whole number from 1 to {MOST_ATTEMPTS}")
    return wanted


def _seconds(wanted: object, default: float) -> float:
    if wanted is None:
        return default
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not 0 < wanted <= LONGEST_SECONDS:
        raise InvalidInput(f"a budget of {wanted!r} seconds is none: write a number up to {LONGEST_SECONDS:g}")
    return float(wanted)


def _budget(limits: Mapping[str, Any], ask_seconds: float) -> str | None:
    patience = ask_seconds if limits.get("on_budget") == "ask" else 0
    try:
        return RunBudget.model_validate({**limits, "ask_seconds": patience or None}).text
    except ValidationError as error:
        problem = error.errors()[0]
        sentence = f"the budget {problem['loc'][0]} is {problem['input']!r}: {problem['msg'].lower()}"
        raise InvalidInput(sentence) from None
