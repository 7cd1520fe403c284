"""Delegation: a coordinator splits the task, workers do the parts, the coordinator reports on the whole."""

from collections import Counter
from typing import Final

from agent_runner.agents.prompt import shortened
from agent_runner.domain.outcome import Assignment, DelegationOutcome, Reply
from agent_runner.domain.topology import COORDINATOR, WORKERS, DelegationConfig, Seat
from agent_runner.topologies.marks import words
from agent_runner.topologies.scene import Question, Scene
from agent_runner.topologies.tasks import Task, Worker, as_word, assign, read_tasks
from agent_runner.topologies.wording import block, instructions, message

LONGEST_DESCRIPTION: Final = 300
"""Of a worker, for the coordinator."""

Given = list[tuple[Task, Seat]]


async def delegation(scene: Scene, task: str) -> DelegationOutcome:
    coordinator = scene.seats(COORDINATOR)[0]
    seats = {seat.node: seat for seat in scene.seats(WORKERS)}
    scene.tell(0.0, f"{coordinator.node} splits the task")
    given, left_out = await _plan(scene, task, coordinator, seats)
    scene.tell(0.2, f"{len(given)} tasks for {len({seat.node for _, seat in given})} workers")
    replies = await _work(scene, task, given)
    scene.tell(0.9, f"{coordinator.node} reports")
    report = await _report(scene, task, coordinator, list(zip(given, replies, strict=True)), left_out)
    load = Counter(seat.node for _, seat in given)
    return DelegationOutcome(
        output=words(report),
        failures=tuple(scene.failures),
        assignments=tuple(
            Assignment(
                task=each.text, capability=each.capability, node=seat.node, text=None if reply is None else words(reply)
            )
            for (each, seat), reply in zip(given, replies, strict=True)
        ),
        load={node: load[node] for node in seats},
        left_out=left_out,
    )


async def _plan(scene: Scene, task: str, coordinator: Seat, seats: dict[str, Seat]) -> tuple[Given, int]:
    """Who does what, and how many tasks are left out because they are more than may be given."""
    config = scene.topology.config
    assert isinstance(config, DelegationConfig)
    team = "\n".join(_introduced(scene, seat) for seat in seats.values())
    question = Question(
        key="plan",
        seat=coordinator,
        message=message(task, block("workers", team)),
        instructions=instructions("plan", most=config.max_tasks),
    )
    reply = await scene.ask(question)
    workers = [_worker(scene, seat) for seat in seats.values()]
    tasks = read_tasks(reply, task, frozenset[str]().union(*(worker.can for worker in workers)))
    chosen = assign(tasks[: config.max_tasks], workers, config.most_per_agent)
    given = [(each, seats[worker.node]) for each, worker in zip(tasks, chosen, strict=False) if worker is not None]
    return given, len(tasks) - len(given)


def _introduced(scene: Scene, seat: Seat) -> str:
    agent = scene.agent(seat)
    can = "".join(f" [{capability}]" for capability in agent.config.capabilities)
    description = shortened(" ".join(agent.description.split()), LONGEST_DESCRIPTION)
    return f"- {seat.node}{can}" + (f": {description}" if description else "")


def _worker(scene: Scene, seat: Seat) -> Worker:
    words_for_it = (*scene.agent(seat).config.capabilities, seat.node, seat.agent)
    return Worker(seat.node, frozenset(map(as_word, words_for_it)))


async def _work(scene: Scene, task: str, given: Given) -> list[Reply | None]:
    asked_for = instructions("worker")
    questions = [
        Question(
            key=f"task-{number}/{seat.node}",
            seat=seat,
            message=message(task, block("your-task", each.text)) if len(given) > 1 or each.text != task else task,
            instructions=asked_for,
        )
        for number, (each, seat) in enumerate(given, start=1)
    ]
    return await scene.ask_all("tasks", questions)


async def _report(
    scene: Scene, task: str, coordinator: Seat, done: list[tuple[tuple[Task, Seat], Reply | None]], left_out: int
) -> Reply:
    results = [
        block(
            "result",
            f"{each.text}\n\n{'Not done: the worker has failed.' if reply is None else words(reply)}",
            of=len(done),
            task=number,
            by=seat.node,
        )
        for number, ((each, seat), reply) in enumerate(done, start=1)
    ]
    if left_out:
        results.append(f"{left_out} more of your tasks were given to nobody: they are more than may be given.")
    question = Question(
        key="report", seat=coordinator, message=message(task, *results), instructions=instructions("report")
    )
    return await scene.ask(question)
