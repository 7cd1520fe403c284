"""What this service is made of, how it is set, and whether it is well: for a person who looks for what is wrong."""

import asyncio
import platform
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from agent_runner import __version__
from agent_runner.api.about_schemas import AboutPublic, CheckPublic, DatabaseAbout, SettingPublic
from agent_runner.api.deps import Api, Services, answer, problems
from agent_runner.domain.finding import Finding, examine_workers, failed, failed_with, found_by, passed, warned
from agent_runner.domain.model_report import CacheReport, ModelInUse, ModelReport
from agent_runner.errors import AgentRunnerError, StoreUnavailable
from agent_runner.settings import Settings, shown
from agent_runner.store.address import shown as without_password
from agent_runner.store.examination import examine_database, examine_disk, examine_rights
from agent_runner.store.health import revision
from agent_runner.store.migrations import HEAD
from agent_runner.store.session import ReadSession
from agent_runner.store.workers import WorkerRecord, live_workers, model_reports

router: Final = APIRouter(tags=["service"], responses=problems(422))

ENVIRONMENT_FILE: Final = Path(".env")
STRONGEST_SANDBOX: Final = "L3"
ON_ITS_MACHINE: Final = "agent-runner doctor on the worker's machine says"

Check = tuple[str, Callable[[], Iterator[Finding]]]


@router.get("/about", response_model=AboutPublic)
async def read_about(api: Api) -> Response:
    """Versions, settings without secrets, and what `agent-runner doctor` finds as far as the API may look.

    That is the database and the API's own machine; of workers, their sandboxes and models it knows what they tell.
    """
    url = api.settings.store_url
    return answer(
        AboutPublic(
            version=__version__,
            python=platform.python_version(),
            platform=platform.platform(),
            api_url=api.settings.api_url,
            database=DatabaseAbout(
                kind=url.partition(":")[0].partition("+")[0],
                where=without_password(url),
                revision=await _revision(api),
                newest_revision=HEAD,
            ),
            settings=_settings(api.settings),
            checks=[CheckPublic.of(finding) for finding in await _examine(api)],
        )
    )


async def _revision(api: Services) -> str | None:
    try:
        return await api.database.read(revision)
    except StoreUnavailable:
        return None


def _settings(settings: Settings) -> list[SettingPublic]:
    values = shown(settings)
    return [
        SettingPublic(
            name=name.upper(),
            value=values[name.upper()],
            is_default=getattr(settings, name) == field.default,
            description=field.description or "",
        )
        for name, field in type(settings).model_fields.items()
    ]


async def _examine(api: Services) -> list[Finding]:
    """All at once. None can fail or hang the others."""
    url = api.settings.store_url
    looks: tuple[Check, ...] = (
        ("database", partial(examine_database, url)),
        ("disk", partial(examine_disk, url)),
        ("permissions", partial(examine_rights, url, ENVIRONMENT_FILE)),
    )
    looked = asyncio.gather(*(asyncio.to_thread(found_by, subject, check) for subject, check in looks))
    told = await _told_by_workers(api)
    return [finding for found in await looked for finding in found] + told


async def _told_by_workers(api: Services) -> list[Finding]:
    try:
        workers, reports, now = await api.database.read(_workers)
    except AgentRunnerError as error:
        return [failed_with("worker", error)]
    found = [*examine_workers(workers, now, api.settings.lease_seconds)]
    found += map(_sandbox, sorted({worker.sandbox for worker in workers if worker.sandbox}))
    models = {report.model.name: report.model for report in reports}
    caches = {report.cache.backend: report.cache for report in reports}
    return [*found, *map(_model, models.values()), *map(_cache, caches.values())]


def _workers(session: ReadSession) -> tuple[Sequence[WorkerRecord], Sequence[ModelReport], datetime]:
    told = (each.models for each in model_reports(session) if each.models is not None)
    return live_workers(session), [ModelReport.model_validate_json(models) for models in told], session.now


def _sandbox(level: str) -> Finding:
    said = f"a worker holds commands at {level}"
    if level == STRONGEST_SANDBOX:
        return passed("sandbox", said)
    return warned("sandbox", f"{said}, and {STRONGEST_SANDBOX} is the strongest", f"{ON_ITS_MACHINE} how to get more")


def _model(model: ModelInUse) -> Finding:
    """Where several workers use it, as the last of them has told."""
    if model.healthy:
        return passed("model", f"{model.name} answers")
    return failed("model", f"{model.name}: {model.error}", f"{ON_ITS_MACHINE} more; see also GET /models")


def _cache(cache: CacheReport) -> Finding:
    if cache.healthy:
        return passed("cache", f"answers of models are kept in: {cache.backend}")
    sentence = f"{cache.backend}: {cache.error}; models are asked without it"
    return warned("cache", sentence, "start the Redis that REDIS_URL names, or set CACHE_BACKEND=memory")
