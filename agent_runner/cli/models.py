"""`agent-runner models`: what could answer, and whether it does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer, note

if TYPE_CHECKING:
    from agent_runner.client import Client
    from agent_runner.domain.model_report import ModelReport

Row = tuple[str, str, str, str | None]


@client_command
def models(client: "Client", printer: Printer) -> Outcome:
    """What LLM_MODEL can name, whether it answers, and which model is used and why."""
    found = client.models()
    if printer.as_json:
        printer.json(found.model_dump(mode="json"))
        return
    if found.message:
        note(f"note: {found.message}")
    rows = dict.fromkeys(row for worker in found.workers for row in _rows(worker.report))
    printer.table(("MODEL", "ANSWERS", "USED", "WHY"), list(rows))
    printer.line("")
    printer.table(("ALIAS", "MODEL"), list(found.aliases.items()))


def _rows(report: "ModelReport") -> Iterator[Row]:
    """What is in use first, then all that could be, then the cache."""
    yield report.model.name, _yes(report.model.healthy), "yes", report.model.error or report.reason
    used = {report.model.name}
    if report.fallback is not None:
        yield report.fallback.name, _yes(report.fallback.healthy), "fallback", report.fallback.error
        used.add(report.fallback.name)
    for provider in report.providers:
        if not provider.healthy:
            yield f"{provider.provider}:…", "no", "no", provider.error
        for name in provider.models:
            if name not in used:
                yield name, "yes", "no", None
    yield f"cache: {report.cache.backend}", _yes(report.cache.healthy), "yes", report.cache.error


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
