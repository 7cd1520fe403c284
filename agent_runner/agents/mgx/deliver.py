"""What a run without a project leaves: its files as artifacts, and a result that names them."""

from typing import Final

from pydantic import JsonValue

from agent_runner.agents.change.desk import Desk
from agent_runner.agents.change.outcome import DEMO_NOTE, LONGEST_SUMMARY, diff_of, shown_checks
from agent_runner.agents.change.review import Proposal
from agent_runner.agents.prompt import shortened
from agent_runner.domain.artifact import MOST_ARTIFACTS
from agent_runner.errors import FileRefused, InvalidInput
from agent_runner.workspace.diff import FileChange

FOLDER: Final = "code"
MOST_SAID: Final = 20
"""Of the files that could not be kept."""


async def deliver(desk: Desk, proposal: Proposal) -> dict[str, JsonValue]:
    context, kept, lost = desk.context, list[JsonValue](), list[str]()
    files = (await diff_of(desk)).files if desk.draft.is_changed else ()
    for file in files[:MOST_ARTIFACTS]:
        try:
            context.add_artifact(f"{FOLDER}/{file.path}", *await _content(desk, file))
        except (FileRefused, InvalidInput) as refusal:
            lost.append(f"{file.path} is not kept: {refusal.message}")
        else:
            kept.append(file.path)
    if len(files) > MOST_ARTIFACTS:
        lost.append(f"{len(files) - MOST_ARTIFACTS} more files are not kept: a run may have {MOST_ARTIFACTS} artifacts")
    message = "1 file" if len(kept) == 1 else f"{len(kept)} files"
    context.report(progress=1.0, message=f"Done: {message}")
    result: dict[str, JsonValue] = {
        "summary": shortened(proposal.summary, LONGEST_SUMMARY) or "The engineer did not say what was done.",
        "files": kept,
        "artifacts": [f"{FOLDER}/{path}" for path in kept],
        "not_kept": [*lost[:MOST_SAID]],
        "checks": shown_checks(proposal),
        "model": context.model_name,
    }
    return {**result, "note": DEMO_NOTE} if context.model_name == "demo" else result


async def _content(desk: Desk, file: FileChange) -> tuple[bytes, str]:
    """The bytes and their media type: text where it is some, so that no browser takes it for a page."""
    content = await desk.files.content(file.name.decode("utf-8", "surrogateescape"))
    try:
        content.decode()
    except UnicodeDecodeError:
        return content, "application/octet-stream"
    return content, "text/plain; charset=utf-8"
