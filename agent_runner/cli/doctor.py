"""`agent-runner doctor`: whether this machine and these settings are good for work, and what to do if not."""

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

from agent_runner.cli import host_checks, machine_checks, service_checks
from agent_runner.cli.command import Outcome, local_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer
from agent_runner.domain.finding import Finding, Verdict, failed_with, found_by, passed
from agent_runner.errors import AgentRunnerError

if TYPE_CHECKING:
    from agent_runner.settings import Settings

Check = Callable[["Settings"], Iterator[Finding]]

CHECKS: Final[dict[str, Check]] = {
    "database": service_checks.database,
    "disk": machine_checks.disk,
    "api": service_checks.api_and_workers,
    "console": service_checks.console,
    "model": service_checks.model,
    "cache": service_checks.cache,
    "git": machine_checks.git,
    "sandbox": machine_checks.sandbox,
    "uv": host_checks.uv,
    "hosts": host_checks.hosts,
    "permissions": machine_checks.permissions,
}
"""By what each is called when it fails as a whole; each may find several things."""


@local_command
def doctor(printer: Printer) -> Outcome:
    """Examine settings, database, services, model and machine. Changes nothing; ends in code 1 when one fails."""
    has_failed = False
    found: list[Finding] = []
    for finding in _examine():
        found.append(finding)
        has_failed |= finding.verdict is Verdict.FAIL
        if not printer.as_json:
            _print(printer, finding)
    if printer.as_json:
        printer.json([asdict(finding) for finding in found])
    return ExitCode.ERROR if has_failed else ExitCode.OK


def _print(printer: Printer, finding: Finding) -> None:
    printer.line(f"{finding.verdict:<5} {finding.subject:<12} {finding.sentence}")
    if finding.next_step:
        printer.line(f"{'':<18} next: {finding.next_step}")


def _examine() -> Iterator[Finding]:
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs

    yield passed("python", platform.python_version())
    try:
        settings = load_settings()
    except AgentRunnerError as error:
        yield failed_with("settings", error)
        return
    yield passed("settings", "each can be used")
    for subject, check in CHECKS.items():
        yield from found_by(subject, partial(check, settings))
