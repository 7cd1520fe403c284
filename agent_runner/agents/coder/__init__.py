"""The `coder` agent: works in a copy of a project, and commits exactly what was approved."""

from typing import Final

ROLE: Final = "coder"
