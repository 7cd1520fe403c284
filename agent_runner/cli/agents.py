"""`agent-runner agents …`: who can do the work, and what must be installed for it."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, client_command, local_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.output import Printer, complain, note
from agent_runner.domain.catalog import OF_HOSTS, agent_names, host_of
from agent_runner.errors import EnvironmentUnavailable, NotFound

if TYPE_CHECKING:
    from agent_runner.client import Client
    from agent_runner.hosts.environment import Environments
    from agent_runner.hosts.manifest import Host
    from agent_runner.hosts.shelf import Shelf

app = typer.Typer(help="Who can do the work.", rich_markup_mode=None)


@app.command("list")
@client_command
def list_agents(client: "Client", printer: Printer) -> Outcome:
    """The agents that a run can name, and how those are that are programs beside the workers."""
    found = client.agents()
    if printer.as_json:
        printer.json([agent.model_dump(mode="json") for agent in found])
        return
    rows = [(agent.name, agent.version, agent.health, agent.description) for agent in found]
    printer.table(("NAME", "VERSION", "HEALTH", "DESCRIPTION"), rows)
    for agent in found:
        if agent.reason:
            note(f"note: {agent.name}: {agent.reason}")


@app.command()
@client_command
def show(
    client: "Client", printer: Printer, name: Annotated[str, typer.Argument(help="Its name, as agents list has it.")]
) -> Outcome:
    """One agent, with the options that a run may set."""
    found = {agent.name: agent for agent in client.agents()}
    if name not in found:
        raise NotFound(
            f"there is no agent {name!r}; there are: {', '.join(found)}", next_step="agent-runner agents list"
        )
    printer.fields(found[name].model_dump(mode="json"))


@app.command()
@local_command
def install(
    printer: Printer,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Agents or hosts.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Every host of this machine.")] = False,
) -> Outcome:
    """Make the environments of hosts on this machine, which their first runs would do otherwise."""
    if bool(names) == all_of_them:
        raise typer.BadParameter("name at least one, or say --all", param_hint="NAME")
    from agent_runner.settings import load_settings  # noqa: PLC0415 - only what the command needs
    from agent_runner.store.address import make_run_directory, run_directory  # noqa: PLC0415
    from agent_runner.worker.from_settings import environments_of, shelf_of  # noqa: PLC0415

    settings = load_settings()
    shelf = shelf_of(settings)
    for name, why in shelf.complaints.items():
        note(f"warning: {name}: {why}")
    chosen = _chosen(names, shelf)
    make_run_directory(run_directory(settings.store_url))
    failed = asyncio.run(_install(environments_of(settings), chosen))
    ready = [host.name for host in chosen if host.name not in failed]
    if printer.as_json:
        printer.json({"ready": ready, "failed": failed})
    else:
        printer.text("\n".join(f"{name} is ready" for name in ready))
    return ExitCode.ERROR if failed else ExitCode.OK


def _chosen(names: Sequence[str] | None, shelf: "Shelf") -> list["Host"]:
    if not names:
        return list(shelf.hosts.values())
    named = {**shelf.agents, **shelf.hosts}
    for name in names:
        if why := shelf.broken.get(name.removeprefix(OF_HOSTS)):
            raise EnvironmentUnavailable(why, next_step="mend it, or remove its directory")
        if name not in named and name in agent_names() and host_of(name) is None:
            raise NotFound(
                f"{name} comes with agent-runner, and nothing is to be installed for it",
                next_step=f"agent-runner runs create GOAL --agent {name}",
            )
        if name not in named:
            there_are = ", ".join(sorted(shelf.hosts)) or "none"
            raise NotFound(
                f"this machine has no host {name!r}; there are: {there_are}", next_step="put it into HOSTS_DIR"
            )
    return list({named[name].name: named[name] for name in names}.values())


async def _install(environments: "Environments", hosts: Sequence["Host"]) -> dict[str, str]:
    """Why some could not be installed, by name; the others are all the same."""
    failed: dict[str, str] = {}
    for host in hosts:
        try:
            await environments.install(host, lambda sentence, name=host.name: note(f"{name}: {sentence}"))
        except EnvironmentUnavailable as error:
            complain(error.message, error.next_step)
            failed[host.name] = error.message
    return failed
