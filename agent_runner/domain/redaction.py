"""Secrets taken out of what is recorded or logged: by value those that are configured, by pattern those of others."""

import json
import re
from collections.abc import Iterable
from typing import Final

SHORTEST_SECRET: Final = 12
"""A shorter value is no key, and to replace each `postgres` would spoil ordinary text."""
REDACTED: Final = "***"
RUN_TOKEN: Final = "artk_"  # noqa: S105 - no token, only how all of them begin
"""So begins a token of a run."""

_AT_GITHUB: Final = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{16,})"
)
_AT_AMAZON: Final = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_BEARER: Final = re.compile(r"(?<=\b(?:[Bb]earer|BEARER) )[A-Za-z0-9._~+/=-]{16,}")
_PATTERNS: Final = (
    ("k-", re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}")),  # OpenAI, Anthropic and those who do as they do
    ("AIza", re.compile(r"\bAIza[A-Za-z0-9_-]{30,}")),  # Google
    *((piece, _AT_GITHUB) for piece in ("gh", "glpat-")),
    *((piece, _AT_AMAZON) for piece in ("AKIA", "ASIA")),
    (RUN_TOKEN, re.compile(rf"\b{RUN_TOKEN}[A-Za-z0-9_-]{{20,}}")),
    ("xox", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("eyJ", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),  # a JSON web token
    ("://", re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"']+(?=@)")),  # user and password of an address
    *((piece, _BEARER) for piece in ("earer ", "EARER ")),
    (
        "-----BEGIN",
        # One without its end goes as far as the JSON string that it stands in: no key has a quote in it.
        re.compile(
            r'-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\]|\\[^"])*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=\\?")|$)',
            re.DOTALL,
        ),
    ),
)
"""Each behind a piece that every match holds: looking for that first takes a tenth of the time, for every event."""
_MORE: Final = r"[A-Za-z0-9._~+/=-]*"


class Redaction:
    """Works on plain text and on JSON text alike: what it puts in needs no escaping."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        spellings = values | {
            json.dumps(value, ensure_ascii=is_ascii)[1:-1] for value in values for is_ascii in (False, True)
        }
        longest_first = sorted(spellings, key=len, reverse=True)
        # The whole of it, or, where a text was shortened, the beginning of it.
        wanted = [*map(re.escape, longest_first), *(re.escape(_beginning(value)) + _MORE for value in longest_first)]
        self._values = re.compile("|".join(wanted)) if wanted else None

    def of_values(self, text: str) -> str:
        """Without the configured secrets. For what must otherwise stay as it is, such as the output of a step."""
        return self._values.sub(REDACTED, text) if self._values else text

    def __call__(self, text: str) -> str:
        """Without the configured secrets and without whatever looks like one. For events, errors and logs."""
        text = self.of_values(text)
        for piece, pattern in _PATTERNS:
            if piece in text:
                text = pattern.sub(REDACTED, text)
        return text


def _beginning(value: str) -> str:
    return value[: max(SHORTEST_SECRET, len(value) * 2 // 3)]


NOTHING_SECRET: Final = Redaction()
"""Knows no configured secret, only what secrets look like."""
