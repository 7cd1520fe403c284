"""`agent-runner agents …`: who can do the work, whom people define for it, and what must be installed."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli import topologies
from agent_runner.cli.command import Outcome, catalog_command, local_command
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.options import ConfigFields, JsonInput, as_object, json_object, settings_in, text_of
from agent_runner.cli.output import Printer, complain, note
from agent_runner.domain.catalog import OF_HOSTS, agent_names, host_of
from agent_runner.errors import EnvironmentUnavailable, NotFound

if TYPE_CHECKING:
    from agent_runner.client import Client
    from agent_runner.hosts.environment import Environments
    from agent_runner.hosts.manifest import Host
    from agent_runner.hosts.shelf import Shelf

app = typer.Typer(help="Who can do the work.", rich_markup_mode=None)
app.add_typer(topologies.app, name="topologies")


Name = Annotated[str, typer.Argument(help="Its name, as agents list has it.")]
Version = Annotated[int | None, typer.Option(min=1, help="One that is not the latest.")]


@app.command("list")
@catalog_command
def list_agents(client: "Client", printer: Printer) -> Outcome:
    """The agents that a run can name, how those are that are programs beside the workers, and those people define."""
    found = client.agents()
    if printer.as_json:
        printer.json([agent.model_dump(mode="json") for agent in found])
        return
    rows = [(agent.name, agent.kind, agent.role, agent.version, agent.health, agent.description) for agent in found]
    printer.table(("NAME", "KIND", "ROLE", "VERSION", "HEALTH", "DESCRIPTION"), rows)
    for agent in found:
        if agent.reason:
            note(f"note: {agent.name}: {agent.reason}")


@app.command()
@catalog_command
def show(client: "Client", printer: Printer, name: Name, version: Version = None) -> Outcome:
    """One agent, with the options that a run may set, or with all that people have defined of it."""
    printer.fields(client.agent(name, version=version).model_dump(mode="json"))


@app.command()
@catalog_command
def create(  # noqa: PLR0913, PLR0917 - one for each field of an agent
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="What topologies call it.")],
    role: Annotated[
        str | None, typer.Option(help="planner, executor, reviewer, critic, …; specialist without.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    model: Annotated[str | None, typer.Option(help="Which answers, e.g. claude-sonnet-4; see models.")] = None,
    system_prompt: Annotated[str | None, typer.Option(help="Said to it first, instead of its role's.")] = None,
    system_prompt_file: Annotated[str | None, typer.Option(metavar="FILE", help="The same, from a file.")] = None,
    mixin: Annotated[list[str] | None, typer.Option(help="What it can have, see agents mixins; repeat it.")] = None,
    capability: Annotated[list[str] | None, typer.Option(help="What it may be given to do; repeat it.")] = None,
    temperature: Annotated[float | None, typer.Option(help="From 0 to 2.")] = None,
    setting: ConfigFields = None,
    input_json: JsonInput = None,
) -> Outcome:
    """Define an agent for the slots of topologies, or a new version of it."""
    if system_prompt is not None and system_prompt_file is not None:
        raise typer.BadParameter("--system-prompt is given as well", param_hint="--system-prompt-file")
    if system_prompt_file is not None:
        system_prompt = text_of(system_prompt_file, "--system-prompt-file")
    definition = json_object(input_json)
    config = as_object(definition.get("config", {}), "config", "--input-json") | settings_in(setting)
    options = {"model": model, "system_prompt": system_prompt, "temperature": temperature}
    options |= {"mixins": mixin or None, "capabilities": capability or None}
    config |= {field: value for field, value in options.items() if value is not None}
    given = {"role": role, "description": description, "config": config or None}
    definition |= {"name": name} | {field: value for field, value in given.items() if value is not None}
    printer.fields(client.create_agent(definition).model_dump(mode="json"))


@app.command()
@catalog_command
def delete(client: "Client", printer: Printer, name: Name) -> Outcome:
    """Forget an agent that people have defined. One that stands in a topology is kept."""
    client.delete_agent(name)
    printer.done({"name": name, "deleted": True}, f"the agent {name} is deleted")


@app.command()
@catalog_command
def mixins(client: "Client", printer: Printer) -> Outcome:
    """What the agents of topologies can have, with the options of each."""
    found = client.mixins()
    if printer.as_json:
        printer.json([mixin.model_dump(mode="json") for mixin in found])
        return
    rows = [(each.name, ", ".join(each.requires), ", ".join(each.options), each.description) for each in found]
    printer.table(("NAME", "NEEDS", "OPTIONS", "DESCRIPTION"), rows)


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
