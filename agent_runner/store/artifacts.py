"""Every statement on `artifacts`, the files that runs leave behind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from agent_runner.domain.artifact import NewArtifact
from agent_runner.errors import NotFound
from agent_runner.store.session import ReadSession, WriteSession
from agent_runner.store.tables import artifacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRecord:
    """An artifact without its content; `size` in bytes."""

    path: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


_COLUMNS: Final = [artifacts.c[name] for name in ArtifactRecord.__dataclass_fields__]
_REMOVE: Final = delete(artifacts).where(
    artifacts.c.run_id == bindparam("of_run"), artifacts.c.path == bindparam("of_path")
)
_INSERT: Final = insert(artifacts)


def put_artifacts(session: WriteSession, added: Iterable[tuple[int, NewArtifact]]) -> None:
    """(run_id, artifact): the last one of a path stays. Only for store/held.py, which has proved the fence."""
    latest = {(run_id, artifact.path): artifact for run_id, artifact in added}
    if not latest:
        return
    session.execute(_REMOVE, [{"of_run": run_id, "of_path": path} for run_id, path in latest])
    session.execute(
        _INSERT,
        [
            {
                "run_id": run_id,
                "path": path,
                "media_type": artifact.media_type,
                "size": len(artifact.content),
                "sha256": artifact.sha256,
                "created_at": session.now,
                "content": artifact.content,
            }
            for (run_id, path), artifact in latest.items()
        ],
    )


def list_artifacts(session: ReadSession, run_id: int) -> Sequence[ArtifactRecord]:
    """By path."""
    return session.records(
        ArtifactRecord, select(*_COLUMNS).where(artifacts.c.run_id == run_id).order_by(artifacts.c.path)
    )


def get_artifact(session: ReadSession, run_id: int, path: str) -> tuple[ArtifactRecord, bytes]:
    """The artifact and its content. Raises NotFound."""
    here = (artifacts.c.run_id == run_id, artifacts.c.path == path)
    found = session.record(ArtifactRecord, select(*_COLUMNS).where(*here))
    content = session.first(select(artifacts.c.content).where(*here))
    if found is None or content is None:
        raise NotFound(f"run {run_id} has no artifact {path!r}", next_step=f"see GET /runs/{run_id}/artifacts")
    return found, bytes(content.content)
