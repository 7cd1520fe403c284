"""A real worker whose agent asks to commit a diff, and notes in a file what it really does."""

import asyncio
from pathlib import Path

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.registry import AgentRegistry
from agent_runner.domain.approval import ApprovalKind, Question
from agent_runner.domain.artifact import new_artifact
from agent_runner.llm.choose import choose_model
from agent_runner.settings import load_settings
from agent_runner.store.database import Database
from agent_runner.worker.from_settings import model_settings, this_process, worker_options
from agent_runner.worker.loop import Worker

DIFF = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
SHA = new_artifact("diff.patch", DIFF, "text/x-diff").sha256


class AskingAgent:
    """Plans, asks, prepares (for ever, while a file `hang` lies beside its notes) and commits."""

    async def run(self, context: RunContext) -> dict[str, JsonValue]:
        notes = Path(str(context.input["notes"]))

        async def do(what: str) -> JsonValue:
            note(notes, what)
            while what == "prepare" and notes.with_name("hang").exists():
                await asyncio.sleep(0.01)
            return what

        await context.step("plan", lambda: do("plan"))
        (context.directory / "draft").write_text("x")
        context.add_artifact("diff.patch", DIFF, "text/x-diff")
        question = Question(kind=ApprovalKind.COMMIT, text="Commit this?", diff="diff.patch", diff_sha=SHA)
        answered = await context.ask("approve/1", question)
        if answered.revise:
            again = Question(kind=ApprovalKind.INPUT, text=f"How, if not like this ({answered.comment})?")
            answered = await context.ask("input", again)
        await context.step("prepare", lambda: do("prepare"))
        await context.commit_point()
        await context.step("commit", lambda: do("commit"))
        return {"comment": answered.comment, "text": answered.text}


def note(notes: Path, what: str) -> None:
    with notes.open("a") as file:
        file.write(f"{what}\n")


async def main() -> None:
    settings = load_settings()
    model = await choose_model(model_settings(settings))
    database = await Database.open(settings.store_url)
    agents = AgentRegistry({"simple": AskingAgent()})
    await Worker(database, agents, model, this_process(settings, "demo"), worker_options(settings)).run_forever()


if __name__ == "__main__":
    asyncio.run(main())
