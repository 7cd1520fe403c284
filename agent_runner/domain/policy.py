"""What a project allows the runs that work in it, and what a run narrows of that."""

import shlex
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent_runner.domain.budget import Budget
from agent_runner.errors import CommandRefused

LONGEST_GLOB: Final = 200
LONGEST_LINE: Final = 1000
LONGEST_DIRECTORY: Final = 4096
ANYTHING: Final = ("**",)
ANY_ARGUMENTS: Final = "*"
SHELL_ONLY: Final = frozenset({"&&", "||", "|", "&", ">", ">>", "<", "2>", "2>&1"})


class CommitApproval(StrEnum):
    """Which commits a person must allow: each, those that touch a sensitive file, none. The first is the strictest."""

    ALWAYS = "always"
    SENSITIVE = "sensitive"
    NEVER = "never"

    def or_stricter(self, other: "CommitApproval | None") -> "CommitApproval":
        order = list(CommitApproval)
        return self if other is None else min(self, other, key=order.index)


def words_of(line: str) -> list[str]:
    """The words of a command line, quoted as for a shell. Raises ValueError with a sentence: there is no shell."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"{line!r} is no command line: {error}") from None
    if not words or not words[0]:
        raise ValueError(f"{line!r} names no program")
    if found := next((word for word in words if word in SHELL_ONLY or (len(word) > 1 and word.endswith(";"))), None):
        raise ValueError(f"{line!r} is run without a shell, which {found!r} is for: name each command by itself")
    return words


def _is_glob(glob: str) -> str:
    if not glob.strip() or not glob.isprintable():
        raise ValueError(f"{glob!r} is no glob: write one such as src/ or docs/**/*.md")
    if glob.startswith(("/", "~", "\\")):
        raise ValueError(f"{glob!r} is not relative: write it from the project's root, as in src/")
    if ".." in glob.split("/"):
        raise ValueError(f"{glob!r} leads out of the project: write it without ..")
    return glob


def _is_line(line: str) -> str:
    if not line.isprintable():
        raise ValueError(f"{line!r} holds characters that cannot be seen: a command is one plain line")
    words_of(line)
    return line


def _is_check(line: str) -> str:
    if _is_line(line).endswith(f" {ANY_ARGUMENTS}"):
        raise ValueError(f"{line!r} is run as it stands: a check has no arguments that are left open")
    return line


def _is_allowed_command(line: str) -> str:
    if words_of(_is_line(line))[0] == ANY_ARGUMENTS:
        raise ValueError(f"{line!r} would allow every command: name a program, as in pytest *")
    return line


def _is_directory_of_tools(path: str) -> str:
    if not path.isprintable() or not path.startswith("/") or ".." in path.split("/"):
        raise ValueError(f"{path!r} is not absolute: write a directory such as /opt/venv, without ..")
    if not path.strip("/."):
        raise ValueError(f"{path!r} would show the whole machine: name the directory that the commands need")
    return path


Glob = Annotated[str, Field(max_length=LONGEST_GLOB), AfterValidator(_is_glob)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=100)]
Check = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_is_check)]
AllowedCommand = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(_is_allowed_command)]
ToolDirectory = Annotated[str, Field(max_length=LONGEST_DIRECTORY), AfterValidator(_is_directory_of_tools)]


class AllowedPaths(BaseModel):
    """Globs over paths from the project's root, as `workspace.paths.Whitelist` has them; an empty list allows none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: Globs = ANYTHING
    write: Globs = ANYTHING


class ProjectPolicy(BaseModel):
    """What runs may do in a project, and what a person wants to be asked. A run can only narrow it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_paths: AllowedPaths = Field(default=AllowedPaths(), description="Globs of what may be read and written.")
    deny: Globs = Field(default=(), description="Globs that win over both, e.g. `secrets/`.")
    sensitive: Globs = Field(default=(), description="Sensitive paths that may be written, e.g. `.vscode/`.")
    checks: Annotated[tuple[Check, ...], Field(max_length=20)] = Field(
        default=(), description="Command lines, run without a shell after each round of edits; shown with the diff."
    )
    commands: Annotated[tuple[AllowedCommand, ...], Field(max_length=100)] = Field(
        default=(), description="Further command lines an agent may run; a trailing ` *` allows any arguments."
    )
    toolchain: Annotated[tuple[ToolDirectory, ...], Field(max_length=20)] = Field(
        default=(), description="Directories the commands read besides the system's, e.g. a virtual environment."
    )
    check_seconds: float = Field(
        default=600.0, strict=True, gt=0, le=86400, allow_inf_nan=False, description="The longest one command may take."
    )
    approve_commits: CommitApproval = Field(
        default=CommitApproval.ALWAYS, description="Which commits a person must allow."
    )
    approve_plan: bool = Field(default=False, strict=True, description="Whether a person must allow the plan first.")
    budget: Budget | None = Field(default=None, description="Of the project's runs, where they name none themselves.")

    def changed_by(self, given: "ProjectPolicy") -> "ProjectPolicy":
        """What `given` names, and the rest as it is here; reading and writing are named apart."""
        new = given.model_dump(exclude_unset=True)
        if "allowed_paths" in new:
            new["allowed_paths"] = self.allowed_paths.model_dump(exclude_unset=True) | new["allowed_paths"]
        return ProjectPolicy.model_validate(self.model_dump(exclude_unset=True) | new)

    def stored(self) -> str:
        """JSON text of what was named; the rest is the default of whoever reads it."""
        return self.model_dump_json(exclude_unset=True)


class RunPolicy(BaseModel):
    """How one run narrows what its project allows; of two answers the stricter counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_paths: AllowedPaths = AllowedPaths()
    approve_commits: CommitApproval | None = None
    approve_plan: bool = False

    @staticmethod
    def read(text: str | None) -> "RunPolicy":
        """From the JSON that a run keeps; None narrows nothing."""
        return RunPolicy.model_validate_json(text) if text else NOT_NARROWED


NOT_NARROWED: Final = RunPolicy()
"""Made once, for the runs that say nothing, which are most."""


def allows(policy: ProjectPolicy, line: str) -> list[str]:
    """The words of a command line that the project allows: a check, or one of its commands.

    Raises CommandRefused with a sentence for the model.
    """
    allowed = (*policy.checks, *policy.commands)
    next_step = f"these may be run: {'; '.join(allowed) or 'none'}"
    try:
        words = words_of(line)
    except ValueError as error:
        raise CommandRefused(str(error), next_step=next_step) from None
    if not any(_fits(words, each) for each in allowed):
        raise CommandRefused(f"{line!r} is not a command that this project allows", next_step=next_step)
    return words


def _fits(words: list[str], allowed: str) -> bool:
    expected = words_of(allowed)
    if expected[-1] == ANY_ARGUMENTS:
        return words[: len(expected) - 1] == expected[:-1]
    return words == expected
