"""Every verb of the client, once: what it asks of the API and what it gives back."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, JsonValue, TypeAdapter

from agent_runner.client.records import (
    Agent,
    Approval,
    Artifact,
    Artifacts,
    Diff,
    Journal,
    Mixin,
    Page,
    Project,
    Run,
    RunPage,
    RunUsage,
    Task,
    TaskStatus,
    Topology,
)
from agent_runner.client.steps import Call, Program, deliver
from agent_runner.domain.clock import to_wire
from agent_runner.domain.run import RunStatus

if TYPE_CHECKING:
    from agent_runner.domain.graph import Graph

R = TypeVar("R", bound=BaseModel)


def record(model: type[R]) -> Callable[[httpx.Response], R]:
    return lambda answer: model.model_validate_json(answer.content)


def _nothing(answer: httpx.Response) -> None:
    del answer


def given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


# ---- runs


def submit(  # noqa: PLR0913 - the fields of POST /runs
    goal: str,
    *,
    project_id: int | None = None,
    agent: str | None = None,
    model: str | None = None,
    runner: str | None = None,
    input: dict[str, JsonValue] | None = None,  # noqa: A002 - the API's word
    priority: int | None = None,
    available_at: datetime | None = None,
    config: dict[str, JsonValue] | None = None,
    budget: dict[str, JsonValue] | None = None,
    on_budget: str | None = None,
    allowed_paths: dict[str, JsonValue] | None = None,
    approve_commits: str | None = None,
    approve_plan: bool | None = None,
    idempotency_key: str | None = None,
) -> Program[Run]:
    """Queues a run. A key is made up when none is given, so that trying again never makes two runs.

    `runner` schedules the agents of a topology: local, async, metaflow, or one that the workers have.
    """
    body = given(
        goal=goal,
        project_id=project_id,
        agent=agent,
        model=model,
        runner=runner,
        input=input,
        priority=priority,
        available_at=available_at and to_wire(available_at),
        config=config,
        budget=budget,
        on_budget=on_budget,
        allowed_paths=allowed_paths,
        approve_commits=approve_commits,
        approve_plan=approve_plan,
    )
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    return deliver(Call(method="POST", path="/runs", read=record(Run), body=body, headers=headers, is_repeatable=True))


def status(run_id: int) -> Program[Run]:
    return deliver(run_call(run_id))


def run_call(run_id: int) -> Call[Run]:
    return get(f"/runs/{run_id}", record(Run))


def runs(  # noqa: PLR0913 - the parameters of GET /runs
    *,
    status: RunStatus | str | Sequence[RunStatus | str] | None = None,
    project_id: int | None = None,
    task_id: str | None = None,
    agent: str | None = None,
    runner: str | None = None,
    text: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    newer_than: int | None = None,
    count: bool | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Program[RunPage]:
    """Newest first, of one status or of several. `text` is looked for in the goal; `newer_than` is the id of a run.

    `count` also counts all that match, see `RunPage`; `cursor` is the `next_cursor` of the page before.
    """
    query = given(
        status=status,
        project_id=project_id,
        task_id=task_id,
        agent=agent,
        runner=runner,
        text=text,
        created_after=created_after and to_wire(created_after),
        created_before=created_before and to_wire(created_before),
        newer_than=newer_than,
        count=count,
        limit=limit,
        cursor=cursor,
    )
    return deliver(get("/runs", record(RunPage), **query))


def logs(run_id: int) -> Program[str]:
    return deliver(get(f"/runs/{run_id}/logs", lambda answer: answer.text))


def cancel(run_id: int, *, reason: str | None = None) -> Program[Run]:
    """Asks for it: a run that waits ends at once, a running one when its worker has stopped the agent."""
    return deliver(Call(method="POST", path=f"/runs/{run_id}/cancel", read=record(Run), body=given(reason=reason)))


def retry(run_id: int, *, budget: dict[str, JsonValue] | None = None) -> Program[Run]:
    """Queues a FAILED or CANCELLED run again, with larger limits if wanted; its finished steps are not repeated."""
    return deliver(Call(method="POST", path=f"/runs/{run_id}/retry", read=record(Run), body=given(budget=budget)))


def fork(
    run_id: int,
    *,
    from_step: str | None = None,
    goal: str | None = None,
    model: str | None = None,
    idempotency_key: str | None = None,
) -> Program[Run]:
    """Queues a new run that keeps the finished steps of this one before `from_step`, or all, and goes on from there."""
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    body = given(from_step=from_step, goal=goal, model=model)
    path = f"/runs/{run_id}/fork"
    return deliver(Call(method="POST", path=path, read=record(Run), body=body, headers=headers, is_repeatable=True))


def steps(run_id: int) -> Program[Journal]:
    """The run's finished steps, in the order in which they were begun."""
    return deliver(get(f"/runs/{run_id}/steps", record(Journal)))


