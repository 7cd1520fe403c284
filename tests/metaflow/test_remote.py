"""Topologies whose agents are asked by steps on Kubernetes: an API, workers, a cluster and a datastore, all real."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
import pytest

from agent_runner.domain.composition import compose
from agent_runner.domain.topology import PipelineConfig
from agent_runner.runners.metaflow.generate import FlowOptions, generate, write_flow
from tests.e2e.conftest import Site, until
from tests.metaflow.cloud import REGION
from tests.metaflow.conftest import Kubernetes, Metaflow
from tests.metaflow.teams import AGENTS, topology
from tests.scripted_model import ScriptedModel, read_calls

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

LONG: Final = 240.0
"""One step takes ten seconds of a core, and a pod is several processes."""
KEY: Final = "sk-of-the-worker-0123456789"
IMAGE: Final = "registry.example.org/agent-runner:test"


class Remote:
    """A site whose workers reach the cluster; its steps alone know the model."""

    def __init__(self, site: Site, kubernetes: Kubernetes, cloud: dict[str, str]) -> None:
        self.site = site
        self.kubernetes = kubernetes
        self.cloud = cloud
        site.start_model()
        self.model_url = site.settings.pop("OPENAI_BASE_URL").removesuffix("/v1")
        kubernetes.put_secret("models", of_steps(self.model_url, cloud))
        site.settings |= cloud | {
            "LLM_MODEL": "demo",
            "PUBLIC_URL": site.url,
            "KUBECONFIG": str(kubernetes.kubeconfig),
            "METAFLOW_KUBERNETES_SECRETS": "models",
            "METAFLOW_KUBERNETES_CONTAINER_IMAGE": IMAGE,
            "METAFLOW_KUBERNETES_LABELS": "team=writers",
            "RETRY_BASE_SECONDS": "0",
        }
        site.start_api()
        for name in ("ann", "bob"):
            site.post("/agents", {"name": name, "config": {"system_prompt": f"You are {name}.", "retries": 0}})
        members = {"config": {"type": "ensemble", "aggregation": "concat"}, "slots": {"members": ["ann", "bob"]}}
        site.post("/topologies", {"name": "both", **members})
        site.post("/topologies", {"name": "pipe", "config": {"type": "pipeline"}, "slots": {"stages": ["ann", "bob"]}})

    def script(self, **script: Any) -> None:
        httpx.post(f"{self.model_url}/script", json=script).raise_for_status()

    def queue(self, topology: str, **fields: Any) -> int:
        config = {"environment": "kubernetes"}
        return self.site.queue("Red or blue?", agent=f"topology:{topology}", runner="metaflow", config=config, **fields)

    def ended(self, run_id: int) -> dict[str, Any]:
        is_final = {"COMPLETED", "FAILED", "CANCELLED"}
        return until(
            lambda: run if (run := self.site.run(run_id))["status"] in is_final else None,
            f"run {run_id} has ended",
            LONG,
        )

    def asked(self) -> list[str]:
        return [call["prompt_sha256"] for call in read_calls(self.site.calls_log)]

    def told(self, run_id: int) -> list[str]:
        return [event["payload"]["message"] for event in self.site.events(run_id) if event["agent_role"] == "metaflow"]

    def reported(self, run_id: int, key: str) -> bool:
        found = self.site.rows(f"SELECT payload FROM reports WHERE run_id = {run_id} AND key = '{key}'")
        return any("reply" in json.loads(payload) for [payload] in found)

    def logs(self) -> str:
        return "\n".join(self.kubernetes.log_of(job)[-3000:] for job in self.kubernetes.jobs())

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """All that Metaflow has put into its datastore."""
        client = client_of(self.cloud, "s3")
        for page in client.get_paginator("list_objects_v2").paginate(Bucket="flows"):
            for each in page.get("Contents", ()):
                data: bytes = client.get_object(Bucket="flows", Key=each["Key"])["Body"].read()
                yield each["Key"], gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def of_steps(model_url: str, cloud: dict[str, str]) -> dict[str, str]:
    """The Secret by which steps reach the model and the datastore."""
    return {
        "LLM_MODEL": "openai:scripted",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "OPENAI_API_KEY": "sk-of-the-steps-0123456789",
        "LLM_MAX_RETRIES": "0",
        "CACHE_BACKEND": "none",
        "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1",
        **{name: value for name, value in cloud.items() if name.startswith("AWS_")},
    }


@pytest.fixture
def remote(tmp_path: Path, kubernetes: Kubernetes, cloud: dict[str, str]) -> Iterator[Remote]:
    site = Site(tmp_path)
    try:
        yield Remote(site, kubernetes, cloud)
    finally:
        site.kill_all()


def client_of(cloud: dict[str, str], service: str) -> Any:
    keys = {"aws_access_key_id": "of-a-test", "aws_secret_access_key": "of-a-test"}
    return boto3.client(service, endpoint_url=cloud["AWS_ENDPOINT_URL"], region_name=REGION, **keys)  # pyright: ignore[reportCallIssue, reportUnknownVariableType, reportArgumentType]


def processes_below(directory: Path) -> list[str]:
    """Of flows: what was started with the variables of this directory."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"METAFLOW_USER=" in (said := (place / "environ").read_bytes()) and os.fsencode(directory) in said:
                found.append((place / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_it_comes_to_what_the_local_runner_comes_to(remote: Remote, tmp_path: Path) -> None:
    """Neither the token of the run nor a key of the worker is anywhere that Metaflow keeps."""
    remote.script(by_text=[["Red or blue", "Red"]])
    remote.site.start_worker(OPENAI_BASE_URL=f"{remote.model_url}/v1", OPENAI_API_KEY=KEY)
    run_id = remote.queue("both")
    local = remote.site.queue("Red or blue?", agent="topology:both", runner="local", model="openai:scripted")
    run, wanted = remote.ended(run_id), remote.ended(local)
    assert run["status"] == "COMPLETED", (run["error"], remote.logs())
    assert run["result"] == wanted["result"]
    assert {**run["usage"], "active_seconds": 0} == {**wanted["usage"], "active_seconds": 0}
    assert len(remote.asked()) == 4
    tokens: set[str] = set()
    for job in remote.kubernetes.jobs():
        [container] = job["spec"]["template"]["spec"]["containers"]
        variables = {each["name"]: each.get("value") for each in container["env"]}
        tokens.add(variables["AGENT_RUNNER_RUN_TOKEN"])
        assert (variables["AGENT_RUNNER_RUN_ID"], container["image"]) == (str(run_id), IMAGE)
        assert job["metadata"]["labels"]["team"] == "writers"
        assert KEY not in json.dumps(job)
        assert "AGENT_RUNNER_FLOW_LINE" not in variables
    [token] = tokens
    kept = list(remote.kept())
    assert len(kept) > 10
    assert [name for name, data in kept if token.encode() in data or KEY.encode() in data] == []
    told = remote.told(run_id)
    assert (told[0], told[-1]) == ("Metaflow: start is starting", "Metaflow: end finished")
    assert told.count("Metaflow: members_agent finished") == 2
    assert processes_below(tmp_path) == []


def test_a_failed_step_and_a_killed_worker_cost_no_answer_twice(remote: Remote) -> None:
    first = remote.site.start_worker()
    run_id = remote.queue("pipe")
    until(lambda: len(remote.asked()) == 1, "ann is asked", LONG)
    remote.script(faults=[{"kind": "status", "value": "500"}])
    until(lambda: len(remote.asked()) == 2, "bob is asked", LONG)
    remote.script(latency=2.0)
    until(lambda: len(remote.asked()) == 3, "the model is asked", LONG)
    first.kill()
    first.wait()
    until(lambda: remote.reported(run_id, "pipeline/2-bob") or None, "bob's answer is reported", LONG)
    remote.site.start_worker()
    run = remote.ended(run_id)
    assert run["status"] == "COMPLETED", (run["error"], remote.logs())
    assert remote.told(run_id).count("Metaflow: ann is starting") == 1, "finished steps are not begun again"
    assert (run["attempt"], run["usage"]["model_calls"], len(remote.asked())) == (3, 2, 3)


def test_by_hand_every_step_is_on_the_cluster_and_nobody_is_told(
    tmp_path: Path, kubernetes: Kubernetes, cloud: dict[str, str], metaflow: Metaflow
) -> None:
    solo = compose(topology("solo", PipelineConfig(), stages=("ann",)), AGENTS)
    path = write_flow(generate(solo), tmp_path)
    variables = {
        **cloud,
        "KUBECONFIG": str(kubernetes.kubeconfig),
        "METAFLOW_KUBERNETES_SECRETS": "models",
    }
    with ScriptedModel() as server:
        kubernetes.put_secret("models", of_steps(server.url, cloud))
        given = ("--with", f"kubernetes:image={IMAGE}", "run", "--input-json", '{"goal": "Red or blue?"}')
        done = metaflow(path, *given, variables=variables)
        assert done.returncode == 0, done.stdout + done.stderr
        assert [call.prompt for call in server.calls] == ["Red or blue?"]
    steps = [job["metadata"]["annotations"]["metaflow/step_name"] for job in kubernetes.jobs()]
    assert sorted(steps) == ["ann", "end", "start"]


def test_a_job_of_batch_is_given_what_it_reports_by(tmp_path: Path, cloud: dict[str, str], metaflow: Metaflow) -> None:
    """The cloud of the tests takes Jobs and runs none: the flow fails."""
    flow = generate(
        compose(topology("solo", PipelineConfig(), stages=("ann",)), AGENTS),
        FlowOptions(max_retries=0, decorator="batch"),
    )
    reports = {
        "AGENT_RUNNER_API_URL": "http://a",
        "AGENT_RUNNER_RUN_TOKEN": "artk_of_a_test",
        "AGENT_RUNNER_RUN_ID": "7",
    }
    variables = {**cloud, **reports, "METAFLOW_BATCH_CONTAINER_IMAGE": IMAGE}
    asked = {"AGENT_RUNNER_FLOW_LINE": ""}
    done = metaflow(
        write_flow(flow, tmp_path), "run", "--input-json", '{"goal": "Red or blue?"}', variables=variables | asked
    )
    assert "Step ann (task-id 2) failed" in done.stdout + done.stderr
    client = client_of(cloud, "batch")
    listed = client.list_jobs(jobQueue="queue", jobStatus="FAILED")["jobSummaryList"]
    [job] = client.describe_jobs(jobs=[each["jobId"] for each in listed])["jobs"]
    variables_of_job = {each["name"]: each["value"] for each in job["container"]["environment"]}
    assert variables_of_job.items() >= reports.items()
    [definition] = client.describe_job_definitions(jobDefinitions=[job["jobDefinition"]])["jobDefinitions"]
    assert definition["containerProperties"]["image"] == IMAGE


def test_a_cancel_deletes_the_jobs_and_leaves_no_process(remote: Remote, tmp_path: Path) -> None:
    remote.script(latency=120.0)
    remote.site.start_worker()
    run_id = remote.queue("both")
    until(lambda: len(remote.asked()) == 2, "both are asked", LONG)
    assert len(remote.kubernetes.jobs()) == 2
    assert processes_below(tmp_path)
    remote.site.post(f"/runs/{run_id}/cancel")
    assert remote.ended(run_id)["status"] == "CANCELLED"
    until(lambda: not remote.kubernetes.jobs(), "the Jobs are deleted", LONG)
    until(lambda: not processes_below(tmp_path), "no process is left", LONG)
