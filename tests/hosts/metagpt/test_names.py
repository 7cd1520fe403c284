"""The path guard of the host, and what its manifest and its lock say: nothing of MetaGPT is needed for them."""

import importlib.util
import tomllib

import pytest

from agent_runner.hosts.manifest import read_host, script_metadata
from tests.hosts.metagpt.parent import BUNDLED

spec = importlib.util.spec_from_file_location("names_of_the_metagpt_host", BUNDLED / "names.py")
assert spec is not None
assert spec.loader is not None
names = importlib.util.module_from_spec(spec)
spec.loader.exec_module(names)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("main.py", "main.py"),
        (" ./src//app.py\n", "src/app.py"),
        (".gitignore", ".gitignore"),
        ("src/größe.py", "src/größe.py"),
        ("a..b/c.py", "a..b/c.py"),
    ],
)
def test_a_name_is_taken_in_its_plainest_spelling(name: str, plain: str) -> None:
    assert names.safe_name(name) == plain


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "./", "/", "/abs/x.py", "//x.py", "~/x.py", "..", "../x.py", "a/../../x", "a/..", "src/"),
        *("a\0.py", "a\nb.py", "a\\b.py", "\\\\host\\x", "C:/x.py", "a\u202eb.py", "\ud800.py"),
        *(".git/hooks/x", "a/.GIT/config", "git~1/config", "a /b.py", "a./b.py", "x" * 301, f"{'é' * 101}.py"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(names.Refused, match=r"^(it|a part of it) "):
        names.safe_name(name)


def test_the_manifest_names_a_script_whose_lock_is_that_of_its_dependencies() -> None:
    host = read_host(BUNDLED)
    assert host.script is not None
    assert host.lock is not None
    declared = script_metadata(host.script.read_text())
    locked = tomllib.loads(host.lock.read_text())
    (wanted,) = declared["tool"]["uv"]["dependency-metadata"]
    (held,) = locked["manifest"]["dependency-metadata"]
    assert sorted(wanted["requires-dist"]) == sorted(held["requires-dist"])
    assert declared["requires-python"].replace(" ", "") == locked["requires-python"].replace(" ", "")
    versions = {package["name"]: package["version"] for package in locked["package"]}
    assert versions["metagpt"] == host.manifest.version
    assert host.options({}) == {"rounds": 12, "code_review": True, "files": 30}
