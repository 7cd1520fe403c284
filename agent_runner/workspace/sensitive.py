"""Paths that programs read and obey: flagged in a diff, and some of them never written by a tool unless allowed."""

import unicodedata
from typing import Final

GIT: Final = frozenset({".git", ".gitmodules", "git~1", "gitmod~1"})
"""Refused whatever is allowed. The last two are their short names on Windows file systems."""
REFUSED: Final = frozenset(
    {".vscode", ".idea", ".claude", ".mcp.json", ".envrc", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout"}
    | {".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".cshrc", ".tcshrc", ".login"}
)
"""Files and directories, at any depth."""
FLAGGED: Final = frozenset(
    {".gitattributes", ".cursor", ".husky", ".devcontainer", ".circleci", ".gitlab-ci.yml", "jenkinsfile"}
    | {".pre-commit-config.yaml", "lefthook.yml", ".npmrc", "sitecustomize.py"}
)
BUILD_SERVER: Final = ((".github", "workflows"), (".github", "actions"), (".gitea", "workflows"))


def plain(name: str) -> str:
    """A name as a file system that ignores case and invisible characters sees it."""
    normal = unicodedata.normalize("NFKC", name)
    visible = "".join(character for character in normal if unicodedata.category(character) != "Cf")
    return visible.casefold().rstrip(" .") or visible


def is_git_name(name: str) -> bool:
    return plain(name) in GIT


def why_refused(parts: tuple[str, ...]) -> str | None:
    """Half a sentence that says who obeys this path, None for one that a tool may write."""
    names = [plain(part) for part in parts]
    if any(name in GIT for name in names):
        return "git obeys it"
    if any(name in REFUSED for name in names):
        return "an editor, a shell or an assistant obeys it"
    return None


def why_sensitive(parts: tuple[str, ...]) -> str | None:
    """The same for everything that deserves a second look in a diff."""
    names = [plain(part) for part in parts]
    if tuple(names[:2]) in BUILD_SERVER:
        return "a build server runs it"
    if any(name in FLAGGED for name in names):
        return "a tool of the developer or a build server obeys it"
    return why_refused(parts)
