"""The verbs of both clients, against a real API and a real worker."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_runner.client import (
    ApiUnreachable,
    Client,
    ClientError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    RunStatus,
    StillPending,
    TaskState,
)
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.mixin import BUILT_IN_MIXINS
from agent_runner.domain.model import Models
from agent_runner.domain.topology import DebateConfig, TopologyType
from tests.client.conftest import Open, Speaker, broken_link
from tests.e2e.conftest import Site, free_port

pytestmark = pytest.mark.processes

TOMORROW = datetime.now(UTC) + timedelta(days=1)


def test_a_submitted_run_is_queued_and_waited_for(client: Speaker) -> None:
    run = client.call("submit", "Say hello", priority=3, input={"tone": "kind"})
    assert (run.status, run.goal, run.priority, run.input) == (RunStatus.QUEUED, "Say hello", 3, {"tone": "kind"})
    ended = client.call("wait", run.id, timeout=30)
    assert ended.status is RunStatus.COMPLETED
    assert ended.result["model"] == "demo"
    assert ended.usage.model_calls > 0
    usage = client.call("usage", run.id)
    assert usage.total == ended.usage
    for parts in (usage.by_agent, usage.by_model):
        assert sum(part.input_tokens for part in parts) == ended.usage.input_tokens
    assert [part.name for part in usage.by_model] == ["demo"]
    assert client.call("status", run.id) == ended


def test_events_are_followed_to_the_end_each_once_and_in_order(client: Speaker) -> None:
    run = client.call("submit", "Say hello")
    followed = client.collect("events", run.id, follow=True)
    assert [event.event_id for event in followed] == list(range(1, len(followed) + 1))
    assert [followed[0].event_type, followed[-1].event_type] == ["RUN_CREATED", "RUN_COMPLETED"]
    assert client.collect("events", run.id) == followed
    assert client.collect("events", run.id, 3) == followed[3:]


def test_following_a_run_that_has_ended_ends_at_once(client: Speaker) -> None:
    run = client.call("wait", client.call("submit", "Say hello").id)
    last = client.collect("events", run.id)[-1].event_id
    assert client.collect("events", run.id, last, follow=True) == []
    assert [event.event_id for event in client.collect("events", run.id, last - 1, follow=True)] == [last]


def test_waiting_for_a_run_that_is_not_due_says_that_it_is_still_pending(client: Speaker) -> None:
    run = client.call("submit", "Later", available_at=TOMORROW)
    assert run.available_at == TOMORROW
    with pytest.raises(StillPending, match=f"run {run.id} is not final yet"):
        client.call("wait", run.id, timeout=0.05)
    with pytest.raises(TimeoutError):
        client.collect("events", run.id, follow=True, timeout=0.05)
    assert client.call("status", run.id).status is RunStatus.QUEUED


def test_a_run_is_cancelled_tried_again_and_deleted(client: Speaker) -> None:
    run = client.call("submit", "Later", available_at=TOMORROW)
    with pytest.raises(Conflict):
        client.call("delete_run", run.id)
    assert client.call("cancel", run.id, reason="not needed").status is RunStatus.CANCELLED
    assert client.collect("events", run.id)[-1].payload == {"reason": "not needed"}
    assert client.call("retry", run.id).status is RunStatus.QUEUED
    assert client.call("wait", run.id).status is RunStatus.COMPLETED
    client.call("delete_run", run.id)
    with pytest.raises(NotFound):
        client.call("status", run.id)


def test_a_run_is_forked_and_what_it_keeps_is_not_done_again(client: Speaker) -> None:
    old = client.call("submit", "Say hello")
    client.call("wait", old.id)
    keys = [step.key for step in client.call("steps", old.id).steps]
    new = client.call("fork", old.id, from_step=keys[-1])
    assert (client.call("wait", new.id).status, new.forked_from) == (RunStatus.COMPLETED, old.id)
    journal = client.call("steps", new.id)
    assert [(step.key, step.replayed) for step in journal.steps] == [(key, key != keys[-1]) for key in keys]
    assert journal.total == len(keys)


def test_runs_are_listed_by_what_they_are_and_page_by_page(client: Speaker) -> None:
    word = f"word{id(client)}"
    ids = [client.call("submit", f"Find {word} {number}", available_at=TOMORROW).id for number in range(3)]
    page = client.call("runs", text=word, status="QUEUED", limit=2)
    assert [run.id for run in page.items] == [ids[2], ids[1]]
    rest = client.call("runs", text=word, limit=2, cursor=page.next_cursor)
    assert [run.id for run in rest.items] == [ids[0]]
    assert client.call("runs", text=word, status=RunStatus.FAILED).items == ()
    assert f"Find {word} 0" in client.call("logs", ids[0])


def test_a_project_is_created_listed_and_deleted(client: Speaker) -> None:
    project = client.call("create_project", "demo", "/srv/not-there", policy={"checks": ["make test"]})
    changed = client.call("update_project", project.id, name="other", policy={"deny": ["*.key"]})
    assert (changed.name, changed.policy["checks"], changed.policy["deny"]) == ("other", ["make test"], ["*.key"])
    project = client.call("update_project", project.id, local_path="/srv/nowhere")
    assert client.call("project", project.id) == project
    assert not project.path_exists
    assert project in client.call("projects").items
    narrowed = {"allowed_paths": {"read": ["src/"], "write": []}, "approve_commits": "never", "approve_plan": True}
    run = client.call("submit", "Say hello", project_id=project.id, **narrowed)
    assert {name: getattr(run, name) for name in narrowed} == narrowed
    assert [each.id for each in client.call("runs", project_id=project.id).items] == [run.id]
    client.call("wait", run.id)
    with pytest.raises(Conflict, match=f"project {project.id} has runs"):
        client.call("delete_project", project.id)
    client.call("delete_run", run.id)
    client.call("delete_project", project.id)
    with pytest.raises(NotFound):
        client.call("project", project.id)


def test_a_task_is_started_followed_and_cannot_run_twice_at_once(client: Speaker) -> None:
    task = client.call("create_task", "Greeting", "Say hello", agent="simple")
    assert (task.status, client.collect("task_events", task.id)) == (TaskState.PENDING, [])
    client.call("start_task", task.id)
    with pytest.raises(Conflict, match="already has run"):
        client.call("start_task", task.id)
    events = client.collect("task_events", task.id, follow=True)
    assert [event.event_id for event in events] == list(range(1, len(events) + 1))
    assert {event.task_id for event in events} == {task.id}
    state = client.call("task_status", task.id)
    assert (state.status, state.progress, state.agent) == (TaskState.SUCCEEDED, 1.0, "simple")
    assert client.call("task", task.id) in client.call("tasks").items
    assert [run.id for run in client.call("runs", task_id=task.id).items] == [state.run_id]
    with pytest.raises(Conflict, match="no run under way"):
        client.call("stop_task", task.id)


def test_following_a_task_waits_for_its_first_run(opened: Open, live: Site) -> None:
    task = opened(live.url).call("create_task", "Greeting", "Say hello")
    with pytest.raises(StillPending, match=f"task {task.id} is not final yet"):
        opened(live.url).collect("task_events", task.id, follow=True, timeout=0.05)


def test_agents_and_workers_are_shown(client: Speaker) -> None:
    agents = {agent.name: agent for agent in client.call("agents")}
    assert (agents["simple"].health, agents["coder"].needs_project) == ("ready", True)
    assert agents["metagpt"].health in {None, "ready", "missing"}
    assert client.call("agent", "coder") == agents["coder"]
    models = client.call("models")
    assert models.aliases["claude-sonnet-4"] == Models.CLAUDE_SONNET_4.meaning
    assert all(worker.report.model.name == "demo" for worker in models.workers)
    assert (models.message is None) == bool(models.workers)
    status = client.call("worker_status")
    assert status.running
    assert [worker.model for worker in status.workers] == ["demo"]


def test_agents_and_topologies_are_defined_and_run(client: Speaker) -> None:
    name, critic = f"ann{id(client)}", AgentType(name=f"ann{id(client)}", config=AgentConfig(model=Models.DEEPSEEK_R1))
    ann = client.call("create_agent", critic)
    assert (ann.kind, ann.version, ann.health, ann.role) == ("type", 1, "ready", "specialist")
    assert ann.config["model"] == "deepseek-r1"
    assert client.call("create_agent", critic) == ann
    new = client.call("create_agent", {"name": name, "role": "critic"})
    assert (new.version, client.call("agent", name, version=1), client.call("agent", name)) == (2, ann, new)
    debate = TopologyType(name=name, config=DebateConfig(max_rounds=2), slots={"debaters": (name, name)})
    duel = client.call("create_topology", debate)
    assert (duel.type, duel.version, duel.config["max_rounds"], duel.slots) == ("debate", 1, 2, dict(debate.slots))
    alone = {"name": f"{name}-x", "config": {"type": "pipeline"}, "slots": {"stages": name}}
    other = client.call("create_topology", alone)
    assert [each for each in client.call("topologies") if each.name.startswith(name)] == [duel, other]
    assert client.call("topology", name, version=1) == duel
    run = client.call("submit", "x", agent=f"topology:{name}", runner="async", available_at=TOMORROW)
    assert (run.agent, run.runner) == (f"topology:{name}", "async")
    with pytest.raises(Conflict, match=f"stands in topologies: {name}, {name}-x"):
        client.call("delete_agent", name)
    client.call("delete_topology", name)
    client.call("delete_topology", other.name)
    client.call("delete_agent", name)
    for verb in ("agent", "topology"):
        with pytest.raises(NotFound, match=f"there is no {verb} '{name}'"):
            client.call(verb, name)
    assert [mixin.name for mixin in client.call("mixins")] == [mixin.name for mixin in BUILT_IN_MIXINS]
    with pytest.raises(NotFound, match="there is no agent 'a b'"):
        client.call("agent", "a b")


def test_a_refusal_carries_status_sentence_and_next_step(client: Speaker) -> None:
    with pytest.raises(NotFound) as missing:
        client.call("status", 10**9)
    assert (missing.value.status, missing.value.detail) == (404, "run 1000000000 does not exist")
    assert missing.value.next_step
    with pytest.raises(InvalidRequest, match="nobody"):
        client.call("submit", "Say hello", agent="nobody")


def test_one_key_makes_one_run_and_no_key_makes_two(client: Speaker) -> None:
    key = f"key-{id(client)}"
    first, second = (client.call("submit", "Once", idempotency_key=key) for _ in range(2))
    assert first.id == second.id
    assert client.call("submit", "Twice").id != client.call("submit", "Twice").id
    with pytest.raises(InvalidRequest, match="another request"):
        client.call("submit", "Something else", idempotency_key=key)


def test_a_submit_whose_answer_is_lost_makes_one_run(opened: Open, live: Site) -> None:
    goal = f"Lost answer {id(opened)}"
    with broken_link(live, broken=2) as link:
        run = opened(link.url).call("submit", goal, available_at=TOMORROW)
        assert link.requests == 3
    assert [each.id for each in opened(live.url).call("runs", text=goal).items] == [run.id]


def test_a_change_whose_answer_is_lost_is_not_made_again(opened: Open, live: Site) -> None:
    run = opened(live.url).call("submit", "Later", available_at=TOMORROW)
    with broken_link(live, broken=1) as link:
        with pytest.raises(ApiUnreachable, match="whether it was done is not known"):
            opened(link.url).call("cancel", run.id)
        assert link.requests == 1


def test_an_api_that_is_not_there_is_unreachable(opened: Open) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    calls: list[tuple[str, Any]] = [("submit", "Say hello"), ("status", 1), ("wait", 1)]
    for verb, argument in calls:
        with pytest.raises(ApiUnreachable, match=f"nothing answers at {url}") as error:
            opened(url).call(verb, argument)
        assert error.value.next_step
    with pytest.raises(ApiUnreachable):
        opened(url).collect("events", 1, follow=True)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://here", "http://", "", "http://[::1"])
def test_what_is_no_url_is_said_at_once(url: str) -> None:
    with pytest.raises(ClientError, match="is not the URL of an API"):
        Client(url)


def test_an_api_with_keys_wants_one(opened: Open, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = Site(tmp_path_factory.mktemp("keys"))
    site.settings["API_KEYS"] = "me:secret-key"
    try:
        site.start("-m", "agent_runner.cli.main", "serve")
        knowing = opened(site.url, api_key="secret-key")
        run = wait_for_api(knowing)
        assert knowing.call("status", run.id).goal == "Say hello"
        with pytest.raises(NotAllowed) as refused:
            opened(site.url).call("status", run.id)
        assert refused.value.status == 401
        with pytest.raises(NotAllowed):
            opened(site.url, api_key="other").call("status", run.id)
    finally:
        site.kill_all()


def wait_for_api(client: Speaker) -> Any:
    while True:
        try:
            return client.call("submit", "Say hello", idempotency_key="first")
        except ApiUnreachable:
            continue


def test_the_client_needs_no_server_code() -> None:
    code = "import sys, agent_runner.client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    rooms = {"store", "api", "worker", "settings", "agents", "llm", "faces", "cli"}
    assert not {f"agent_runner.{room}" for room in rooms} & set(loaded)
    assert not {"fastapi", "starlette", "uvicorn", "sqlalchemy", "sqlmodel"} & set(loaded)


def test_runs_of_several_statuses_are_counted(client: Speaker) -> None:
    word = f"several{id(client)}"
    first, second = (client.call("submit", f"{word} {number}", available_at=TOMORROW).id for number in range(2))
    client.call("cancel", first)
    page = client.call("runs", text=word, status=["QUEUED", RunStatus.CANCELLED], count=True, limit=1)
    assert ([run.id for run in page.items], page.total, page.has_more_than_total) == ([second], 2, False)
    newer = client.call("runs", text=word, newer_than=first, created_after=datetime(2020, 1, 1, tzinfo=UTC))
    assert ([run.id for run in newer.items], newer.total) == ([second], None)
    assert client.call("runs", text=word, created_before=datetime(2020, 1, 1, tzinfo=UTC)).items == ()
    assert client.call("runs", text=word, runner="async").items == ()


def test_many_runs_are_cancelled_and_queued_again_by_a_filter(client: Speaker) -> None:
    word = f"many{id(client)}"
    ids = [client.call("submit", f"{word} {number}", available_at=TOMORROW).id for number in range(3)]
    named = client.call("cancel_runs", ids[:1], reason="enough")
    assert (named.changed, named.skipped, named.more) == ((ids[0],), (), False)
    assert client.collect("events", ids[0])[-1].payload == {"reason": "enough"}
    recent = datetime(2020, 1, 1, tzinfo=UTC)
    others = client.call("cancel_runs", text=word, status=["QUEUED"], created_after=recent)
    assert others.changed == (ids[2], ids[1])
    assert client.call("cancel_runs", text=word, created_before=recent).changed == ()
    again = client.call("retry_runs", ids[:2])
    assert again.changed == tuple(ids[:2])
    for run_id in again.changed:
        client.call("wait", run_id)
    skipped = client.call("retry_runs", ids[:1]).skipped
    assert (skipped[0].id, "is COMPLETED" in skipped[0].reason) == (ids[0], True)
    with pytest.raises(InvalidRequest, match="either by ids or by a filter"):
        client.call("retry_runs")


def test_the_overview_counts_all_runs(client: Speaker) -> None:
    before = client.call("overview", hours=1, buckets=1)
    run = client.call("wait", client.call("submit", "Say hello").id)
    after = client.call("overview")
    assert after.runs.completed > before.runs.completed
    assert (len(before.buckets), len(after.buckets), after.bucket_seconds) == (1, 48, 1800)
    assert after.workers.alive >= 1
    assert sum(bucket.created for bucket in after.buckets) > 0
    assert after.now >= run.completed_at


def test_the_service_tells_what_it_is_and_how_it_is(client: Speaker) -> None:
    about = client.call("about")
    assert about.version
    assert about.database.revision == about.database.newest_revision
    assert {setting.name for setting in about.settings} >= {"DATABASE_URL", "LLM_MODEL"}
    states = {check.name: check.state for check in about.checks}
    assert (states["database"], states["worker"]) == ("ok", "ok")
