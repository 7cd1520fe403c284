"""What a worker prepares and clears away for a flow whose steps are on other machines."""

import asyncio
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from agent_runner.agents.base import Admission
from agent_runner.domain.catalog import FlowEnvironment
from agent_runner.errors import AgentFailed, OverBudget
from agent_runner.runners.metaflow.process import FlowHome
from agent_runner.runners.metaflow.site import OF_CLAIM, OF_RUN, There
from tests.metaflow.conftest import Kubernetes

TOKEN = "artk_of_a_test_0123456789"


class Attempt:
    """As much of a context as there is to prepare with: the second claim of run 7."""

    run_id = 7

    def __init__(self) -> None:
        self.told: list[str] = []
        self.elsewhere = self

    async def admit(self) -> Admission:
        return Admission(url="https://runner.example.org", token=TOKEN, claim=2)

    def emit(self, payload: Any, agent_role: str | None = None) -> None:
        self.told.append(payload.message)


def there(attempt: Attempt, environment: FlowEnvironment = FlowEnvironment.KUBERNETES) -> There:
    return There(cast("Any", attempt), environment)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlowHome:
    monkeypatch.setenv("METAFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("METAFLOW_KUBERNETES_LABELS", "team=writers")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-worker-0123456789")
    found = FlowHome(tmp_path / "flow", "solo_flow.py")
    found.write("")
    return found


def start_job(kubernetes: Kubernetes, name: str, labels: dict[str, str], command: str = "sleep 600") -> None:
    container = {"name": "step", "image": "i", "env": [], "command": ["sh", "-c", command]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "restartPolicy": "Never"}}
    job = {"metadata": {"generateName": f"{name}-", "labels": labels}, "spec": {"template": template}}
    httpx.post(f"{kubernetes.url}/apis/batch/v1/namespaces/default/jobs", json=job).raise_for_status()


def jobs(kubernetes: Kubernetes) -> list[str]:
    return sorted(job["metadata"]["name"].rpartition("-")[0] for job in kubernetes.jobs())


async def test_what_an_earlier_attempt_has_left_is_deleted_first_and_what_this_one_has_left_at_last(
    kubernetes: Kubernetes, home: FlowHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubernetes.kubeconfig))
    attempt = Attempt()
    site = there(attempt)
    own = {OF_RUN: site._name(await attempt.admit()), OF_CLAIM: "2"}
    earlier = own | {OF_CLAIM: "1"}
    start_job(kubernetes, "own", own)
    start_job(kubernetes, "earlier", earlier)
    start_job(kubernetes, "ended", earlier, "true")
    start_job(kubernetes, "others", earlier | {OF_RUN: "0-7"})
    start_job(kubernetes, "foreign", {})
    async with asyncio.timeout(20):
        while not any(job["status"].get("succeeded") for job in kubernetes.jobs()):
            await asyncio.sleep(0.02)

    async def attempt_that_fails() -> None:
        async with site.prepared(home, home.directory / "line") as variables:
            assert jobs(kubernetes) == ["ended", "foreign", "others", "own"]
            assert variables["METAFLOW_KUBERNETES_LABELS"] == f"team=writers,{OF_RUN}={own[OF_RUN]},{OF_CLAIM}=2"
            assert variables["AGENT_RUNNER_RUN_TOKEN"] == TOKEN
            assert "OPENAI_API_KEY" not in variables
            raise OverBudget("no more")

    with pytest.raises(OverBudget):
        await attempt_that_fails()
    assert jobs(kubernetes) == ["ended", "foreign", "others"]
    assert attempt.told == []


async def test_a_cluster_that_cannot_be_reached_is_told(home: FlowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(home.directory / "none"))
    attempt = Attempt()
    async with there(attempt).prepared(home, home.directory / "line"):
        [said] = attempt.told
    assert said.startswith("Metaflow: Jobs may be left on Kubernetes: ")
    assert TOKEN not in said


class Flow:
    """A flow that ends when it is interrupted."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.interrupts = 0

    async def interrupt(self) -> None:
        self.interrupts += 1
        if not self.ended.done():
            self.ended.set_result("ended with exit code 1")


@pytest.mark.parametrize(
    ("why", "interrupts"), [(asyncio.CancelledError(), 1), (OverBudget("no more"), 1), (AgentFailed("bob"), 0)]
)
async def test_only_a_flow_whose_agent_has_failed_may_end_by_itself(why: BaseException, interrupts: int) -> None:
    flow = Flow()
    if not interrupts:
        asyncio.get_running_loop().call_later(0.05, flow.ended.set_result, "ended with exit code 1")
    await there(Attempt(), FlowEnvironment.BATCH).end(cast("Any", flow), flow.ended, why)
    assert (flow.interrupts, flow.ended.done()) == (interrupts, True)


async def test_a_flow_comes_to_its_end_though_whoever_waits_is_stopped() -> None:
    flow = Flow()
    site = there(Attempt(), FlowEnvironment.BATCH)
    ending = asyncio.create_task(site.end(cast("Any", flow), flow.ended, AgentFailed("bob")))
    await asyncio.sleep(0)
    ending.cancel()
    done, _ = await asyncio.wait({ending}, timeout=0.2)
    assert not done
    flow.ended.set_result("ended with exit code 1")
    with pytest.raises(asyncio.CancelledError):
        await ending
