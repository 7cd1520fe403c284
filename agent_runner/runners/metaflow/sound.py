"""Whether a compiled workflow is one that its engine would take: everything that is named is there, and it ends."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from agent_runner.runners.metaflow.generate import LEAST_SECONDS

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?=[.\s()&|!]|$)")
_GOES_ON: Final = frozenset({"Task", "Map", "Parallel", "Pass", "Wait"})
Json = Mapping[str, Any]


def check_argo(workflow: Json) -> list[str]:
    """What is wrong with a WorkflowTemplate; nothing where it is sound."""
    if workflow.get("kind") != "WorkflowTemplate":
        return [f"its kind is {workflow.get('kind')!r}, and not 'WorkflowTemplate'"]
    spec = workflow["spec"]
    templates: dict[str, Json] = {template["name"]: template for template in spec["templates"]}
    problems = [f"it has no template {spec['entrypoint']!r}"] if spec["entrypoint"] not in templates else []
    uses: dict[str, set[str]] = {}
    for name, template in templates.items():
        tasks: list[Json] = [*template.get("dag", {}).get("tasks", ()), *_flat(template.get("steps", ()))]
        uses[name] = {task["template"] for task in tasks if "template" in task}
        problems += [f"{name} uses {used!r}, which is no template" for used in sorted(uses[name] - templates.keys())]
        problems += _task_problems(name, template.get("dag", {}).get("tasks", ()))
        seconds = template.get("activeDeadlineSeconds")
        if isinstance(seconds, int) and seconds < LEAST_SECONDS:
            problems.append(f"{name} has {seconds} s, fewer than {LEAST_SECONDS}")
    return problems + [f"{name} uses itself" for name in _in_cycles(uses)]


def _flat(steps: Iterable[Any]) -> list[Json]:
    groups = (cast("list[Json]", group) if isinstance(group, list) else [group] for group in steps)
    return [each for group in groups for each in group]


def _task_problems(template: str, tasks: Iterable[Json]) -> list[str]:
    waits: dict[str, set[str]] = {}
    for task in tasks:
        said = set(_NAME.findall(task.get("depends", "")))
        waits[task["name"]] = {*task.get("dependencies", ()), *(word for word in said if word not in _STATES)}
    unknown = [
        f"{template}: {name} waits for {other!r}, which is no task"
        for name, others in waits.items()
        for other in sorted(others - waits.keys())
    ]
    return unknown + [f"{template}: {name} waits for itself" for name in _in_cycles(waits)]


_STATES: Final = frozenset({"Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned", "AnySucceeded"})


def _in_cycles(edges: Mapping[str, set[str]]) -> list[str]:
    left = {name: others & edges.keys() for name, others in edges.items()}
    while free := [name for name, others in left.items() if not others]:
        for name in free:
            del left[name]
        left = {name: others - set(free) for name, others in left.items()}
    return sorted(left)


def check_step_functions(machine: Json) -> list[str]:
    """What is wrong with a state machine, and with those within it; nothing where it is sound."""
    return list(_machine_problems("the machine", machine))


def _machine_problems(where: str, machine: Json) -> Iterator[str]:
    states: Mapping[str, Json] = machine.get("States", {})
    if machine.get("StartAt") not in states:
        yield f"{where} starts at {machine.get('StartAt')!r}, which is no state"
    follows: dict[str, set[str]] = {}
    for name, state in states.items():
        follows[name] = {state["Next"]} if "Next" in state else set()
        if unknown := follows[name] - states.keys():
            yield f"{where}: {name} goes on with {unknown.pop()!r}, which is no state"
        if state.get("Type") in _GOES_ON and ("Next" in state) == bool(state.get("End")):
            yield f"{where}: {name} must either go on or be the end"
        yield from _inner_problems(f"{where} > {name}", state)
    yield from (f"{where}: {name} comes back to itself" for name in _in_cycles(follows))
    reached = {machine.get("StartAt"), *(name for names in follows.values() for name in names)}
    yield from (f"{where}: nothing leads to {name}" for name in sorted(states.keys() - reached))


def _inner_problems(where: str, state: Json) -> Iterator[str]:
    match state.get("Type"):
        case "Map":
            inner = state.get("ItemProcessor") or state.get("Iterator")
            if inner is None:
                yield f"{where} is a Map of nothing"
            else:
                yield from _machine_problems(where, inner)
        case "Parallel":
            if not state.get("Branches"):
                yield f"{where} has no branches"
            for branch in state.get("Branches", ()):
                yield from _machine_problems(where, branch)
        case "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail":
            pass
        case kind:
            yield f"{where} is of the type {kind!r}, which is none"
