"""Where the agents of a flow are asked: by the worker, or by its steps on Kubernetes or AWS Batch."""

import asyncio
import hashlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from agent_runner.agents.base import Admission, RunContext
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.catalog import FlowEnvironment
from agent_runner.domain.events import Log
from agent_runner.errors import AgentFailed, LeaseLost, TopologyFailed
from agent_runner.runners.metaflow.drive import ROLE
from agent_runner.runners.metaflow.generate import FlowOptions
from agent_runner.runners.metaflow.mirror import Mirror, Partner
from agent_runner.runners.metaflow.process import FlowHome, FlowProcess
from agent_runner.runners.metaflow.remote import RemoteStage
from agent_runner.runners.metaflow.report_line import API_URL, RUN_ID, RUN_TOKEN
from agent_runner.runners.stage import SequentialStage
from agent_runner.sandbox.level import Level, Limits
from agent_runner.sandbox.sandbox import Sandbox
from agent_runner.settings import environment_for_flows

END_SECONDS: Final = 10.0
"""A flow that has failed may take so long to write down what it has finished, or to end what is under way."""
SWEEP_SECONDS: Final = 60.0
OF_RUN: Final = "agent-runner-run"
OF_CLAIM: Final = "agent-runner-claim"
"""Labels of Jobs."""


class Here:
    """Fulfils drive.Site. Steps ask the worker; their processes have nothing of its environment."""

    options = FlowOptions(max_retries=0, has_card=True)
    """A worker tries a run again itself; Metaflow then goes on with what is finished."""

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def partner(self, task: str) -> Partner:
        return Mirror(SequentialStage(self._context, default_mixins()), task)

    @asynccontextmanager
    async def prepared(self, home: FlowHome, line: Path) -> AsyncGenerator[Mapping[str, str]]:
        yield {**home.environment(line), "METAFLOW_HOME": str(home.directory)}

    async def end(self, flow: FlowProcess, flowing: asyncio.Future[str], why: BaseException) -> None:
        """It ends by itself when an agent has failed. A stop does not wait for it."""
        del flow
        if isinstance(why, Exception):
            await asyncio.wait({flowing}, timeout=END_SECONDS)


class There:
    """Fulfils drive.Site. Steps ask by the settings of their own machines and report to the API.

    Metaflow sees what it needs to reach its datastore and the cluster. Jobs bear the run and the claim as labels, so
    that what a killed worker has left can be found.
    """

    def __init__(self, context: RunContext, environment: FlowEnvironment) -> None:
        self._context = context
        self._environment: Final = environment
        self.options: Final = FlowOptions(max_retries=0, has_card=True, decorator=environment)

    def partner(self, task: str) -> Partner:
        return RemoteStage(self._context, default_mixins(), task)

    @asynccontextmanager
    async def prepared(self, home: FlowHome, line: Path) -> AsyncGenerator[Mapping[str, str]]:
        admission = await self._context.elsewhere.admit()
        of_run, of_claim = f"{OF_RUN}={self._name(admission)}", f"{OF_CLAIM}={admission.claim}"
        variables = self._variables(home, line, admission, f"{of_run},{of_claim}")
        if admission.claim > 1:
            await self._sweep(variables, f"{of_run},{OF_CLAIM}!={admission.claim}")
        try:
            yield variables
        except BaseException:
            await self._sweep(variables, f"{of_run},{of_claim}")
            raise

    async def end(self, flow: FlowProcess, flowing: asyncio.Future[str], why: BaseException) -> None:
        """Where an agent has failed Metaflow writes that down and ends; else, or if it does not, it is interrupted."""
        ending = asyncio.ensure_future(self._end(flow, flowing, why))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    async def _end(self, flow: FlowProcess, flowing: asyncio.Future[str], why: BaseException) -> None:
        if isinstance(why, AgentFailed | TopologyFailed):
            await asyncio.wait({flowing}, timeout=END_SECONDS)
        if not flowing.done():
            await flow.interrupt()
            await asyncio.wait({flowing}, timeout=END_SECONDS)

    def _variables(self, home: FlowHome, line: Path, admission: Admission, labels: str) -> dict[str, str]:
        found = {"METAFLOW_KUBERNETES_JOB_TERMINATE_MODE": "delete", **environment_for_flows()}
        others = found.get("METAFLOW_KUBERNETES_LABELS")
        found["METAFLOW_KUBERNETES_LABELS"] = f"{others},{labels}" if others else labels
        reports = {API_URL: admission.url, RUN_TOKEN: admission.token, RUN_ID: str(self._context.run_id)}
        return {**found, **home.environment(line), **reports}

    def _name(self, admission: Admission) -> str:
        """Of the run, as no other has it in a cluster that several installations share."""
        return f"{hashlib.sha256(admission.url.encode()).hexdigest()[:16]}-{self._context.run_id}"

    async def _sweep(self, variables: Mapping[str, str], selector: str) -> None:
        """Ends what is left on the cluster: it would ask models for nobody."""
        if self._environment is not FlowEnvironment.KUBERNETES:
            return
        with tempfile.TemporaryDirectory(prefix="agent-runner-") as own:  # the attempt's own may be gone by now
            done = await Sandbox(Level.L0, Path(own)).run(
                [sys.executable, "-m", "agent_runner.runners.metaflow.sweep", selector],
                cwd=Path(own),
                environment=variables,
                limits=Limits(seconds=SWEEP_SECONDS),
            )
        if done.exit_code != 0:
            said = " ".join((done.stderr or done.stdout).split())[-500:]
            with suppress(LeaseLost):
                self._context.emit(Log(message=f"Metaflow: Jobs may be left on Kubernetes: {said}"), ROLE)
