"""`agent-runner topologies …`, also as `agents topologies …`: teams of agents, and runs of them."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent_runner.cli import flows
from agent_runner.cli.command import Outcome, catalog_command
from agent_runner.cli.drawing import draw_topology
from agent_runner.cli.options import ConfigFields, JsonInput, as_object, from_json, json_object, pair_in, settings_in
from agent_runner.cli.output import Printer
from agent_runner.cli.runs import Budget, Follow, Key, OnBudget, Priority, RunModel, Runner, show_queued
from agent_runner.domain.catalog import OF_TOPOLOGIES

if TYPE_CHECKING:
    from agent_runner.client import Client

app = typer.Typer(help="Teams of agents, and runs of them.", rich_markup_mode=None)
flows.add_to(app)

Name = Annotated[str, typer.Argument(help="Its name, as topologies list has it.")]


@app.command("list")
@catalog_command
def list_topologies(client: "Client", printer: Printer) -> Outcome:
    """The topologies of the catalog."""
    found = client.topologies()
    if printer.as_json:
        printer.json([topology.model_dump(mode="json") for topology in found])
        return
    rows = [
        (each.name, each.type, each.version, _in_one_line(each.slots), each.description.partition("\n")[0])
        for each in found
    ]
    printer.table(("NAME", "TYPE", "VERSION", "SLOTS", "DESCRIPTION"), rows)


@app.command()
@catalog_command
def show(
    client: "Client",
    printer: Printer,
    name: Name,
    version: Annotated[int | None, typer.Option(min=1, help="One that is not the latest.")] = None,
) -> Outcome:
    """One topology: how it is set, and who has which part in it."""
    printer.fields(client.topology(name, version=version).model_dump(mode="json"))


@app.command()
@catalog_command
def create(
    client: "Client",
    printer: Printer,
    name: Annotated[str, typer.Argument(help="What runs call it.")],
    pattern: Annotated[
        str | None, typer.Option("--type", help="pipeline, ensemble, debate, chain-of-command, delegation, …")
    ] = None,
    slot: Annotated[
        list[str] | None,
        typer.Option(metavar="SLOT=AGENT,…", help="Who has a part, as in debaters=pro,con; repeat it."),
    ] = None,
    setting: ConfigFields = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    input_json: JsonInput = None,
) -> Outcome:
    """Define a topology of agents that are there, or a new version of it."""
    definition = json_object(input_json)
    config = as_object(definition.get("config", {}), "config", "--input-json") | settings_in(setting)
    slots = as_object(definition.get("slots", {}), "slots", "--input-json") | _slots_in(slot)
    definition |= {"name": name, "config": config | ({"type": pattern} if pattern else {}), "slots": slots}
    definition |= {"description": description} if description is not None else {}
    printer.fields(client.create_topology(definition).model_dump(mode="json"))


@app.command()
@catalog_command
def delete(client: "Client", printer: Printer, name: Name) -> Outcome:
    """Forget a topology; its runs have all they need. One that is a part of another is kept."""
    client.delete_topology(name)
    printer.done({"name": name, "deleted": True}, f"the topology {name} is deleted")


@app.command()
@catalog_command
def run(  # noqa: PLR0913, PLR0917 - one for each field of such a run
    client: "Client",
    printer: Printer,
    name: Name,
    goal: Annotated[
        str | None, typer.Argument(help="What is to be done, or - for standard input; else the input's `goal`.")
    ] = None,
    runner: Runner = None,
    input_json: JsonInput = None,
    max_concurrent: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Agents at the same time, at most.")
    ] = None,
    model: RunModel = None,
    priority: Priority = None,
    config: Annotated[str | None, typer.Option(help="Configuration of the run, as a JSON object.")] = None,
    budget: Budget = None,
    on_budget: OnBudget = None,
    key: Key = None,
    watch: Follow = False,
) -> Outcome:
    """Queue a run of a topology."""
    if goal == input_json == "-":
        raise typer.BadParameter("the goal is read from standard input already", param_hint="--input-json")
    given = json_object(input_json)
    settings = as_object(from_json(config or "{}", "--config"), config or "", "--config")
    queued = client.submit(
        sys.stdin.read() if goal == "-" else _goal_in(given) if goal is None else goal,
        agent=f"{OF_TOPOLOGIES}{name}",
        runner=runner,
        model=model,
        input=given or None,
        priority=priority,
        config=settings | ({"max_concurrent": max_concurrent} if max_concurrent else {}) or None,
        budget=from_json(budget, "--budget"),
        on_budget=on_budget,
        idempotency_key=key,
    )
    return show_queued(client, printer, queued, watch=watch)


app.command("draw")(draw_topology)


def _goal_in(given: dict[str, Any]) -> str:
    """Taken out of the input, which then holds the rest."""
    goal = given.pop("goal", None)
    if not isinstance(goal, str):
        raise typer.BadParameter('name it, or give it as in --input-json \'{"goal": "…"}\'', param_hint="goal")
    return goal


def _slots_in(texts: list[str] | None) -> dict[str, list[str]]:
    """The same slot again adds to it."""
    slots: dict[str, list[str]] = {}
    for text in texts or []:
        name, agents = pair_in(text, "--slot", "debaters=pro,con")
        slots.setdefault(name, []).extend(agent.strip() for agent in agents.split(",") if agent.strip())
    return slots


def _in_one_line(slots: dict[str, tuple[str, ...]]) -> str:
    return " ".join(f"{slot}={','.join(names)}" for slot, names in slots.items())
