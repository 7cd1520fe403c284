"""`agent-runner doctor`: whether this machine and these settings are good for work, and what to do if not."""

import asyncio
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.connection import connect, url_of
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer
from agent_runner.cli.serve import refuse_busy_port
from agent_runner.errors import AgentRunnerError

if TYPE_CHECKING:
    from agent_runner.settings import Settings


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    subject: str
    sentence: str
    next_step: str | None = None


Check = Callable[["Settings"], Sequence[Finding]]


@local_command
def doctor(printer: Printer) -> Outcome:
    """Examine settings, database, API, worker and model. Changes nothing; ends in code 1 when something is wrong."""
    findings = list(_examine())
    if printer.as_json:
        printer.json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            printer.line(f"{finding.verdict:<8} {finding.subject:<9} {finding.sentence}")
            if finding.next_step and finding.verdict is not Verdict.OK:
                printer.line(f"{'':<18} next: {finding.next_step}")
    return ExitCode.ERROR if any(finding.verdict is Verdict.PROBLEM for finding in findings) else ExitCode.OK


def _examine() -> Iterator[Finding]:
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs

    yield Finding(Verdict.OK, "python", platform.python_version())
    try:
        settings = load_settings()
    except AgentRunnerError as error:
        yield _problem("settings", error)
        return
    yield Finding(Verdict.OK, "settings", "each can be used")
    for subject, check in CHECKS.items():
        try:
            yield from check(settings)
        except AgentRunnerError as error:
            yield _problem(subject, error)


def _problem(subject: str, error: AgentRunnerError) -> Finding:
    return Finding(Verdict.PROBLEM, subject, error.message, error.next_step)


def _database(settings: "Settings") -> Sequence[Finding]:
    from agent_runner.store.file_system import refuse_network_file_system  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.upkeep import database_status  # noqa: PLC0415

    found = database_status(settings.store_url)
    refuse_network_file_system(found.path)
    library = f"SQLite {found.sqlite_version}"
    findings = [Finding(Verdict.WARNING, "sqlite", found.warning) if found.warning else _ok("sqlite", library)]
    if found.is_up_to_date:
        return [*findings, _ok("database", f"{found.path} at revision {found.revision}")]
    state = f"at revision {found.revision}" if found.exists else "not there yet"
    migrate = "agent-runner db migrate; every start does it as well"
    return [*findings, Finding(Verdict.WARNING, "database", f"{found.path} is {state}", migrate)]


def _api_and_worker(settings: "Settings") -> Sequence[Finding]:
    from agent_runner.client import ApiUnreachable, ClientError  # noqa: PLC0415 - slow to import

    url = url_of(settings)
    try:
        with connect(None, None) as client:
            status = client.worker_status()
    except ApiUnreachable:
        refuse_busy_port(settings.api_host, settings.api_port)
        return [Finding(Verdict.WARNING, "api", f"nothing answers at {url}", "agent-runner up, or agent-runner serve")]
    except ClientError as error:
        return [Finding(Verdict.PROBLEM, "api", f"{url} answers, but: {error.message}", error.next_step)]
    api = _ok("api", f"answers at {url}")
    if not status.running:
        return [api, Finding(Verdict.WARNING, "worker", "none is alive", "agent-runner worker")]
    busy, slots = sum(worker.busy for worker in status.workers), sum(worker.slots for worker in status.workers)
    return [api, _ok("worker", f"{len(status.workers)} alive, {busy} of {slots} slots busy")]


def _model(settings: "Settings") -> Sequence[Finding]:
    from agent_runner.llm.choose import choose_model  # noqa: PLC0415 - slow to import
    from agent_runner.worker.main import model_settings  # noqa: PLC0415

    async def chosen() -> str:
        choice = await choose_model(model_settings(settings))
        await choice.close()
        return choice.sentence

    return [_ok("model", asyncio.run(chosen()).removeprefix("model: "))]


def _ok(subject: str, sentence: str) -> Finding:
    return Finding(Verdict.OK, subject, sentence)


CHECKS: Final[dict[str, Check]] = {"database": _database, "api": _api_and_worker, "model": _model}
