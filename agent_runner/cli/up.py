"""`agent-runner up`: API, worker and web console together, in the foreground."""

import asyncio
import shutil
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from agent_runner.cli.command import Outcome
from agent_runner.cli.connection import connect_async
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import complain, note
from agent_runner.cli.processes import End, Together
from agent_runner.cli.serve import refuse_busy_port
from agent_runner.errors import ConfigurationError

if TYPE_CHECKING:
    from agent_runner.settings import Settings

SECONDS_BETWEEN_LOOKS: Final = 0.1
GRACE_BEYOND_DRAIN_SECONDS: Final = 5.0
_OURSELVES: Final = (sys.executable, "-m", "agent_runner.cli.main")


def up(
    console: Annotated[bool, typer.Option(help="Start the web console, too.")] = True,
) -> Outcome:
    """Start API, worker and web console. Ctrl-C stops all; runs that are not finished go on at the next start."""
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.migrations import migrate  # noqa: PLC0415

    settings = load_settings()
    refuse_busy_port("API", settings.api_host, settings.api_port)
    if console:
        if settings.console_port == settings.api_port:
            raise ConfigurationError(
                f"API_PORT and CONSOLE_PORT are both {settings.api_port}",
                next_step="choose another one for one of them",
            )
        refuse_busy_port("CONSOLE", settings.console_host, settings.console_port)
    if migrate(settings.store_url):
        note("The database is up to date now")
    end = asyncio.run(_run(settings, with_console=console))
    return _explain(end)


async def _run(settings: "Settings", *, with_console: bool) -> End:
    commands = {
        "api": (*_OURSELVES, "serve", "--stop-with-stdin"),
        "worker": (*_OURSELVES, "worker", "--stop-with-stdin"),
    }
    if with_console:
        commands["console"] = (*_OURSELVES, "console", "--stop-with-stdin")
    together = Together(commands, grace_seconds=settings.drain_seconds + GRACE_BEYOND_DRAIN_SECONDS)
    return await together.run(lambda: _greet(settings, with_console=with_console), _say_that_it_ends)


def _say_that_it_ends(end: End) -> None:
    if end.signal_number is not None:
        note("Stopping; runs that are under way get a moment to end. A second Ctrl-C does not wait for them")


async def _greet(settings: "Settings", *, with_console: bool) -> None:
    """Says what to try, once all are there."""
    url = settings.api_url
    models = await _models(settings)
    if with_console:
        await _until_open(settings.console_url)
    key = " -H 'Authorization: Bearer KEY'" if settings.api_keys else ""
    note(f"agent-runner is up at {url}; its documentation is at {url}/docs")
    if with_console:
        note(f"the web console is at {settings.console_url}{_what_it_shows()}")
    note(f"model: {', '.join(models)}")
    note(f"try: curl -X POST {url}/runs{key} -H 'Content-Type: application/json' -d '{{\"goal\": \"Test execution\"}}'")
    is_usual = settings.api_port == type(settings).model_fields["api_port"].default
    elsewhere = "" if is_usual or settings.api_keys else f" --url {url}"  # a port given only here is unknown elsewhere
    note(f"or:  {_own_name()} runs create 'Test execution' --watch{elsewhere}")
    note("Ctrl-C stops everything")


def _what_it_shows() -> str:
    from agent_runner.console.build import build_directory, is_built  # noqa: PLC0415 - only what the command needs

    return "" if is_built(build_directory()) else ", and shows how to build it: make console"


async def _until_open(url: str) -> None:
    """Once something accepts connections there."""
    place = urlsplit(url)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(place.hostname, place.port)
            writer.close()
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


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
