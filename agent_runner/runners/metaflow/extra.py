"""Whether Metaflow is there, which is an extra of agent-runner."""

from importlib.util import find_spec
from typing import Final

MISSING: Final = "Metaflow is not installed beside agent-runner"
NEXT_STEP: Final = "make metaflow in a checkout, else pip install 'agent-runner[metaflow]'"


def is_installed() -> bool:
    """Without importing it."""
    return find_spec("metaflow") is not None
