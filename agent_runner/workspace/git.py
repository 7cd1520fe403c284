"""The only caller of git: every command hardened so that nothing of a repository, however hostile, is executed.

No configuration but the repository's own is read. What of that one could name a program is overridden on the command
line, or not used by the few plumbing commands called here. Names travel as bytes or behind `--end-of-options`.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import ConfigurationError, GitFailed
from agent_runner.workspace.process import Ended, Outcome, run_bounded

NO_COMMIT: Final = "0" * 40
COMMAND_SECONDS: Final = 120.0
OUTPUT_BYTES: Final = 64 * 2**20
LONGEST_BRANCH: Final = 200
LONGEST_QUOTE: Final = 400
BRANCH: Final = re.compile(r"[A-Za-z0-9._/-]+")
OBJECT_ID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NOTHING: Final = "/dev/null"

CONFIGURATION: Final = (
    ("core.hooksPath", NOTHING),  # --no-verify still runs some hooks
    ("core.fsmonitor", "false"),
    ("core.attributesFile", NOTHING),
    ("core.excludesFile", NOTHING),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.untrackedCache", "false"),
    ("core.autocrlf", "false"),
    ("core.quotePath", "true"),
    ("core.fsync", "committed"),  # what an acknowledged commit is made of survives power loss
    ("core.logAllRefUpdates", "false"),
    ("commit.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("credential.helper", ""),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("diff.ignoreSubmodules", "all"),
    ("safe.bareRepository", "explicit"),
    ("protocol.allow", "never"),
    ("protocol.file.allow", "always"),
    ("transfer.credentialsInUrl", "die"),
)
ENVIRONMENT: Final = {
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": NOTHING,
    "GIT_CONFIG_GLOBAL": NOTHING,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",  # a promisor remote may be `ext::program`
    "GIT_ALLOW_PROTOCOL": "file",  # unlike -c, also seen by the other end of a local fetch
    "GIT_PROTOCOL_FROM_USER": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a commit says has made it."""

    name: str
    email: str

    def identity(self, when: datetime) -> dict[str, str]:
        """As author and committer at `when`, in whole seconds of UTC, so that the same commit has the same id."""
        name, email = _one_line(self.name), _one_line(self.email)
        date = f"@{int(when.timestamp())} +0000"  # without the @ git takes small numbers for a day
        return {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", name), ("EMAIL", email), ("DATE", date))
        }


OURSELVES: Final = Person(name="agent-runner", email="agent-runner@localhost")
"""Who has made what an agent commits; who approved it stands in a trailer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A git directory that is always named explicitly, so that no pointer in a work tree is ever followed.

    Without a work tree git reads no .gitattributes, so a diff shows text as text whatever the project says.
    """

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None

    def bare(self) -> "Repository":
        return replace(self, work_tree=None)

    def run(
        self,
        *arguments: str,
        standard_input: bytes = b"",
        identity: Mapping[str, str] | None = None,
        seconds: float = COMMAND_SECONDS,
        limit: int = OUTPUT_BYTES,
    ) -> bytes:
        """The output of a git command. Raises GitFailed if it fails, takes longer or says more than `limit` bytes."""
        outcome = self.attempt(
            *arguments, standard_input=standard_input, identity=identity, seconds=seconds, limit=limit
        )
        if outcome.ended is Ended.BY_ITSELF and outcome.code == 0:
            return outcome.output
        raise failure(arguments[0], outcome, seconds, limit)

    def attempt(
        self,
        *arguments: str,
        standard_input: bytes = b"",
        identity: Mapping[str, str] | None = None,
        seconds: float = COMMAND_SECONDS,
        limit: int = OUTPUT_BYTES,
    ) -> Outcome:
        """The same, for callers that can use a failure or cut output."""
        command = [git_program(), *_settings(), f"--git-dir={self.git_dir}"]
        environment = {**ENVIRONMENT, **(identity or {}), "PATH": _search_path()}
        if self.work_tree is not None:
            command.append(f"--work-tree={self.work_tree}")
        if self.index is not None:
            environment["GIT_INDEX_FILE"] = str(self.index)
        return run_bounded(
            [*command, *arguments],
            environment=environment,
            directory=self.work_tree or self.git_dir.parent,
            standard_input=standard_input,
            seconds=seconds,
            limit=limit,
        )

    def line(self, *arguments: str, standard_input: bytes = b"", identity: Mapping[str, str] | None = None) -> str:
        """Output that is one line of ASCII: an object id, a name, a flag."""
        return self.run(*arguments, standard_input=standard_input, identity=identity).decode("ascii").strip()

    def resolve(self, name: str) -> str | None:
        """The object id that `name` stands for, None if nothing does."""
        outcome = self.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        if outcome.ended is not Ended.BY_ITSELF:
            raise failure("rev-parse", outcome, COMMAND_SECONDS, OUTPUT_BYTES)
        found = outcome.output.decode("ascii", "replace").strip()
        return found if outcome.code == 0 and OBJECT_ID.fullmatch(found) else None


def create_repository(git_dir: Path, object_format: str) -> None:
    """An empty bare repository without hooks or templates; does nothing to one that is already there."""
    Repository(git_dir=git_dir).run(
        "init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", "--end-of-options", str(git_dir)
    )


def keep_bytes(git_dir: Path) -> None:
    """From now on files are recorded and checked out byte for byte, whatever the project's attributes say of them."""
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info" / "attributes").write_text("* -text -ident -filter -working-tree-encoding\n")


def is_branch_name(name: str) -> bool:
    """Plain letters only, and a name that git accepts: nothing to quote, to expand or to take for an option."""
    if not BRANCH.fullmatch(name) or name.startswith("-") or len(name) > LONGEST_BRANCH:
        return False
    probe = Repository(git_dir=Path(NOTHING))
    return probe.attempt("check-ref-format", f"refs/heads/{name}").code == 0


def failure(command: str, outcome: Outcome, seconds: float, limit: int) -> GitFailed:
    """What went wrong, in one sentence with git's own words."""
    match outcome.ended:
        case Ended.TOO_LATE:
            return GitFailed(
                f"git {command} was not done after {seconds:g} s",
                next_step="look for a slow disk, or for a repository that is too large",
            )
        case Ended.TOO_LONG:
            return GitFailed(
                f"git {command} answered with more than {limit} bytes", next_step="make the change smaller"
            )
        case Ended.STOPPED:
            return GitFailed(f"git {command} was stopped, as nobody waits for it any more")
        case Ended.BY_ITSELF:
            words = one_line(outcome.errors.decode("utf-8", "replace").strip()[:LONGEST_QUOTE])
            return GitFailed(f"git {command} ended with {outcome.code}: {words or 'it said nothing'}")


@cache
def git_program() -> str:
    found = shutil.which("git")
    if found is None:
        raise ConfigurationError("git is not installed, or not on the PATH", next_step="install git 2.39 or newer")
    return found


def _search_path() -> str:
    """Where git finds its own parts; never the PATH of the worker, which may begin with a project's directory."""
    return os.pathsep.join((str(Path(git_program()).resolve().parent), "/usr/bin", "/bin"))


@cache
def _settings() -> tuple[str, ...]:
    return tuple(word for name, value in CONFIGURATION for word in ("-c", f"{name}={value}"))


def _one_line(text: str) -> str:
    """Git refuses `<`, `>` and line ends in a name."""
    return re.sub(r"[\x00-\x1f<>]", " ", text.encode("utf-8", "replace").decode()).strip() or "unknown"
