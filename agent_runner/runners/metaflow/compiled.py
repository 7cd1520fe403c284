"""Flows compiled for engines that run them without us: Argo Workflows and AWS Step Functions."""

import json
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from agent_runner.errors import ConfigurationError
from agent_runner.runners.metaflow.extra import MISSING, NEXT_STEP, is_installed
from agent_runner.runners.metaflow.generate import Flow, write_flow
from agent_runner.runners.metaflow.sound import check_argo, check_step_functions

LONGEST_REASON: Final = 1000


class Target(StrEnum):
    ARGO = "argo"
    STEP_FUNCTIONS = "step-functions"


_COMMANDS: Final = {
    Target.ARGO: ("argo-workflows", "create", "--only-json"),
    Target.STEP_FUNCTIONS: ("step-functions", "create", "--only-json"),
}
_CHECKS: Final = {Target.ARGO: check_argo, Target.STEP_FUNCTIONS: check_step_functions}
_WANTED: Final = {
    Target.ARGO: "set METAFLOW_DEFAULT_DATASTORE=s3 (or azure, gs), METAFLOW_DATASTORE_SYSROOT_S3 and the credentials,"
    " or run `metaflow configure`; see docs/metaflow.md",
    Target.STEP_FUNCTIONS: "set METAFLOW_DEFAULT_DATASTORE=s3, METAFLOW_DATASTORE_SYSROOT_S3, METAFLOW_BATCH_JOB_QUEUE,"
    " METAFLOW_SFN_IAM_ROLE, AWS_DEFAULT_REGION and the credentials, or run `metaflow configure`; see docs/metaflow.md",
}


def compile_flow(flow: Flow, target: Target) -> dict[str, Any]:
    """What the engine is given, as JSON has it. Metaflow puts the code of the flow into its datastore for it.

    It reads the environment of this process. Raises ConfigurationError when Metaflow is missing, is not configured, or
    has made what the engine would refuse.
    """
    if not is_installed():
        raise ConfigurationError(MISSING, next_step=NEXT_STEP)
    with tempfile.TemporaryDirectory(prefix="agent-runner-") as directory:
        path = write_flow(flow, Path(directory))
        done = subprocess.run(  # noqa: S603 - our own interpreter, with a file that we have written
            [sys.executable, str(path), "--no-pylint", "--quiet", *_COMMANDS[target]],
            cwd=directory,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode:
        raise ConfigurationError(
            f"Metaflow cannot compile {flow.name} for {target}: {_reason(done.stderr)}", next_step=_WANTED[target]
        )
    compiled = json.loads(done.stdout)
    if problems := _CHECKS[target](compiled):
        raise ConfigurationError(f"what Metaflow has compiled for {target} is not sound: {'; '.join(problems)}")
    return compiled


def _reason(complaint: str) -> str:
    """Its sentence; of a traceback the last line."""
    _, is_traceback, trace = complaint.partition("Traceback")
    if is_traceback:
        lines = [line for line in trace.splitlines() if line and not line.startswith(" ")]
        return lines[-1][:LONGEST_REASON] if lines else "no reason was given"
    return " ".join(line.strip() for line in complaint.splitlines() if line.strip())[:LONGEST_REASON]
