"""A coordinator's plan: read out of its answer, and given to those who can do it."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.plan import parse_plan
from agent_runner.domain.outcome import Reply
from agent_runner.topologies.marks import as_text, data_of, words

MOST_READ: Final = 1000
LONGEST_TASK: Final = 4000

_BRACKET: Final = re.compile(r"[*_`]*\[([^\[\]]{1,200})\][*_`]*[\s:.\-\u2013\u2014]*(.*)", re.DOTALL)
_AT_THE_END: Final = re.compile(r"(.*\S)\s*[\[(]([^\[\]()]{1,200})[\])][\s.]*", re.DOTALL)
_BEFORE_COLON: Final = re.compile(r"\(?([\w \-]{1,64})\)?\s*:\s*(.+)", re.DOTALL)
_TASK_FIELDS: Final = ("task", "description", "text", "title", "step", "name", "content")


@dataclass(frozen=True, slots=True)
class Task:
    text: str
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """`can`: its capabilities, and its names, for that is how models address somebody."""

    node: str
    can: frozenset[str]


def read_tasks(reply: Reply, whole: str, known: Collection[str]) -> list[Task]:
    """In their order. An answer that is no plan makes the whole the only task.

    `known` are the words that workers go by; where no bracket stands before a task, one of them may name it otherwise.
    """
    tasks = _of_data(data_of(reply), known) or [
        _task(line, known) for line in parse_plan(words(reply), "", most=MOST_READ, longest=LONGEST_TASK) if line
    ]
    return [task for task in tasks if any(map(str.isalnum, task.text))] or [Task(whole)]


def assign(tasks: Iterable[Task], workers: list[Worker], most_per_agent: int | None) -> list[Worker | None]:
    """To the least loaded who can do it, else to the least loaded of all; None when nobody may be given more."""
    load = {worker.node: 0 for worker in workers}
    given: list[Worker | None] = []
    for task in tasks:
        free = [worker for worker in workers if most_per_agent is None or load[worker.node] < most_per_agent]
        wanted = {as_word(word) for word in re.split(r"[,/]", task.capability or "")}
        able = [worker for worker in free if wanted & worker.can]
        chosen = min(able or free, key=lambda worker: load[worker.node], default=None)
        if chosen is not None:
            load[chosen.node] += 1
        given.append(chosen)
    return given


def as_word(text: str) -> str:
    """As capabilities are compared: `Data Analysis` is `data-analysis`."""
    return re.sub(r"[\s_]+", "-", text.strip().casefold())


def _task(line: str, known: Collection[str]) -> Task:
    if found := _BRACKET.fullmatch(line):
        return Task(found.group(2).strip(), found.group(1).strip())
    for pattern, of_word, of_text in ((_BEFORE_COLON, 1, 2), (_AT_THE_END, 2, 1)):
        if (found := pattern.fullmatch(line)) and as_word(found.group(of_word)) in known:
            return Task(found.group(of_text).strip(), found.group(of_word).strip())
    return Task(line)


def _of_data(data: JsonValue, known: Collection[str]) -> list[Task]:
    """An array of tasks, or an object that holds one."""
    if isinstance(data, dict):
        arrays = (value for value in data.values() if isinstance(value, list))
        return next((tasks for array in arrays if (tasks := _of_data(array, known))), list[Task]())
    if not isinstance(data, list):
        return []
    return [task for item in data[:MOST_READ] if (task := _of_item(item, known)) is not None]


def _of_item(item: JsonValue, known: Collection[str]) -> Task | None:
    if isinstance(item, str):
        return _task(item.strip()[:LONGEST_TASK], known)
    if not isinstance(item, dict):
        return None
    text = next((as_text(item[name]) for name in _TASK_FIELDS if item.get(name)), "")
    capability = as_text(item.get("capability") or "")
    return Task(text[:LONGEST_TASK], capability or None)
