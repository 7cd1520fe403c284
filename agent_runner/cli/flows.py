"""`agent-runner topologies generate|compile`: topologies as flows of Metaflow."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent_runner.cli.command import Outcome, catalog_command
from agent_runner.cli.options import pair_in
from agent_runner.cli.output import Printer, note
from agent_runner.domain.agent_type import AgentType
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.topology import PARTS, TopologyType

if TYPE_CHECKING:
    from agent_runner.client import Client
    from agent_runner.client.records import Agent, Topology
    from agent_runner.runners.metaflow.generate import Flow

Name = Annotated[str, typer.Argument(help="Its name, as topologies list has it.")]
Retries = Annotated[int, typer.Option("--max-retries", min=0, max=99, help="Further tries of a step that has failed.")]
Minutes = Annotated[int, typer.Option("--minutes-between-retries", min=0, max=1440)]
Seconds = Annotated[
    float,
    typer.Option("--timeout-seconds", min=1, max=604_800, help="Of a step whose agent sets no limit to itself."),
]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="NAME=AMOUNT", help="What a step is given, as in memory=4096 (MB); repeat it."),
]


@catalog_command
def generate(
    client: "Client",
    printer: Printer,
    name: Name,
    output_dir: Annotated[Path, typer.Option(help="Where the file is written.")] = Path("generated_flows"),
    max_retries: Retries = 3,
    minutes: Minutes = 1,
    seconds: Seconds = 3600,
    resource: Resources = None,
) -> Outcome:
    """Write a topology as a Metaflow flow, to be read, run and changed."""
    from agent_runner.runners.metaflow.extra import NEXT_STEP, is_installed  # noqa: PLC0415 - only what it needs
    from agent_runner.runners.metaflow.generate import write_flow  # noqa: PLC0415

    flow = _flow(client, name, max_retries, minutes, seconds, resource)
    path = write_flow(flow, output_dir)
    printer.done({"flow": flow.name, "path": str(path)}, str(path))
    note(f"""try: python {path} run --input-json '{{"goal": "…"}}'""")
    if not is_installed():
        note(f"note: it needs Metaflow: {NEXT_STEP}")


@catalog_command
def compile_for(  # noqa: PLR0913, PLR0917 - one for each thing that can be said
    client: "Client",
    printer: Printer,
    name: Name,
    target: Annotated[str, typer.Option(help="argo or step-functions.")],
    output: Annotated[Path | None, typer.Option(help="The file to write; by default standard output.")] = None,
    max_retries: Retries = 3,
    minutes: Minutes = 1,
    seconds: Seconds = 3600,
    resource: Resources = None,
) -> Outcome:
    """Compile a topology for Argo Workflows or AWS Step Functions, by the configuration that Metaflow has here."""
    from agent_runner.runners.metaflow.compiled import Target, compile_flow  # noqa: PLC0415 - only what it needs

    if target not in set(Target):
        raise typer.BadParameter(f"{target!r} is none of: {', '.join(Target)}", param_hint="--target")
    flow = _flow(client, name, max_retries, minutes, seconds, resource)
    compiled = compile_flow(flow, Target(target))
    if output is None:
        printer.json(compiled)
        return
    output.write_text(json.dumps(compiled, indent=2) + "\n", encoding="utf-8")
    printer.done({"flow": flow.name, "target": target, "path": str(output)}, str(output))


def add_to(app: typer.Typer) -> None:
    app.command("generate")(generate)
    app.command("compile")(compile_for)


def _flow(
    client: "Client", name: str, max_retries: int, minutes: int, seconds: float, resource: list[str] | None
) -> "Flow":
    from agent_runner.runners.metaflow.generate import FlowOptions  # noqa: PLC0415 - only what the commands need
    from agent_runner.runners.metaflow.generate import generate as flow_of  # noqa: PLC0415

    options = FlowOptions(
        max_retries=max_retries,
        minutes_between_retries=minutes,
        timeout_seconds=seconds,
        resources=_resources_in(resource or ()),
    )
    return flow_of(composition_of(client, name), options)


def composition_of(client: "Client", name: str) -> Composition:
    """The topology with all that it is made of, as the catalog has it now."""
    topologies: dict[str, TopologyType] = {}
    left = [name]
    while left:
        wanted = left.pop()
        if wanted not in topologies:
            topologies[wanted] = _topology(client.topology(wanted))
            left += topologies[wanted].slot(PARTS)
    names = {agent for topology in topologies.values() for agent in topology.agents}
    agents = {agent: _agent(client.agent(agent)) for agent in sorted(names)}
    return compose(topologies[name], agents, topologies)


def _topology(found: "Topology") -> TopologyType:
    return TopologyType.model_validate(
        {
            "name": found.name,
            "description": found.description,
            "config": {"type": found.type, **found.config},
            "slots": found.slots,
        }
    )


def _agent(found: "Agent") -> AgentType:
    described = {"name": found.name, "description": found.description, "role": found.role, "config": found.config}
    return AgentType.model_validate({field: value for field, value in described.items() if value is not None})


def _resources_in(texts: Iterable[str]) -> dict[str, int]:
    resources: dict[str, int] = {}
    for text in texts:
        name, amount = pair_in(text, "--resource", "memory=4096")
        if not amount.isdecimal():
            raise typer.BadParameter(f"{text!r} names no whole number", param_hint="--resource")
        resources[name] = int(amount)
    return resources
