"""The files of a run: the list, one, all as a zip, and the diff that is to be approved."""

import asyncio
import tempfile
import zipfile
from collections.abc import AsyncGenerator, Sequence
from typing import IO, Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from agent_runner.api.approval_schemas import ArtifactPublic, ArtifactsPublic
from agent_runner.api.deps import Api, RunId, Services, answer, problems
from agent_runner.domain.approval import Question
from agent_runner.domain.artifact import LONGEST_PATH
from agent_runner.errors import Conflict, NotFound
from agent_runner.store.approvals import ApprovalRecord, latest_diff
from agent_runner.store.artifacts import ArtifactRecord, get_artifact, list_artifacts
from agent_runner.store.runs import status_of
from agent_runner.store.session import ReadSession

router: Final = APIRouter(tags=["artifacts"], responses=problems(422))

CHUNK_BYTES: Final = 256 * 1024
ArtifactPath = Annotated[str, Path(max_length=LONGEST_PATH, description="As the list names it.")]
INERT: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-cache",
}
"""An agent wrote it: no browser may take it for a page of this API."""


@router.get("/runs/{run_id}/artifacts", response_model=ArtifactsPublic, responses=problems(404))
async def read_artifacts(run_id: RunId, api: Api) -> Response:
    """By path."""
    found = [ArtifactPublic.model_validate(artifact) for artifact in await api.database.read(_artifacts_of, run_id)]
    return answer(ArtifactsPublic(artifacts=found, total=len(found)))


@router.get(
    "/runs/{run_id}/artifacts/{path:path}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(404)},
)
async def read_artifact(run_id: RunId, path: ArtifactPath, api: Api) -> Response:
    """The file, byte for byte."""
    artifact, content = await api.database.read(get_artifact, run_id, path)
    return Response(content, headers=INERT | _as_file(path.rpartition("/")[2]), media_type=artifact.media_type)


@router.get(
    "/runs/{run_id}/archive",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}, **problems(404)},
)
async def read_archive(run_id: RunId, api: Api) -> Response:
    """All files of the run."""
    artifacts = await api.database.read(_artifacts_of, run_id)
    headers = INERT | _as_file(f"run-{run_id}.zip")
    return StreamingResponse(_archive(api, run_id, artifacts), headers=headers, media_type="application/zip")


@router.get(
    "/runs/{run_id}/diff",
    response_class=Response,
    responses={200: {"content": {"text/x-diff": {}}}, **problems(404, 409)},
)
async def read_diff(run_id: RunId, api: Api) -> Response:
    """The diff of the run's latest question about one. `Diff-Sha256` is what an approval must name."""
    approval, content = await api.database.read(_diff_of, run_id)
    headers = INERT | {"Diff-Sha256": str(approval.diff_sha), "Approval-Id": str(approval.id)}
    return Response(content, headers=headers, media_type="text/x-diff; charset=utf-8")


def _artifacts_of(session: ReadSession, run_id: int) -> Sequence[ArtifactRecord]:
    status_of(session, run_id)
    return list_artifacts(session, run_id)


def _diff_of(session: ReadSession, run_id: int) -> tuple[ApprovalRecord, bytes]:
    """Raises NotFound, and Conflict when the file is not the diff that is asked about: nobody shall approve unseen."""
    status_of(session, run_id)
    approval = latest_diff(session, run_id)
    path = None if approval is None else Question.model_validate_json(approval.question).diff
    if approval is None or path is None:
        raise NotFound(f"run {run_id} has shown no diff", next_step=f"see GET /runs/{run_id}/artifacts")
    artifact, content = get_artifact(session, run_id, path)
    if artifact.sha256 != approval.diff_sha:
        raise Conflict(f"run {run_id} asks about the diff {approval.diff_sha}, and {path} holds {artifact.sha256}")
    return approval, content


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


async def _archive(api: Services, run_id: int, artifacts: Sequence[ArtifactRecord]) -> AsyncGenerator[bytes]:
    """One file at a time in memory; the archive grows on disk."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for artifact in artifacts:
                _, content = await api.database.read(get_artifact, run_id, artifact.path)
                entry = zipfile.ZipInfo(artifact.path, artifact.created_at.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                await asyncio.to_thread(archive.writestr, entry, content)
        await asyncio.to_thread(file.seek, 0)
        while chunk := await asyncio.to_thread(_chunk, file):
            yield chunk


def _chunk(file: IO[bytes]) -> bytes:
    return file.read(CHUNK_BYTES)
