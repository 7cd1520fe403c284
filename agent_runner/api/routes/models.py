"""The models: what workers have found, since the API asks no model server."""

from typing import Final

from fastapi import APIRouter

from agent_runner.api.deps import Api, problems
from agent_runner.api.fields import Output, WireTime
from agent_runner.domain.model_report import ModelReport
from agent_runner.store.workers import WorkerModels, model_reports

router: Final = APIRouter(tags=["service"], responses=problems(422))


class WorkerModelsPublic(Output):
    worker_id: str
    looked_at: WireTime
    report: ModelReport


class ModelsPublic(Output):
    message: str | None
    """Why there is nothing to show."""
    names: list[str]
    """What LLM_MODEL can name, of all workers together."""
    aliases: dict[str, str]
    """Further names, and the model that each stands for."""
    workers: list[WorkerModelsPublic]


@router.get("/models")
async def read_models(api: Api) -> ModelsPublic:
    """What could answer, whether it does, and what each worker uses: they look at start and every three minutes."""
    found = await api.database.read(model_reports)
    workers = [
        WorkerModelsPublic(
            worker_id=each.id, looked_at=each.models_at, report=ModelReport.model_validate_json(each.models)
        )
        for each in found
        if each.models is not None and each.models_at is not None
    ]
    names = {name for each in workers for provider in each.report.providers for name in provider.models}
    return ModelsPublic(
        message=_why_nothing(found, workers),
        names=sorted(names),
        aliases=dict(sorted(api.settings.aliases.items())),
        workers=workers,
    )


def _why_nothing(found: list[WorkerModels], shown: list[WorkerModelsPublic]) -> str | None:
    if not found:
        return "no worker is alive, and only a worker can ask models: start one with agent-runner worker"
    return None if shown else "the workers have just started and are still asking: try again in a few seconds"
