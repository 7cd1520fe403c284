"""Repositories that try to run programs, and plain git to make them with."""

import os
import shlex
import subprocess
from pathlib import Path

HOOKS = (
    *("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg"),
    *("commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update"),
    *("proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc"),
    *("post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change"),
)
PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.alternateRefsCommand"),
    *("core.gitProxy", "sequence.editor", "diff.external", "gpg.program", "gpg.ssh.program", "interactive.diffFilter"),
    *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command", "diff.evil.textconv"),
    *("merge.evil.driver", "uploadpack.packObjectsHook", "trailer.run-id.command", "credential.helper"),
    *("pager.status", "pager.log", "pager.diff", "remote.origin.uploadpack", "remote.origin.receivepack"),
)
SWITCHES = {
    "commit.gpgSign": "true",
    "log.showSignature": "true",
    "core.untrackedCache": "true",
    "gc.auto": "1",
    "maintenance.auto": "true",
    "receive.autogc": "true",
    "submodule.recurse": "true",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "protocol.ext.allow": "always",
}


def git(directory: Path, *arguments: str, standard_input: bytes = b"") -> str:
    """Plain git, as a user's shell runs it, but for the user's own settings."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(directory)}
    identity = ("-c", "user.name=A User", "-c", "user.email=user@example.invalid")
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=directory,
        input=standard_input,
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def new_repository(directory: Path, files: dict[str, str | bytes]) -> Path:
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", "--initial-branch=main")
    for name, content in files.items():
        write(directory / name, content)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", "First")
    return directory


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def everything(directory: Path) -> dict[str, tuple[int, bytes | str]]:
    """All that is in a directory with its modes, the git directory too: to see that nothing has changed."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in sorted(directory.rglob("*")):
        mode = path.lstat().st_mode
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
        found[str(path.relative_to(directory))] = (mode, content)
    return found


class Trap:
    """Programs that leave a mark when they run, planted wherever git looks for one."""

    def __init__(self, directory: Path) -> None:
        self.marks = directory / "marks"
        self.programs = directory / "programs"
        self.marks.mkdir(parents=True)
        self.programs.mkdir()

    def program(self, name: str) -> str:
        path = self.programs / name.replace("/", "_")
        mark = shlex.quote(str(self.marks / path.name))
        path.write_text(f"#!/bin/sh\necho run >> {mark}\ncase '{name}' in filter*|*textconv) cat;; esac\nexit 0\n")
        path.chmod(0o755)
        return str(path)

    def plant_in(self, git_dir: Path) -> None:
        hooks = git_dir / "hooks"
        hooks.mkdir(exist_ok=True)
        for hook in HOOKS:
            (hooks / hook).unlink(missing_ok=True)
            (hooks / hook).symlink_to(self.program(f"hook-{hook}"))
        included = git_dir / "included"
        for name in PROGRAMS:
            git(git_dir.parent, "config", "--file", str(included), name, self.program(name))
        git(git_dir.parent, "config", "--file", str(included), "remote.origin.url", f"ext::{self.program('ext')}")
        for name, value in SWITCHES.items():
            git(git_dir.parent, "config", "--file", str(included), name, value)
        git(git_dir.parent, "config", "--file", str(git_dir / "config"), "include.path", str(included))

    @property
    def sprung(self) -> list[str]:
        return sorted(mark.name for mark in self.marks.iterdir())


HOSTILE_FILES: dict[str, str | bytes] = {
    ".gitattributes": "* filter=evil diff=evil merge=evil\n",
    "src/main.py": "print('hello')\n",
    "README.md": "# Hello\n",
    "data.bin": bytes(range(256)) * 4,
}


def hostile_project(directory: Path, trap: Trap) -> Path:
    project = new_repository(directory, HOSTILE_FILES)
    trap.plant_in(project / ".git")
    return project
