"""Flows beside each other in one directory, and a Metaflow that keeps to a directory of the tests."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

Metaflow = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Kubernetes:
    url: str
    kubeconfig: Path

    def jobs(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/apis/batch/v1/namespaces/default/jobs").raise_for_status().json()["items"]

    def put_secret(self, name: str, variables: Mapping[str, str]) -> None:
        body = {"metadata": {"name": name}, "stringData": dict(variables)}
        httpx.put(f"{self.url}/api/v1/namespaces/default/secrets/{name}", json=body).raise_for_status()

    def log_of(self, job: Mapping[str, Any]) -> str:
        pod = f"{job['metadata']['name']}-pod"
        return httpx.get(f"{self.url}/api/v1/namespaces/default/pods/{pod}/log").raise_for_status().json()


@pytest.fixture
def metaflow(tmp_path: Path) -> Metaflow:
    """Runs the command line of a flow as a person does, below `tmp_path`."""

    def run(
        flow: Path, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        environment = {name: os.environ[name] for name in ("PATH", "HOME")}
        own = {
            "METAFLOW_USER": "tester",
            "METAFLOW_HOME": str(tmp_path),
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(tmp_path),
            "METAFLOW_CLIENT_CACHE_PATH": str(tmp_path / "cache"),
        }
        return subprocess.run(
            [sys.executable, str(flow), "--no-pylint", *arguments],
            cwd=tmp_path,
            env={**environment, **own, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def kubernetes(tmp_path: Path) -> Iterator[Kubernetes]:
    """A cluster on loopback, with the file by which its clients reach it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.metaflow.cluster"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(kubeconfig(url)))
    yield Kubernetes(url, path)
    server.communicate("")


def kubeconfig(url: str) -> dict[str, Any]:
    """JSON is YAML as well."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": url}}],
        "users": [{"name": "test", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }


@pytest.fixture(scope="session")
def cloud() -> Iterator[dict[str, str]]:
    """The variables that lead to an AWS on loopback."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.metaflow.cloud"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    yield json.loads(server.stdout.readline())
    server.communicate("")
