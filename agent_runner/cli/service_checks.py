"""What doctor looks at among the services: the database, the API, its workers, the web console, the model."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent_runner.cli.connection import connect
from agent_runner.cli.finding import Finding, failed, passed, warned
from agent_runner.cli.serve import refuse_busy_port
from agent_runner.domain.clock import utc_now

if TYPE_CHECKING:
    from agent_runner.client import WorkerStatus
    from agent_runner.settings import Settings
    from agent_runner.store.status import DatabaseStatus

SMALL_FILE_BYTES: Final = 64 * 1024**2
"""So much is checked for damage in a moment."""
LARGEST_CLOCK_DIFFERENCE_SECONDS: Final = 2.0


def database(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.store.status import database_status  # noqa: PLC0415 - only what the command needs

    found = database_status(settings.store_url)
    name = "SQLite" if found.kind == "sqlite" else "PostgreSQL"
    if found.warnings:
        for warning in found.warnings:
            sentence, _, next_step = warning.partition(": ")
            yield warned(found.kind, sentence, next_step or "see agent-runner db status")
    elif found.exists or found.kind == "sqlite":
        yield passed(found.kind, f"{name} {found.version}")
    yield from _tables(found)
    if found.kind == "sqlite":
        yield passed("clock", "SQLite goes by the clock of this machine")
    elif found.exists:
        yield from _server(settings.store_url, needs_tables=not found.is_up_to_date)


def _tables(found: "DatabaseStatus") -> Iterator[Finding]:
    from agent_runner.store.status import first_damage  # noqa: PLC0415 - only what the command needs

    if not found.is_up_to_date:
        state = f"at revision {found.revision}" if found.revision else "without tables" if found.exists else "not there"
        migrate = "agent-runner db migrate; every start does it as well"
        yield warned("database", f"{found.where} is {state}, and this version needs {found.newest_revision}", migrate)
        return
    checked = ""
    if found.kind == "sqlite" and found.bytes <= SMALL_FILE_BYTES:
        if damage := first_damage(Path(found.where), thorough=False):
            yield failed("database", f"{found.where} is damaged: {damage}", "agent-runner db restore FILE")
            return
        checked = ", undamaged"
    size = f"{found.bytes / 1024**2:.1f} MiB"
    yield passed("database", f"{found.where} at revision {found.revision}, {size}{checked}")


def _server(url: str, *, needs_tables: bool) -> Iterator[Finding]:
    from agent_runner.store.server import CONNECTIONS_OF_A_WORKER, examine_server  # noqa: PLC0415 - as above

    facts = examine_server(url)
    if not facts.may_create_tables:
        sentence = f"{facts.user} may not create tables, which every new version has to"
        judged = failed if needs_tables else warned
        yield judged("rights", sentence, f"GRANT CREATE ON SCHEMA public TO {facts.user}")
    else:
        yield passed("rights", f"{facts.user} may create tables")
    difference = f"{abs(facts.clock_difference_seconds):.1f} s"
    if abs(facts.clock_difference_seconds) > LARGEST_CLOCK_DIFFERENCE_SECONDS:
        sentence = f"the server's clock and ours are {difference} apart"
        yield warned("clock", sentence, "keep both machines in time with NTP; leases go by the server's clock alone")
    else:
        yield passed("clock", f"the server's clock and ours are {difference} apart")
    free = facts.connections - facts.connections_in_use
    sentence = (
        f"{facts.connections_in_use} of {facts.connections} in use; one more worker needs {CONNECTIONS_OF_A_WORKER}"
    )
    if free < CONNECTIONS_OF_A_WORKER:
        yield warned("connections", sentence, "raise max_connections of the server, or end programs that hold them")
    else:
        yield passed("connections", sentence)


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
    yield from _workers(status, settings.lease_seconds)


def _workers(status: "WorkerStatus", lease_seconds: float) -> Iterator[Finding]:
    if not status.workers:
        yield warned("worker", "none is alive", "agent-runner worker")
        return
    busy, slots = sum(worker.busy for worker in status.workers), sum(worker.slots for worker in status.workers)
    levels = ", ".join(sorted({worker.sandbox or "not known yet" for worker in status.workers}))
    yield passed("worker", f"{len(status.workers)} alive, {busy} of {slots} slots busy; sandbox {levels}")
    for worker in status.workers:
        silent = (utc_now() - worker.last_heartbeat).total_seconds()
        if silent > lease_seconds:
            sentence = f"{worker.id} was heard of {silent:.0f} s ago, and a lease lasts {lease_seconds:g} s"
            yield warned("worker", sentence, "look whether it hangs; its runs go on elsewhere")


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
