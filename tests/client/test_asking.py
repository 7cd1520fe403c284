"""The verbs of questions and artifacts, in both clients, against a real worker whose agent asks."""

import hashlib

import pytest

from agent_runner.client import Conflict, NotFound
from agent_runner.domain.approval import ApprovalStatus
from agent_runner.domain.run import RunStatus
from tests.client.conftest import Open, Speaker
from tests.e2e.asking_worker import DIFF, SHA
from tests.e2e.conftest import Site

pytestmark = pytest.mark.processes


@pytest.fixture
def asked(site: Site, opened: Open) -> tuple[Speaker, int]:
    """A client, and a run that waits for a decision on its diff."""
    site.start_api()
    run_id = site.queue(input={"notes": str(site.directory / "notes")})
    site.start("-m", "tests.e2e.asking_worker")
    site.wait(run_id, "WAITING")
    return opened(site.url), run_id


def test_what_is_asked_is_looked_at_and_approved(asked: tuple[Speaker, int]) -> None:
    client, run_id = asked
    [question] = client.call("approvals", status="OPEN", run_id=run_id).items
    assert (question.question.text, question.diff_sha) == ("Commit this?", SHA)
    diff = client.call("diff", run_id)
    assert (diff.text.encode(), diff.diff_sha) == (DIFF, SHA)
    [file] = client.call("artifacts", run_id)
    assert (file.path, file.size, file.sha256) == ("diff.patch", len(DIFF), SHA)
    assert hashlib.sha256(client.call("artifact", run_id, "diff.patch")).hexdigest() == SHA
    with pytest.raises(NotFound, match="has no artifact"):
        client.call("artifact", run_id, "diff.txt")
    with pytest.raises(Conflict, match="no diff_sha was named"):
        client.call("approve", run_id)
    approved = client.call("approve", run_id, diff_sha=SHA, comment="good", approval_id=question.id)
    assert (approved.status, approved.comment) == (ApprovalStatus.GRANTED, "good")
    assert client.call("wait", run_id).status is RunStatus.COMPLETED
    assert client.call("approvals", status="OPEN", run_id=run_id).items == ()


def test_what_is_asked_is_sent_back_and_answered(asked: tuple[Speaker, int], site: Site) -> None:
    client, run_id = asked
    rejected = client.call("reject", run_id, "shorter", revise=True)
    assert (rejected.status, rejected.revise) == (ApprovalStatus.REJECTED, True)
    site.wait(run_id, "WAITING")
    assert client.call("status", run_id).approval.question.text == "How, if not like this (shorter)?"
    answered = client.call("give_input", run_id, "one line")
    assert (answered.status, answered.text) == (ApprovalStatus.ANSWERED, "one line")
    assert client.call("wait", run_id).result == {"comment": None, "text": "one line"}
