"""Files that a host made for a project: written into a workspace, checked, shown to a person, committed."""

from pydantic import JsonValue

from agent_runner.agents.base import RunContext
from agent_runner.agents.change.desk import Desk, open_desk
from agent_runner.agents.change.draft import Change
from agent_runner.agents.change.review import commit_result, publish, review
from agent_runner.agents.host.session import Outcome, Proposed
from agent_runner.domain.events import Error
from agent_runner.errors import FileRefused, PermanentAgentError
from agent_runner.workspace.diff import Diff


class Proposal:
    """`role` is the host's name: under it the checks and the commit are told."""

    def __init__(self, context: RunContext, role: str) -> None:
        self._context = context
        self._role = role
        self._desk: Desk | None = None

    async def decide(self, number: int, outcome: Outcome) -> dict[str, JsonValue] | str:
        """The run's result, with the commit; or what a person wants otherwise."""
        desk = await self._opened()
        refused = await self._write(desk, number, list(outcome.files.values()))
        result: dict[str, JsonValue] = {**outcome.result}
        if refused:
            result["refused"] = refused
        if not desk.draft.is_changed:
            return {**result, "commit": None, "note": "Nothing of the project was changed."}
        checks = await desk.commands.check(number)
        summary = str(outcome.result.get("summary") or self._context.goal)
        said = await review(desk, number, await _diff(desk), summary, checks)
        if isinstance(said, str):
            return said
        commit_id = await publish(desk, said)
        self._context.report(progress=1.0, message=f"Committed {commit_id[:12]} on {desk.workspace.branch}")
        return {**result, **commit_result(desk, said, commit_id, checks)}

    async def _opened(self) -> Desk:
        assert self._context.project is not None, "there is a project to propose to"
        self._desk = self._desk or await open_desk(self._context, self._context.project, self._role)
        return self._desk

    async def _write(self, desk: Desk, number: int, files: list[Proposed]) -> list[JsonValue]:
        """A step: the project with these files, and with none of an earlier round. Returns what was not taken."""

        async def work() -> JsonValue:
            await desk.draft.catch_up()
            await desk.workspace.reset(desk.workspace.base_tree)
            refused: list[JsonValue] = [why for each in files if (why := await _put(desk, each)) is not None]
            change = await desk.draft.record()
            return {"refused": refused, "change": change and change.model_dump()}

        given: JsonValue = [each.path for each in files]
        output = await self._context.step(f"proposal/{number}", work, input=given)
        assert isinstance(output, dict), "it is what the work above gives"
        refused = output["refused"]
        assert isinstance(refused, list), "it is what the work above gives"
        if output["change"] is not None:
            desk.draft.heed(Change.model_validate(output["change"]).model_dump())
        for sentence in refused:
            self._context.emit(Error(message=str(sentence)), self._role)
        return refused


async def _put(desk: Desk, file: Proposed) -> str | None:
    """Why it was not taken; None when it is written."""
    try:
        await desk.files.write(file.path, file.content.decode())
    except UnicodeDecodeError:
        return f"{file.path} is no text, and was not taken into the project"
    except FileRefused as refusal:
        return refusal.message
    return None


async def _diff(desk: Desk) -> Diff:
    await desk.draft.catch_up()
    try:
        return await desk.workspace.diff(desk.workspace.base, desk.draft.tree)
    except FileRefused as refusal:
        raise PermanentAgentError(refusal.message, next_step="let the host propose less") from refusal
