"""Sandboxes as a worker has them once it has tried, so that no test waits for the probe or is disturbed by its end."""

from pathlib import Path

from agent_runner.worker.sandboxes import Sandboxes, sandboxes_of_this_machine


async def tried_sandboxes(directory: Path) -> Sandboxes:
    """What was found out is remembered in `directory`."""
    sandboxes = await sandboxes_of_this_machine(directory, "the boot of the tests", "auto")
    if sandboxes.known is None:
        await sandboxes.find()
    return sandboxes
