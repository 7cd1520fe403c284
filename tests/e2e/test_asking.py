"""A run that asks, answered through the real command line while its workers are killed -9."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.asking_worker import DIFF, SHA
from tests.e2e.conftest import Site, cli, until

pytestmark = pytest.mark.processes


def asking(site: Site) -> tuple[int, Path]:
    """A run that waits, and where its agent notes what it does."""
    site.start_api()
    notes = site.directory / "notes"
    return site.queue(input={"notes": str(notes)}), notes


def test_a_run_is_approved_and_committed_once_whoever_is_killed(site: Site) -> None:
    run_id, notes = asking(site)
    worker = site.start("-m", "tests.e2e.asking_worker")
    asked = site.wait(run_id, "WAITING")["approval"]
    worker.kill()
    worker.wait()
    assert json.loads(cli(site, "--json", "approvals").stdout)["items"][0]["run_id"] == run_id
    assert cli(site, "runs", "diff", run_id).stdout == DIFF.decode()
    saved = site.directory / "saved"
    assert cli(site, "runs", "artifacts", run_id, "-o", saved).returncode == 0
    assert (saved / "diff.patch").read_bytes() == DIFF
    watched = cli(site, "runs", "watch", run_id, "--timeout", 0.2)
    assert (watched.returncode, f"agent-runner runs approve {run_id}" in watched.stderr) == (8, True)
    refused = cli(site, "runs", "approve", run_id, "--diff-sha", "0" * 64)
    assert (refused.returncode, SHA in refused.stderr, "0" * 64 in refused.stderr) == (1, True, True)
    (site.directory / "hang").touch()
    approved = cli(site, "runs", "approve", run_id, "-m", "good")
    assert (approved.returncode, SHA in approved.stdout, SHA in approved.stderr) == (0, True, True)
    assert cli(site, "runs", "approve", run_id, "--diff-sha", SHA).returncode == 0  # the same answer again
    assert cli(site, "runs", "reject", run_id, "-m", "no").returncode == 1
    site.start("-m", "tests.e2e.asking_worker")
    until(lambda: "prepare" in notes.read_text(), "the agent goes on")
    site.kill_worker_of(run_id)
    (site.directory / "hang").unlink()
    site.start("-m", "tests.e2e.asking_worker")
    done = site.wait(run_id)
    assert (done["result"], done["attempt"], asked["diff_sha"]) == ({"comment": "good", "text": None}, 2, SHA)
    assert notes.read_text().split() == ["plan", "prepare", "prepare", "commit"]
    types = site.types(run_id)
    assert [types.count(kind) for kind in ("APPROVAL_REQUESTED", "APPROVAL_GRANTED", "ARTIFACT_CREATED")] == [1, 1, 1]


def test_a_run_is_rejected_or_asked_to_revise_from_the_command_line(site: Site) -> None:
    run_id, _ = asking(site)
    site.start("-m", "tests.e2e.asking_worker")
    site.wait(run_id, "WAITING")
    rejected = cli(site, "runs", "reject", run_id, "-m", "not like this")
    assert (rejected.returncode, rejected.stdout) == (0, f"run {run_id}: rejected (REJECTED by local)\n")
    assert site.run(run_id)["status"] == "CANCELLED"
    assert cli(site, "runs", "input", run_id, "blue").returncode == 1
    shown = cli(site, "approvals", "--status", "all").stdout
    assert "REJECTED" in shown
    assert cli(site, "runs", "diff", 999).returncode == 7


def test_a_watch_goes_on_while_its_run_waits_and_says_what_answers_it(site: Site) -> None:
    """Sent back with --revise, the run asks for words, gets them, and ends; one watch has seen it all."""
    run_id, _ = asking(site)
    site.start("-m", "tests.e2e.asking_worker")
    command = [sys.executable, "-m", "agent_runner.cli.main", "--url", site.url, "runs", "watch", str(run_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watch:
        assert watch.stderr
        assert watch.stderr.readline() == (
            f"note: run {run_id} waits for a decision on COMMIT; decide it with: agent-runner runs diff {run_id},"
            f" agent-runner runs approve {run_id}, or agent-runner runs reject {run_id} -m WHY [--revise]\n"
        )
        revised = cli(site, "runs", "reject", run_id, "-m", "shorter", "--revise")
        assert (revised.returncode, revised.stdout.startswith(f"run {run_id}: rejected, to be revised")) == (0, True)
        wanted = f"note: run {run_id} waits for an input; give it with: agent-runner runs input {run_id} TEXT\n"
        assert watch.stderr.readline() == wanted
        assert cli(site, "runs", "input", run_id, "one line").returncode == 0
        out, _ = watch.communicate(timeout=20)
    assert (watch.returncode, out.splitlines()[-1].split()[2]) == (0, "RUN_COMPLETED")
    assert site.run(run_id)["result"] == {"comment": None, "text": "one line"}
