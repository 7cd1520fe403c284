"""`agent-runner up`: API and worker together, in the foreground."""

import asyncio
import shutil
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from agent_runner.cli.command import Outcome
from agent_runner.cli.connection import connect_async
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import complain, note
from agent_runner.cli.processes import End, Together
from agent_runner.cli.serve import refuse_busy_port

if TYPE_CHECKING:
    from agent_runner.settings import Settings

SECONDS_BETWEEN_LOOKS: Final = 0.1
GRACE_BEYOND_DRAIN_SECONDS: Final = 5.0
_OURSELVES: Final = (sys.executable, "-m", "agent_runner.cli.main")


def up() -> Outcome:
    """Start API and worker. Ctrl-C stops both; runs that are not finished go on at the next start."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import migrate  # noqa: PLC0415

    settings = load_settings()
    refuse_busy_port(settings.api_host, settings.api_port)
    if migrate(settings.store_url):
        note("The database is up to date now")
    end = asyncio.run(_run(settings))
    return _explain(end)


async def _run(settings: "Settings") -> End:
    commands = {
        "api": (*_OURSELVES, "serve", "--stop-with-stdin"),
        "worker": (*_OURSELVES, "worker", "--stop-with-stdin"),
    }
    together = Together(commands, grace_seconds=settings.drain_seconds + GRACE_BEYOND_DRAIN_SECONDS)
    return await together.run(lambda: _greet(settings), _say_that_it_ends)


def _say_that_it_ends(end: End) -> None:
    if end.signal_number is not None:
        note("Stopping; runs that are under way get a moment to end. A second Ctrl-C does not wait for them")


async def _greet(settings: "Settings") -> None:
    """Says what to try, once API and worker are there."""
    url = settings.api_url
    models = await _models(settings)
    key = " -H 'Authorization: Bearer KEY'" if settings.api_keys else ""
    note(f"agent-runner is up at {url}; its documentation is at {url}/docs")
    note(f"model: {', '.join(models)}")
    note(f"try: curl -X POST {url}/runs{key} -H 'Content-Type: application/json' -d '{{\"goal\": \"Test execution\"}}'")
    is_usual = settings.api_port == type(settings).model_fields["api_port"].default
    elsewhere = "" if is_usual or settings.api_keys else f" --url {url}"  # a port given only here is unknown elsewhere
    note(f"or:  {_own_name()} runs create 'Test execution' --watch{elsewhere}")
    note("Ctrl-C stops everything")


def _own_name() -> str:
    """Under make it is started by its path, because it is not in PATH."""
    return "agent-runner" if shutil.which("agent-runner") else sys.argv[0]


async def _models(settings: "Settings") -> list[str]:
    """The models of the live workers, once the API answers and there is one."""
    from agent_runner.client import ClientError  # noqa: PLC0415 - slow to import, and only needed here

    async with connect_async(settings) as client:
        while True:
            with suppress(ClientError):
                if workers := (await client.worker_status()).workers:
                    return sorted({worker.model for worker in workers})
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def _explain(end: End) -> ExitCode:
    if end.signal_number is None:
        complain(
            f"{end.child} {_how(end.code or 0)}, so everything was stopped",
            f"see the lines of {end.child} above, correct that and start again",
        )
        return ExitCode.ERROR
    note("agent-runner has stopped")
    return ExitCode.OK


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
