"""The `mgx` agent: a small team of leader, engineer, tester and reviewer that works in rounds."""

from typing import Final

LEADER: Final = "leader"
ENGINEER: Final = "engineer"
TESTER: Final = "tester"
REVIEWER: Final = "reviewer"
MOST_ROUNDS: Final = 5
"""Of engineer, tester and reviewer, where nobody says another number."""
