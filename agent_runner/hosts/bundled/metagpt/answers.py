"""What models make of MetaGPT's format, put back into it: small ones fence their JSON, or think aloud before it."""

import re
from typing import Final

OPENED, CLOSED = "[CONTENT]", "[/CONTENT]"
_END_OF_THOUGHTS: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)


def in_format(answer: str, question: str) -> str:
    """The answer as MetaGPT reads it, where a document was asked for; what holds no JSON object stays as it is."""
    text = _END_OF_THOUGHTS.split(answer)[-1]
    if OPENED not in question:
        return text
    inner = text.partition(OPENED)[2].partition(CLOSED)[0] if OPENED in text else text
    begin, end = inner.find("{"), inner.rfind("}")
    return f"{OPENED}\n{inner[begin : end + 1]}\n{CLOSED}" if 0 <= begin < end else text
