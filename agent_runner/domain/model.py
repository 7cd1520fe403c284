"""The name of a language model: `provider:model`, or `demo`. Which providers there are, only a worker knows."""

import re
from typing import Final

DEMO: Final = "demo"
MODEL_NAME: Final = r"(demo|[A-Za-z][A-Za-z0-9_-]{0,49}:[!-~]{1,200})"


def is_model_name(name: str) -> bool:
    """Whether it is spelled as one; whether there is such a model, its provider knows."""
    return re.fullmatch(MODEL_NAME, name) is not None
