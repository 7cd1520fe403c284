"""The one commit of a run: made of the approved tree, brought into the project, and put on the run's branch.

Each step may be repeated after a crash: the same tree, message and date give the same commit id, objects that are there
already are written again, and a branch that holds the run's commit is left alone. Checkout, index, HEAD and
configuration of the project are never written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent_runner.domain.wording import one_line
from agent_runner.errors import BranchMoved, GitFailed
from agent_runner.workspace.git import OBJECT_ID, Person, Repository
from agent_runner.workspace.process import Ended

RUN_ID: Final = "Run-Id"
TRAILER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
MOST_COMMITS_SEARCHED: Final = 1000
SHORT: Final = 12
PACK_BYTES: Final = 2**30
LONGEST_MESSAGE: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What was approved. `trailers` holds `Run-Id`, by which a repeated publication finds its own commit."""

    tree: str
    base: str
    message: str
    trailers: Mapping[str, str]
    author: Person
    when: datetime
    """When it was decided; the date of the commit, so that a repeated one has the same id."""


def publish(own: Repository, target: Repository, branch: str, wanted: Commit) -> str:
    """The id of the commit on `branch` of `target`, made now or by an earlier attempt.

    Raises BranchMoved if the branch holds something else, or is checked out; GitFailed if git cannot write.
    """
    commit = make_commit(own, wanted)
    reference = f"refs/heads/{branch}"
    if (published := _published(target, reference, commit, wanted)) is not None:
        return published
    _require_not_checked_out(target, branch)
    old = target.resolve(reference) or "0" * len(commit)
    bring_objects(own, target, commit, wanted.base)
    return _point(target, reference, commit, old, wanted)


def make_commit(own: Repository, wanted: Commit) -> str:
    """Write the commit object into the workspace's own repository; a function of `wanted` alone."""
    message = full_message(wanted.message, wanted.trailers)
    return own.bare().line(
        *("commit-tree", "-p", wanted.base, wanted.tree),
        standard_input=message.encode("utf-8", "replace"),
        identity=wanted.author.identity(wanted.when),
    )


def full_message(message: str, trailers: Mapping[str, str]) -> str:
    """The message with the trailers as its last paragraph, whatever the message looks like."""
    lines = [line.rstrip() for line in message[:LONGEST_MESSAGE].replace("\0", "").splitlines()]
    text = "\n".join(lines).strip() or "Change by an agent"
    wrong = [name for name in trailers if not TRAILER_NAME.fullmatch(name)]
    assert not wrong, f"{wrong} cannot be the names of trailers"
    paragraph = "\n".join(f"{name}: {one_line(value).strip()}" for name, value in trailers.items())
    return f"{text}\n\n{paragraph}\n"


def trailer(message: str, name: str) -> str | None:
    """The value of a trailer in the last paragraph; earlier ones may quote one without meaning it."""
    last = message.rstrip("\n").rpartition("\n\n")[2]
    values = [line.partition(":")[2].strip() for line in last.splitlines() if line.startswith(f"{name}:")]
    return values[-1] if values else None


def bring_objects(own: Repository, target: Repository, commit: str, base: str) -> None:
    """Copy what `commit` needs beyond `base`: as a pack through a pipe, so that neither side runs a transport."""
    revisions = f"{commit}\n^{base}\n".encode()
    pack = own.bare().run("pack-objects", "--revs", "--stdout", "--quiet", standard_input=revisions, limit=PACK_BYTES)
    target.run("unpack-objects", "-q", "--strict", standard_input=pack)


def _published(target: Repository, reference: str, commit: str, wanted: Commit) -> str | None:
    """The run's commit on the branch; None if the branch is free for it, which is absent or at the base."""
    tip = target.resolve(reference)
    if tip is None or tip == wanted.base:
        return None
    if tip == commit:
        return commit
    branch = reference.removeprefix("refs/heads/")
    if target.resolve(f"{tip}^{{commit}}") != tip:
        raise BranchMoved(
            f"the branch {branch} does not point to a commit", next_step=f"delete it: git branch -D {branch}"
        )
    base = [f"^{wanted.base}"] if target.resolve(f"{wanted.base}^{{commit}}") else []
    most = f"--max-count={MOST_COMMITS_SEARCHED}"
    for candidate in target.run("rev-list", most, tip, *base, "--").decode("ascii").split():
        if candidate == commit:
            return commit
        head, _, message = target.run("cat-file", "commit", candidate).decode("utf-8", "replace").partition("\n\n")
        if trailer(message, RUN_ID) != wanted.trailers[RUN_ID]:
            continue
        if head.partition("\n")[0] == f"tree {wanted.tree}":
            return candidate
        raise BranchMoved(
            f"the branch {branch} holds commit {candidate[:SHORT]} of run {wanted.trailers[RUN_ID]}, "
            "which is not what was approved",
            next_step=f"look at it (git show {candidate[:SHORT]}), then rename or delete the branch and try again",
        )
    raise BranchMoved(
        f"the branch {branch} was moved to {tip[:SHORT]}, which is not of this run",
        next_step=f"rename it (git branch -m {branch} …) or delete it, then try again",
    )


def _require_not_checked_out(target: Repository, branch: str) -> None:
    """Moving a branch that is checked out would make the checkout look changed."""
    for entry in target.run("worktree", "list", "--porcelain", "-z").split(b"\0"):
        if entry == b"branch refs/heads/" + branch.encode():
            raise BranchMoved(
                f"the branch {branch} is checked out in the project",
                next_step="check out another branch (git switch -), then try again",
            )


def _point(target: Repository, reference: str, commit: str, old: str, wanted: Commit) -> str:
    assert OBJECT_ID.fullmatch(commit)
    outcome = target.attempt(
        *("update-ref", "--no-deref", "-m", "agent-runner: publish", "--end-of-options", reference, commit, old),
        identity=wanted.author.identity(wanted.when),
    )
    if outcome.ended is Ended.BY_ITSELF and outcome.code == 0:
        return commit
    if (published := _published(target, reference, commit, wanted)) is not None:
        return published
    words = one_line(outcome.errors.decode("utf-8", "replace").strip()[:400])
    raise GitFailed(
        f"the branch {reference.removeprefix('refs/heads/')} cannot be written: {words}",
        next_step="remove the lock file or the branch that git names, if no git command is running",
    )
