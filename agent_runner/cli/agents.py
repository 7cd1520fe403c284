"""`agent-runner agents …`: who can do the work."""

from typing import TYPE_CHECKING

import typer

from agent_runner.cli.command import Outcome, client_command
from agent_runner.cli.output import Printer

if TYPE_CHECKING:
    from agent_runner.client import Client

app = typer.Typer(help="Who can do the work.", rich_markup_mode=None)


@app.callback()
def agents() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
@client_command
def list_agents(client: "Client", printer: Printer) -> Outcome:
    """The agents that a run can name."""
    found = client.agents()
    if printer.as_json:
        printer.json([agent.model_dump(mode="json") for agent in found])
        return
    printer.table(("NAME", "DESCRIPTION"), [(agent.name, agent.description) for agent in found])
