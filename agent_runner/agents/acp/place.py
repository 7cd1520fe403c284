"""Where the program works: another directory in every attempt, and spoken of as if it were always the same."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from agent_runner.errors import FileRefused

ATTEMPT: Final = "(private)"
LONGEST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """As the program knows them, without links: the workspace, and the attempt's directory around it and its HOME."""

    root: str
    attempt: str

    @classmethod
    def of(cls, workspace: Path, attempt: Path) -> Self:
        return cls(root=os.path.realpath(workspace), attempt=os.path.realpath(attempt))

    def holds(self, path: str) -> bool:
        """As it is spelled. Links are another matter: no tool of the workspace follows one."""
        return f"{os.path.normpath(path)}/".startswith(f"{self.root}/")

    def relative(self, path: str) -> str:
        """The path from the workspace's root. Raises FileRefused for one that is not within."""
        if not self.holds(path):
            raise FileRefused(
                f"{path[:LONGEST_SHOWN]!r} is not in the workspace",
                next_step=f"name an absolute path below {self.root}",
            )
        return os.path.relpath(path, self.root)

    def neutral(self, text: str) -> str:
        """The text without the directory of this attempt, so that another attempt is known to say the same."""
        for found, instead in ((f"{self.root}/", ""), (self.root, "."), (self.attempt, ATTEMPT)):
            text = text.replace(found, instead)
        return text
