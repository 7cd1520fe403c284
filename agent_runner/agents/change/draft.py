"""The change as it grows: files in the workspace, and in the journal what each call has changed of them."""

import base64
import os
import zlib
from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from agent_runner.errors import FileRefused, JournalMismatch
from agent_runner.workspace.paths import Whitelist, parse_file
from agent_runner.workspace.worktree import Workspace

LARGEST_CHANGE: Final = 2 * 2**20
"""Characters of one change in the journal, packed; a step may have twice as many."""


class Change(BaseModel):
    """What one call has changed: the tree it led to, and the packed difference from the one before."""

    model_config = ConfigDict(frozen=True)

    tree: str
    packed: str


class Draft:
    """A workspace of this attempt, kept in step with what the journal of the run says.

    Another attempt has a fresh workspace and the same journal: `heed` collects what finished calls have changed, and
    `catch_up` brings it into the workspace before anything new is done there.
    """

    def __init__(self, workspace: Workspace, holds_secret: Callable[[str], bool]) -> None:
        self.workspace = workspace
        self.tree = workspace.base_tree
        """The tree that the journal knows."""
        self.renewals = 0
        """How often the directory of the workspace was made anew: who had it open has lost it."""
        self._present = workspace.base_tree
        self._missing: list[bytes] = []
        self._holds_secret = holds_secret

    @property
    def is_changed(self) -> bool:
        return self.tree != self.workspace.base_tree

    def heed(self, told: JsonValue) -> None:
        """Takes note of a recorded change, made just now or by an earlier attempt."""
        change = _change_of(told)
        self.tree = change.tree
        if self.tree != self._present:
            self._missing.append(zlib.decompress(base64.b64decode(change.packed)))

    async def catch_up(self) -> None:
        if self._missing:
            await self.workspace.restore(self._present, tuple(self._missing), self.tree)
            self._present, self._missing = self.tree, []

    async def record(self) -> Change | None:
        """What was changed since the last recorded change; None for nothing. `heed` must get it next.

        Raises FileRefused, after undoing it, for what cannot be part of the journal or of a commit.
        """
        try:
            after = await self.workspace.snapshot()
            if after == self.tree:
                return None
            delta = await self.workspace.delta(self.tree, after)
            change = Change(tree=after, packed=base64.b64encode(zlib.compress(delta)).decode())
            self._require_harmless(delta, change)
        except FileRefused:
            await self._renew()
            raise
        self._present = after
        return change

    async def keep_to(self, whitelist: Whitelist) -> list[str]:
        """Puts back what was changed and may not be, where no tool has looked at each path. Returns why, in sentences.

        Raises FileRefused, having undone nothing, for what cannot be recorded at all.
        """
        after = await self.workspace.snapshot()
        refused: dict[bytes, str] = {}
        for file in (await self.workspace.diff(self.tree, after)).files:
            try:
                whitelist.require_writable(parse_file(os.fsdecode(file.name)))
            except FileRefused as refusal:
                refused[file.name] = refusal.message
        if refused:
            await self.workspace.put_back(self.tree, tuple(refused))
        return list(refused.values())

    async def undo(self) -> None:
        """The files are again what the journal says; what git ignores stays."""
        try:
            await self.workspace.snapshot()
            await self.workspace.restore(self.tree, (), self.tree)
        except FileRefused:
            await self._renew()

    async def _renew(self) -> None:
        self.renewals += 1
        await self.workspace.reset(self.tree)

    def _require_harmless(self, delta: bytes, change: Change) -> None:
        if self._holds_secret(delta.decode("utf-8", "replace")):
            raise FileRefused(
                "the change holds a key or password of this worker and was undone",
                next_step="use a placeholder, or read it from the environment",
            )
        if len(change.packed) > LARGEST_CHANGE:
            raise FileRefused(
                f"the change has {len(delta)} bytes, too many to record, and was undone",
                next_step="make it in smaller pieces",
            )


def _change_of(told: JsonValue) -> Change:
    try:
        return Change.model_validate(told)
    except ValidationError as error:
        raise JournalMismatch(
            "a recorded tool call does not say what it changed",
            next_step="it was written by another version; start a new run",
        ) from error
