"""What a model says after it has thought: some servers leave the thoughts in the answer."""

import re
from typing import Final

_END_OF_THOUGHTS: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)


def without_thoughts(text: str) -> str:
    """The answer alone; also where the opening tag of the thoughts is missing."""
    return _END_OF_THOUGHTS.split(text)[-1]
