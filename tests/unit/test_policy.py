"""What a project allows: which globs and command lines can be named, and which commands then are allowed."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent_runner.domain.policy import AllowedPaths, CommitApproval, ProjectPolicy, allows
from agent_runner.errors import CommandRefused

POLICY = ProjectPolicy(checks=("pytest -q",), commands=("ruff check *", "python -m build", "sh -c 'make && make test'"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pytest -q", ["pytest", "-q"]),
        ("  pytest   '-q' ", ["pytest", "-q"]),
        ("ruff check", ["ruff", "check"]),
        ("ruff check --fix 'a b.py'", ["ruff", "check", "--fix", "a b.py"]),
        ("python -m build", ["python", "-m", "build"]),
        ("sh -c 'make && make test'", ["sh", "-c", "make && make test"]),
    ],
)
def test_checks_and_commands_are_allowed_with_open_arguments_where_the_project_says_so(
    line: str, words: list[str]
) -> None:
    assert allows(POLICY, line) == words


@pytest.mark.parametrize(
    "line",
    [
        "pytest",
        "pytest -q tests",
        "ruff",
        "ruff format",
        "rm -rf .",
        "ruffcheck x",
        "sh -c 'make'",
        "python -m build -n",
    ],
)
def test_another_command_is_refused_with_those_that_may_be_run(line: str) -> None:
    with pytest.raises(CommandRefused, match="is not a command that this project allows") as refused:
        allows(POLICY, line)
    assert refused.value.next_step is not None
    assert refused.value.next_step.startswith("these may be run: pytest -q; ruff check *; python -m build; ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ruff check | tee x", "without a shell, which '|' is for"),
        ("ruff check; rm x", "which 'check;' is for"),
        ("ruff check 'a", "No closing quotation"),
        ("", "names no program"),
        ("'' x", "names no program"),
    ],
)
def test_a_line_that_no_program_can_be_started_with_says_why(line: str, said: str) -> None:
    with pytest.raises(CommandRefused, match=said.replace("|", r"\|")):
        allows(POLICY, line)


def test_a_project_that_names_nothing_allows_no_command() -> None:
    with pytest.raises(CommandRefused) as refused:
        allows(ProjectPolicy(), "ls")
    assert refused.value.next_step == "these may be run: none"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("deny", "", "is no glob"),
        ("deny", " ", "is no glob"),
        ("deny", "a\nb", "is no glob"),
        ("deny", "/etc/", "is not relative"),
        ("deny", "~/x", "is not relative"),
        ("sensitive", "a/../b", "leads out of the project"),
        ("deny", "x" * 201, "at most 200 characters"),
        ("checks", "pytest 'x", "No closing quotation"),
        ("checks", "cd x && pytest", "without a shell, which '&&' is for"),
        ("checks", "pytest *", "a check has no arguments that are left open"),
        ("checks", "  ", "names no program"),
        ("checks", "pytest\nrm", "one plain line"),
        ("checks", "x" * 1001, "at most 1000 characters"),
        ("commands", "*", "would allow every command"),
        ("commands", "* x", "would allow every command"),
        ("commands", "a > b", "which '>' is for"),
        ("toolchain", "venv", "is not absolute"),
        ("toolchain", "/opt/../etc", "is not absolute"),
        ("toolchain", "/", "would show the whole machine"),
        ("toolchain", "//./", "would show the whole machine"),
    ],
)
def test_what_could_not_be_meant_is_refused_with_a_sentence(field: str, value: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ProjectPolicy.model_validate({field: (value,)})


@pytest.mark.parametrize(
    "given",
    [
        {"deny": ["x"] * 101},
        {"allowed_paths": {"read": ["/"]}},
        {"allowed_paths": {"execute": ["**"]}},
        {"check_seconds": 0},
        {"check_seconds": "5"},
        {"check_seconds": float("inf")},
        {"approve_plan": "yes"},
        {"approve_commits": "sometimes"},
        {"colour": "red"},
        {"budget": {"tokens": 0}},
    ],
)
def test_a_field_takes_only_what_it_says(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProjectPolicy.model_validate(given)


def test_of_two_answers_about_commits_the_stricter_counts() -> None:
    always, sensitive, never = CommitApproval
    assert [always.or_stricter(never), never.or_stricter(sensitive), sensitive.or_stricter(None)] == [
        always,
        sensitive,
        sensitive,
    ]


def test_a_change_replaces_what_it_names_and_survives_being_stored() -> None:
    policy = ProjectPolicy(checks=("pytest",), allowed_paths=AllowedPaths(write=("src/",)), approve_plan=True)
    change = ProjectPolicy.model_validate_json(
        '{"allowed_paths": {"read": ["src/", "docs/"]}, "approve_plan": false, "deny": ["*.key"]}'
    )
    changed = ProjectPolicy.model_validate_json(policy.changed_by(change).stored())
    assert changed == ProjectPolicy(
        checks=("pytest",), allowed_paths=AllowedPaths(read=("src/", "docs/"), write=("src/",)), deny=("*.key",)
    )
    assert ProjectPolicy().stored() == "{}"
