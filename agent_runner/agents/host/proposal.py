"""Files that a host made for a project, on their way into it: written into the draft of a change, and checked."""

from collections.abc import Iterable

from pydantic import JsonValue

from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.draft import Change
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.host.reports import Proposed
from agent_runner.domain.events import Error
from agent_runner.errors import FileRefused


async def lay_out(desk: Desk, number: int, files: Iterable[Proposed], summary: str) -> Proposal:
    """The project with these files, and with none of an earlier round; what it does not take is told and noted."""
    refused = await _write(desk, number, list(files))
    checks = await desk.commands.check(number) if desk.draft.is_changed else []
    return Proposal(summary=summary, checks=checks, notes=tuple(refused))


async def _write(desk: Desk, number: int, files: list[Proposed]) -> list[str]:
    """A step. Returns why some were not taken."""

    async def work() -> JsonValue:
        await desk.draft.catch_up()
        await desk.workspace.reset(desk.workspace.base_tree)
        refused: list[JsonValue] = [why for each in files if (why := await _put(desk, each)) is not None]
        change = await desk.draft.record()
        return {"refused": refused, "change": change and change.model_dump()}

    given: JsonValue = [each.path for each in files]
    output = await desk.context.step(f"proposal/{number}", work, input=given)
    assert isinstance(output, dict), "it is what the work above gives"
    if output["change"] is not None:
        desk.draft.heed(Change.model_validate(output["change"]).model_dump())
    refused = [str(sentence) for sentence in (output["refused"] if isinstance(output["refused"], list) else [])]
    for sentence in refused:
        desk.context.emit(Error(message=sentence), desk.role)
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
