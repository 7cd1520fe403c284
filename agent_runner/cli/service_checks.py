"""What doctor looks at among the services: the database, the API, its workers, the web console, the model."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent_runner.cli.connection import connect
from agent_runner.cli.serve import refuse_busy_port
from agent_runner.domain.clock import utc_now
from agent_runner.domain.finding import Finding, examine_workers, failed, passed, warned

if TYPE_CHECKING:
    from agent_runner.settings import Settings


def database(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.store.examination import examine_database  # noqa: PLC0415 - only what the command needs

    return examine_database(settings.store_url)


def api_and_workers(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.client import ApiUnreachable, ClientError  # noqa: PLC0415 - slow to import

    url = settings.api_url
    try:
        with connect(None, None) as client:
            status = client.worker_status()
    except ApiUnreachable:
        refuse_busy_port("API", settings.api_host, settings.api_port)
        yield warned("api", f"nothing answers at {url}", "agent-runner up, or agent-runner serve")
        return
    except ClientError as error:
        yield failed("api", f"{url} answers, but: {error.message}", error.next_step or "see its log")
        return
    yield passed("api", f"answers at {url}")
    yield from examine_workers(status.workers, utc_now(), settings.lease_seconds)


def console(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.console.build import build_directory, is_built  # noqa: PLC0415 - only what the command needs

    if is_built(build_directory()):
        yield passed("console", f"built; agent-runner up serves it at {settings.console_url}")
    else:
        yield warned("console", f"not built: there is no page in {build_directory()}", "make console")


def model(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.llm.choose import choose_model  # noqa: PLC0415 - slow to import
    from agent_runner.worker.from_settings import model_settings  # noqa: PLC0415

    async def chosen() -> str:
        choice = await choose_model(model_settings(settings))
        await choice.close()
        return choice.sentence

    yield passed("model", asyncio.run(chosen()).removeprefix("model: "))


def cache(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.llm.cache import AnswerCache, open_cache  # noqa: PLC0415 - as above
    from agent_runner.worker.from_settings import cache_settings  # noqa: PLC0415

    async def complaint(opened: AnswerCache) -> str | None:
        try:
            return await opened.complaint()
        finally:
            await opened.close()

    opened = open_cache(cache_settings(settings))
    if opened is None:
        yield passed("cache", "no answer of a model is kept (CACHE_BACKEND=none)")
    elif why_not := asyncio.run(complaint(opened)):
        sentence = f"{why_not}; models are asked without it"
        yield warned("cache", sentence, "start the Redis that REDIS_URL names, or set CACHE_BACKEND=memory")
    else:
        yield passed("cache", f"{opened.name} keeps answers that may be given again for {settings.cache_seconds} s")
