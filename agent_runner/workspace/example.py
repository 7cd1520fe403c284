"""A small project under git, to try the coder in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent_runner.errors import InvalidInput
from agent_runner.workspace.git import OURSELVES, Repository

FILES: Final = {
    "README.md": "# Greetings\n\nA project to try agents in. `sh check.sh` says whether it is in order.\n",
    "greeting.py": 'def greet(name: str) -> str:\n    return f"Hello {name}"\n',
    "check.sh": 'grep -q "^def greet" greeting.py && echo "greeting.py greets"\n',
}
CHECK: Final = "sh check.sh"


def make_example(directory: Path) -> None:
    """A repository with one commit on the branch `main`. Raises InvalidInput if anything is there already."""
    if directory.exists() and any(directory.iterdir()):
        raise InvalidInput(f"the directory {str(directory)!r} is not empty", next_step="name one that does not exist")
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (directory / name).write_text(text)
    repository = Repository(git_dir=directory / ".git")
    repository.run("init", "--quiet", "--template=", "--initial-branch=main")
    here = Repository(git_dir=directory / ".git", work_tree=directory)
    here.run("add", "--all")
    when = OURSELVES.identity(datetime.now(UTC))
    tree = here.line("write-tree")
    commit = here.line("commit-tree", tree, standard_input=b"A project to try agents in\n", identity=when)
    here.run("update-ref", "HEAD", commit, identity=when)