def usage(run_id: int) -> Program[RunUsage]:
    """What the run has consumed, by agent role and by model."""
    return deliver(get(f"/runs/{run_id}/usage", record(RunUsage)))


def graph(run_id: int) -> "Program[Graph]":
    """Of a run that is a topology: its nodes, and what has become of each until now."""
    return _graph(f"/runs/{run_id}/graph")


def topology_graph(name: str) -> "Program[Graph]":
    """Who is in a topology of the catalog, and who hands what to whom."""
    return _graph(f"/topologies/{quote(name, safe='')}/graph")


def _graph(path: str) -> "Program[Graph]":
    from agent_runner.domain.graph import Graph  # noqa: PLC0415 - slow to import, and seldom asked for

    return deliver(get(path, record(Graph)))


def delete_run(run_id: int) -> Program[None]:
    return deliver(Call(method="DELETE", path=f"/runs/{run_id}", read=_nothing))


# ---- what runs ask, and what they leave behind


def approvals(
    *, status: str | None = None, run_id: int | None = None, limit: int | None = None, cursor: str | None = None
) -> Program[Page[Approval]]:
    """Newest first; `status="OPEN"` is what waits for somebody."""
    query = given(status=status, run_id=run_id, limit=limit, cursor=cursor)
    return deliver(get("/approvals", record(Page[Approval]), **query))


def approve(
    run_id: int,
    *,
    diff_sha: str | None = None,
    comment: str | None = None,
    approval_id: int | None = None,
    accept_flags: Sequence[str] = (),
) -> Program[Approval]:
    """Lets the run go on. A question about a diff wants its hash, and every flag of it by name."""
    body = given(diff_sha=diff_sha, comment=comment, approval_id=approval_id, accept_flags=list(accept_flags))
    return _decide(run_id, "approve", body)


def reject(run_id: int, comment: str, *, revise: bool = False, approval_id: int | None = None) -> Program[Approval]:
    """Cancels the run, or with `revise` has the agent try again."""
    return _decide(run_id, "reject", given(comment=comment, revise=revise, approval_id=approval_id))


def give_input(run_id: int, text: str, *, approval_id: int | None = None) -> Program[Approval]:
    """Answers a question of the kind INPUT."""
    return _decide(run_id, "input", given(text=text, approval_id=approval_id))


def _decide(run_id: int, how: str, body: dict[str, Any]) -> Program[Approval]:
    """Only a decision that names its question can be sent twice: without, it may meet the next one."""
    path, is_repeatable = f"/runs/{run_id}/{how}", "approval_id" in body
    return deliver(Call(method="POST", path=path, read=record(Approval), body=body, is_repeatable=is_repeatable))


def artifacts(run_id: int) -> Program[tuple[Artifact, ...]]:
    """By path."""
    return deliver(get(f"/runs/{run_id}/artifacts", lambda answer: record(Artifacts)(answer).artifacts))


def artifact(run_id: int, path: str) -> Program[bytes]:
    """The content of one file."""
    return deliver(get(f"/runs/{run_id}/artifacts/{quote(path)}", lambda answer: answer.content))


def diff(run_id: int) -> Program[Diff]:
    """The diff of the run's latest question about one."""
    return deliver(get(f"/runs/{run_id}/diff", _diff))


def _diff(answer: httpx.Response) -> Diff:
    text = answer.content.decode("utf-8", "replace")
    named = {"diff_sha": answer.headers.get("Diff-Sha256"), "approval_id": answer.headers.get("Approval-Id")}
    return Diff.model_validate({"text": text} | named)


# ---- projects


def create_project(name: str, local_path: str, *, policy: dict[str, JsonValue] | None = None) -> Program[Project]:
    """`policy` has the fields that POST /projects documents: what runs may do, and what a person is asked."""
    body = given(name=name, local_path=local_path, policy=policy)
    return deliver(Call(method="POST", path="/projects", read=record(Project), body=body))


def update_project(
    project_id: int,
    *,
    name: str | None = None,
    local_path: str | None = None,
    policy: dict[str, JsonValue] | None = None,
) -> Program[Project]:
    """Changes what is named; of the policy, too, only the fields that are in it."""
    body = given(name=name, local_path=local_path, policy=policy)
    path = f"/projects/{project_id}"
    return deliver(Call(method="PATCH", path=path, read=record(Project), body=body, is_repeatable=True))


