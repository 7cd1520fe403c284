"""Flows beside each other in one directory, and a Metaflow that keeps to a directory of the tests."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

Metaflow = Callable[..., "subprocess.CompletedProcess[str]"]


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
