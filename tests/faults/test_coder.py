"""A fault at every boundary of the coder, from its first step to the commit: one commit, of what was approved."""

import json
from pathlib import Path
from typing import Final

import pytest

from agent_runner.domain.policy import CommitApproval, ProjectPolicy
from agent_runner.store.approvals import open_questions
from agent_runner.store.decisions import Grant, grant
from agent_runner.store.projects import create_project
from tests.faults.boundary import Kind
from tests.faults.conftest import KILLED, Scene, calls_of
from tests.faults.worker import Case
from tests.workspace.hostile import git, new_repository

BEFORE_THE_ANSWER: Final = {
    "model turn/1#1",
    "write step plan/1/1#1",
    "write step open#1",
    "write step planned/1#1",
    "write step work/1/2#1",
    "write step work/1/2/write_file-1#1",
    "write step check/1/1#1",
}
COMMITTING: Final = {"begin_commit#1", "publish#1", "write step commit#1", "write COMPLETE#1"}
"""One of each sort; what every run passes is tried with the agent that costs less."""
TURNS: Final = 4
KINDS: Final = (Kind.KILL_BEFORE, Kind.KILL_WITHIN, Kind.KILL_AFTER, Kind.UNHEARD)
ENTRY: Final = "# To do\n\n- [ ] Say hello (noted by the demo model of agent-runner; no model was used)"

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]


class Bench:
    """A project whose runs commit when the policy says so."""

    def __init__(self, scene: Scene, directory: Path) -> None:
        self.scene = scene
        self.project = new_repository(directory / "project", {"a.txt": "a\n"})
        self.project_id = 0

    async def queue(self, policy: ProjectPolicy) -> int:
        if not self.project_id:
            created = await self.scene.database.write(create_project, "bench", str(self.project), policy)
            self.project_id = created.id
        return await self.scene.queue_lost_run("coder", self.project_id)

    async def what_goes_wrong(self, case: Case, run_id: int) -> list[str]:
        """Everything that is not as it must be, after the fault and a healthy worker."""
        code = await self.scene.suffer(case)
        run = await self.scene.heal(case, run_id)
        branch, calls = f"agent/run-{run_id}", calls_of(case)
        commits = git(self.project, "rev-list", f"main..{branch}").split() if run.status == "COMPLETED" else []
        types = await self.scene.types(run_id)
        expected = KILLED if case.kind is not Kind.UNHEARD else 0
        checks = {
            f"the process ended with {code}: the fault did not happen": code == expected,
            f"the run is {run.status}: {run.error}": run.status == "COMPLETED",
            f"commits: {commits}": len(commits) == 1 and commits[0] in (run.result or ""),
            f"model calls: {calls}": calls.total() <= TURNS + 1,
            f"{run.model_calls} model calls are paid": run.model_calls == TURNS,
            f"events: {types}": [types.count(kind) for kind in ("PLAN_GENERATED", "COMMIT_CREATED")] == [1, 1],
        }
        if run.status == "COMPLETED":
            shown = git(self.project, "show", f"{branch}:TODO.md")
            checks |= {f"committed: {shown!r}": shown == ENTRY}
        status = git(self.project, "status", "--porcelain")
        checks |= {f"the checkout was changed: {status}": status == ""}
        return [sentence for sentence, is_so in checks.items() if not is_so] + await self.scene.violations()


@pytest.fixture
def bench(scene: Scene, tmp_path: Path) -> Bench:
    return Bench(scene, tmp_path)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_coder_survives_a_fault_at_every_boundary(bench: Bench, kind: Kind) -> None:
    policy = ProjectPolicy(approve_commits=CommitApproval.NEVER, checks=("test -e TODO.md",))
    undisturbed = bench.scene.case()
    await bench.queue(policy)
    assert await bench.scene.suffer(undisturbed) == 0
    boundaries = BEFORE_THE_ANSWER | COMMITTING
    assert boundaries - set(json.loads(undisturbed.passed.read_text())) == set()
    wrong: dict[str, list[str]] = {}
    for boundary in sorted(boundaries):
        run_id = await bench.queue(policy)
        if found := await bench.what_goes_wrong(bench.scene.case(boundary=boundary, kind=kind), run_id):
            wrong[boundary] = found
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_approved_is_committed_whatever_happens_after_the_approval(bench: Bench, kind: Kind) -> None:
    async def approved() -> int:
        run_id = await bench.queue(ProjectPolicy())
        assert await bench.scene.suffer(bench.scene.case()) == 0
        [asked] = (await bench.scene.database.read(open_questions, [run_id])).values()
        await bench.scene.database.write(grant, run_id, Grant(decided_by="ada", diff_sha=asked.diff_sha))
        return run_id

    wrong: dict[str, list[str]] = {}
    for boundary in sorted({"write step approve/1#1"} | COMMITTING):
        case = bench.scene.case(boundary=boundary, kind=kind)
        run_id = await approved()
        case.calls.write_text("")
        if found := await bench.what_goes_wrong(case, run_id):
            wrong[boundary] = found
    assert wrong == {}