def project(project_id: int) -> Program[Project]:
    return deliver(get(f"/projects/{project_id}", record(Project)))


def projects(*, limit: int | None = None, cursor: str | None = None) -> Program[Page[Project]]:
    return deliver(get("/projects", record(Page[Project]), **given(limit=limit, cursor=cursor)))


def delete_project(project_id: int) -> Program[None]:
    return deliver(Call(method="DELETE", path=f"/projects/{project_id}", read=_nothing))


# ---- tasks


def create_task(title: str, input_prompt: str, *, agent: str | None = None) -> Program[Task]:
    body = given(title=title, input_prompt=input_prompt, agent=agent)
    return deliver(Call(method="POST", path="/tasks", read=record(Task), body=body))


def tasks(*, limit: int | None = None, cursor: str | None = None) -> Program[Page[Task]]:
    return deliver(get("/tasks", record(Page[Task]), **given(limit=limit, cursor=cursor)))


def task(task_id: str) -> Program[Task]:
    return deliver(get(f"/tasks/{task_id}", record(Task)))


def start_task(task_id: str) -> Program[None]:
    """Queues a run of the task. Raises Conflict while one is under way."""
    return deliver(Call(method="POST", path=f"/tasks/{task_id}/run", read=_nothing, body={}))


def task_status(task_id: str) -> Program[TaskStatus]:
    return deliver(task_status_call(task_id))


def task_status_call(task_id: str) -> Call[TaskStatus]:
    return get(f"/tasks/{task_id}/state", record(TaskStatus))


def stop_task(task_id: str) -> Program[None]:
    return deliver(Call(method="POST", path=f"/tasks/{task_id}/stop", read=_nothing, body={}))


# ---- the catalog


Definition = BaseModel | Mapping[str, JsonValue]
"""As a model of agent_runner.domain, or as JSON has it."""

_AGENTS = TypeAdapter(tuple[Agent, ...])
_TOPOLOGIES = TypeAdapter(tuple[Topology, ...])
_MIXINS = TypeAdapter(tuple[Mixin, ...])


def agents() -> Program[tuple[Agent, ...]]:
    """What runs can name, and what stands in the slots of topologies: see `kind`."""
    return deliver(get("/agents", lambda answer: _AGENTS.validate_json(answer.content)))


def agent(name: str, *, version: int | None = None) -> Program[Agent]:
    return deliver(get(f"/agents/{quote(name, safe='')}", record(Agent), **given(version=version)))


def create_agent(definition: Definition) -> Program[Agent]:
    """An agent for the slots of topologies, or a new version of it; the same definition again changes nothing.

    An AgentType, or the fields that POST /agents documents.
    """
    return deliver(_put("/agents", definition, record(Agent)))


def delete_agent(name: str) -> Program[None]:
    return deliver(Call(method="DELETE", path=f"/agents/{quote(name, safe='')}", read=_nothing))


def topologies() -> Program[tuple[Topology, ...]]:
    """By name."""
    return deliver(get("/topologies", lambda answer: _TOPOLOGIES.validate_json(answer.content)))


def topology(name: str, *, version: int | None = None) -> Program[Topology]:
    return deliver(get(f"/topologies/{quote(name, safe='')}", record(Topology), **given(version=version)))


def create_topology(definition: Definition) -> Program[Topology]:
    """As `create_agent`: a TopologyType, or the fields that POST /topologies documents."""
    return deliver(_put("/topologies", definition, record(Topology)))


def delete_topology(name: str) -> Program[None]:
    return deliver(Call(method="DELETE", path=f"/topologies/{quote(name, safe='')}", read=_nothing))


def mixins() -> Program[tuple[Mixin, ...]]:
    """What agents of topologies can have."""
    return deliver(get("/mixins", lambda answer: _MIXINS.validate_json(answer.content)))


def _put(path: str, definition: Definition, read: Callable[[httpx.Response], Any]) -> Call[Any]:
    """Twice is as good as once: the second time it is there already."""
    body = definition.model_dump(mode="json") if isinstance(definition, BaseModel) else dict(definition)
    return Call(method="POST", path=path, read=read, body=body, is_repeatable=True)


def get(path: str, read: Callable[[httpx.Response], Any], **query: Any) -> Call[Any]:
    return Call(method="GET", path=path, read=read, query=query, is_repeatable=True)
