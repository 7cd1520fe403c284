"""The company's files: no git behind them, no name that leads elsewhere, and each file that is saved is told."""

from pathlib import Path
from typing import Any, ClassVar

from metagpt.schema import Document
from metagpt.utils.file_repository import FileRepository
from metagpt.utils.git_repository import ChangeType, GitRepository
from names import Refused, safe_name
from story import Story

DOCUMENTS = {"docs/prd": "prd", "docs/system_design": "design", "docs/task": "tasks"}
MAY_BE_EMPTY = ("__init__.py", "py.typed", ".gitkeep")


class Workspace(GitRepository):
    """MetaGPT asks its repository what has changed. In one that is new and never committed to, that is every file."""

    story: ClassVar[Story]

    def open(self, local_path: Path, auto_init: bool = False) -> None:  # noqa: FBT001, FBT002 - MetaGPT's signature
        del auto_init
        self._root = Path(local_path)
        self._root.mkdir(parents=True, exist_ok=True)

    @property
    def is_valid(self) -> bool:
        return True

    @property
    def workdir(self) -> Path:
        return self._root

    @property
    def changed_files(self) -> dict[str, ChangeType]:
        return dict.fromkeys(self.get_files("."), ChangeType.UNTRACTED)

    def get_files(self, relative_path: Path | str, *_: object, **__: object) -> list[str]:
        """In the order of their names: what a file system says comes in any order, and reaches the prompts."""
        top = self._root / relative_path
        return sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())

    def new_file_repository(self, relative_path: Path | str = ".") -> FileRepository:
        path = Path(relative_path)
        return Guarded(self, path.relative_to(self._root) if path.is_absolute() else path)


class Guarded(FileRepository):
    """Names of files come from a model: they are written and read below this directory, or not at all."""

    async def save(self, filename: Path | str, content: Any, dependencies: Any = None) -> Document:
        try:
            name = safe_name(str(filename))
            saved = await super().save(name, something(content, name), dependencies)
        except (Refused, OSError) as error:
            self._refuse(str(filename), error)
            return Document(root_path=str(self.root_path), filename=str(filename), content=content or "")
        self._tell(name, content or "")
        return saved

    async def get(self, filename: Path | str) -> Document | None:
        try:
            return await super().get(safe_name(str(filename)))
        except (Refused, OSError):
            return None

    def _tell(self, name: str, content: str) -> None:
        place = self.root_path.as_posix()
        if place == self._git_repo.workdir.name:
            Workspace.story.file(name, content)
        elif place in DOCUMENTS:
            Workspace.story.document(DOCUMENTS[place], content)

    def _refuse(self, name: str, error: Exception) -> None:
        why = f"{error.strerror or error}" if isinstance(error, OSError) else str(error)
        Workspace.story.refused("Engineer", name, why)


def something(content: str | None, name: str) -> str:
    if not (content or "").strip() and not name.endswith(MAY_BE_EMPTY):
        raise Refused("the model gave nothing to write in it")
    return content or ""
