"""Projects: the directories that runs may work in."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from agent_runner.api.deps import Api, IdCursor, Limit, PlainText, ProjectId, answer, problems
from agent_runner.api.schemas import Page, ProjectCreate, ProjectPatch, ProjectPublic, ProjectUsagePublic
from agent_runner.domain.policy import ProjectPolicy
from agent_runner.errors import InvalidInput
from agent_runner.store.projects import (
    ProjectRecord,
    change_project,
    create_project,
    delete_project,
    get_project,
    list_projects,
    usage_of_project,
)

router: Final = APIRouter(tags=["projects"], responses=problems(422))


@router.post("/projects", status_code=201, response_model=ProjectPublic)
async def new_project(
    api: Api,
    name: Annotated[PlainText | None, Query(max_length=500)] = None,
    local_path: Annotated[PlainText | None, Query(max_length=4096)] = None,
    body: ProjectCreate | None = None,
) -> Response:
    """`name` and `local_path`, as query parameters or as JSON. The path may come into being later."""
    name = name or (body and body.name)
    local_path = local_path or (body and body.local_path)
    if not name or not name.strip():
        raise InvalidInput("a project needs a name", next_step="send name, in the query or as JSON")
    if not local_path:
        raise InvalidInput("a project needs a local_path", next_step="send local_path, in the query or as JSON")
    policy = (body and body.policy) or ProjectPolicy()
    project = await api.database.write(create_project, name, _absolute(local_path), policy)
    return answer((await _public([project]))[0], 201)


@router.get("/projects", response_model=Page[ProjectPublic])
async def read_projects(api: Api, *, cursor: IdCursor = None, limit: Limit = 50) -> Response:
    """Newest first."""
    projects = await _public(await api.database.read(list_projects, after_id=cursor, limit=limit + 1))
    return answer(Page[ProjectPublic].cut(projects, limit, lambda project: str(project.id)))


@router.get("/projects/{project_id}", response_model=ProjectPublic, responses=problems(404))
async def read_project(project_id: ProjectId, api: Api) -> Response:
    return answer((await _public([await api.database.read(get_project, project_id)]))[0])


@router.get("/projects/{project_id}/usage", response_model=ProjectUsagePublic, responses=problems(404))
async def read_project_usage(project_id: ProjectId, api: Api) -> Response:
    """What its runs have consumed. A call of unknown price adds no cost."""
    usage = await api.database.read(usage_of_project, project_id)
    return answer(ProjectUsagePublic.model_validate(usage))


@router.patch("/projects/{project_id}", response_model=ProjectPublic, responses=problems(404))
async def edit_project(project_id: ProjectId, body: ProjectPatch, api: Api) -> Response:
    columns = body.model_dump(exclude_none=True, exclude={"policy"})
    if body.local_path is not None:
        columns["local_path"] = _absolute(body.local_path)
    changed = await api.database.write(change_project, project_id, columns, body.policy)
    return answer((await _public([changed]))[0])


@router.delete("/projects/{project_id}", status_code=204, responses=problems(404, 409))
async def remove_project(project_id: ProjectId, api: Api) -> None:
    """Forgets a project without runs. Its directory is not touched."""
    await api.database.write(delete_project, project_id)


def _absolute(local_path: str) -> str:
    """A relative path would mean another place to each worker."""
    return str(Path.cwd() / local_path)


async def _public(projects: Sequence[ProjectRecord]) -> list[ProjectPublic]:
    exist = await asyncio.to_thread(lambda: [_is_directory(project.local_path) for project in projects])
    return [
        ProjectPublic(
            id=project.id,
            name=project.name,
            local_path=project.local_path,
            path_exists=path_exists,
            policy=ProjectPolicy.model_validate_json(project.policy),
            created_at=project.created_at,
        )
        for project, path_exists in zip(projects, exist, strict=True)
    ]


def _is_directory(local_path: str) -> bool:
    try:
        return Path(local_path).is_dir()
    except OSError:
        return False
