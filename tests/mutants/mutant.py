"""What a mutant is: a small change of the product that breaks a promise."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces `snippet`, which occurs once in `file`."""

    file: str
    snippet: str
    replacement: str

    def apply(self, root: Path) -> None:
        path = root / "agent_runner" / self.file
        text = path.read_text()
        found = text.count(self.snippet)
        if found != 1:
            raise SystemExit(f"{self.file} holds {found} times instead of once:\n{self.snippet}")
        path.write_text(text.replace(self.snippet, self.replacement))


@dataclass(frozen=True, slots=True)
class Mutant:
    """`breaks` is the promise that is no longer kept; the simulation must notice, or else the named test file."""

    name: str
    breaks: str
    edits: tuple[Edit, ...]
    killed_by: str | None = None


def mutant(name: str, file: str, snippet: str, replacement: str, breaks: str) -> Mutant:
    return Mutant(name, breaks, (Edit(file, snippet, replacement),))
