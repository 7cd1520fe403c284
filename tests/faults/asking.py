"""An agent that asks a person, and notes in a file what it really does."""

from pathlib import Path
from typing import Final

from pydantic import JsonValue

from agent_runner.agents.base import RunContext, Told
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.domain.artifact import new_artifact
from agent_runner.domain.events import CommitCreated
from tests.scripted_model import append

DIFF: Final = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
SHA: Final = new_artifact("diff.patch", DIFF, "text/x-diff").sha256
QUESTION: Final = Question(kind=ApprovalKind.COMMIT, text="Commit this?", diff="diff.patch", diff_sha=SHA)


class AskingAgent:
    """Prepares, leaves a diff, asks, and commits."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        async def do(what: str) -> JsonValue:
            append(self._notes, f"{what}\n".encode())
            return what

        await context.step("prepare", lambda: do("prepare"))
        context.add_artifact("diff.patch", DIFF, "text/x-diff")
        answered = await context.ask("approve/1", QUESTION)
        await context.commit_point()
        commit = CommitCreated(commit="c", branch="b", tree="t", diff_sha=SHA, approval_id=answered.approval_id)
        await context.step("commit", lambda: do("commit"), tells=lambda _: Told(commit))
        return {"by": answered.decided_by}
