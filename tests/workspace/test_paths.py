import pytest

from agent_runner.domain.policy import AllowedPaths, ProjectPolicy, RunPolicy
from agent_runner.errors import FileRefused
from agent_runner.workspace.paths import Whitelist, matches, parse, parse_file


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**", "a/b/c", True),
        ("*.py", "a/b/c.py", True),
        ("*.py", "a.py/c", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/b/a.py", False),
        ("src/**/*.py", "src/a.py", True),
        ("src/**/*.py", "src/b/c/a.py", True),
        ("src/**/*.py", "lib/src/a.py", False),
        ("src/", "src/b/c", True),
        ("src/", "lib/src/c", False),
        ("src", "src/a", False),
        ("./docs/?.md", "docs/a.md", True),
        ("[ab]/x", "b/x", True),
        ("/src/a", "src/a", True),
        ("**/test_*", "a/test_x", True),
    ],
)
def test_globs(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, tuple(path.split("/"))) is expected


def test_a_hostile_glob_takes_no_time() -> None:
    assert not matches("**/a" * 200 + "/b", ("a",) * 400)
    assert not matches("*a" * 50 + "b", ("a" * 250,))


HOSTILE_PATHS = (
    *(
        "/etc/passwd",
        "../x",
        "a/../../x",
        "~/x",
        "\\\\server\\x",
        "a/..",
        "x\0y",
        "a\nb",
        "\udc80",
        "a" * 256,
        "é" * 200,
    ),
    *("a/" * 600, "x\u202etxt", "\x1b[2K", ""),
)


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(FileRefused) as refused:
        parse_file(path)
    assert refused.value.message.isprintable()


def test_a_path_is_taken_from_the_root() -> None:
    assert parse("./a//b/./c") == ("a", "b", "c")
    assert parse(".") == ()


def test_deny_wins_and_reading_and_writing_are_apart() -> None:
    whitelist = Whitelist(read=("src/", "README.md"), write=("src/",), deny=("*.key",))
    whitelist.require_readable(("README.md",))
    whitelist.require_writable(("src", "a.py"))
    with pytest.raises(FileRefused, match=r"README\.md may not be written") as refused:
        whitelist.require_writable(("README.md",))
    assert refused.value.next_step == "these may be written: src/, but never: *.key"
    for check in (whitelist.require_readable, whitelist.require_writable):
        with pytest.raises(FileRefused):
            check(("src", "tls.key"))
    with pytest.raises(FileRefused):
        whitelist.require_readable(("setup.py",))


def test_a_run_narrows_its_project_and_whoever_refuses_names_its_own_globs() -> None:
    project = ProjectPolicy(
        allowed_paths=AllowedPaths(read=("src/", "docs/"), write=("src/",)), deny=("*.key",), sensitive=(".vscode/",)
    )
    whitelist = Whitelist.of(project, RunPolicy(allowed_paths=AllowedPaths(read=("src/", "etc/"), write=("src/a/",))))
    whitelist.require_readable(("src", "b.py"))
    whitelist.require_writable(("src", "a", "b.py"))
    assert not whitelist.is_readable(("docs", "index.md"))
    assert not whitelist.is_readable(("src", "tls.key"))
    for path, may in [
        (("docs", "index.md"), "these may be read: src/, etc/"),
        (("etc", "hosts"), "these may be read: src/, docs/, but never: *.key"),
    ]:
        with pytest.raises(FileRefused) as refused:
            whitelist.require_readable(path)
        assert refused.value.next_step == may
    with pytest.raises(FileRefused) as refused:
        whitelist.require_writable(("src", "b.py"))
    assert refused.value.next_step == "these may be written: src/a/"
    with pytest.raises(FileRefused) as refused:
        whitelist.require_writable(("setup.py",))
    assert refused.value.next_step == "these may be written: src/, but never: *.key"


def test_what_a_project_allows_of_the_sensitive_its_runs_may_write() -> None:
    whitelist = Whitelist.of(ProjectPolicy(sensitive=(".vscode/settings.json",)), RunPolicy())
    whitelist.require_writable((".vscode", "settings.json"))
    with pytest.raises(FileRefused, match="obeys it"):
        whitelist.require_writable((".vscode", "tasks.json"))


GIT_PATHS = (
    ".git",
    "a/.git",
    "a/.GIT/config",
    ".git/hooks/pre-commit",
    ".gitmodules",
    "git~1/x",
    ".g\u200cit/x",
    ".git. /x",
)
SENSITIVE_PATHS = (
    ".vscode/tasks.json",
    "a/.idea/x",
    ".mcp.json",
    ".claude/settings.json",
    ".envrc",
    ".bashrc",
    ".ZSHRC",
)


@pytest.mark.parametrize("path", [*GIT_PATHS, *SENSITIVE_PATHS])
def test_what_other_programs_obey_is_not_written(path: str) -> None:
    with pytest.raises(FileRefused, match="obeys it"):
        Whitelist().require_writable(tuple(path.split("/")))


@pytest.mark.parametrize("path", SENSITIVE_PATHS)
def test_the_caller_may_allow_single_sensitive_paths(path: str) -> None:
    Whitelist(sensitive=("**",)).require_writable(tuple(path.split("/")))


@pytest.mark.parametrize("path", GIT_PATHS)
def test_nobody_may_allow_what_git_obeys(path: str) -> None:
    with pytest.raises(FileRefused):
        Whitelist(sensitive=("**",)).require_writable(tuple(path.split("/")))
