"""Flows beside each other in one directory, and a Metaflow that keeps to a directory of the tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
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
