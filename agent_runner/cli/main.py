"""The `agent-runner` command: its verbs, and the one place where errors become sentences and exit codes."""

import sys
from typing import Annotated

import typer

from agent_runner import __version__
from agent_runner.cli import agents, configuration, database, projects, runs, tasks, topologies
from agent_runner.cli.approvals import approvals
from agent_runner.cli.chaos import chaos
from agent_runner.cli.command import ApiKey, AsJson, Common, Url
from agent_runner.cli.console import console
from agent_runner.cli.demo import demo
from agent_runner.cli.doctor import doctor
from agent_runner.cli.exit_codes import ExitCode
from agent_runner.cli.explain import explain
from agent_runner.cli.init import init
from agent_runner.cli.models import models
from agent_runner.cli.serve import serve
from agent_runner.cli.up import up
from agent_runner.cli.verify import verify
from agent_runner.cli.worker import worker

app = typer.Typer(
    help="Durable execution of AI-agent runs.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    invoke_without_command=True,
)
for verb in (up, serve, worker, console, init, demo, doctor, verify, chaos, approvals, models):
    app.command()(verb)
for name, group in (
    ("runs", runs.app),
    ("tasks", tasks.app),
    ("projects", projects.app),
    ("agents", agents.app),
    ("topologies", topologies.app),
    ("db", database.app),
    ("config", configuration.app),
):
    app.add_typer(group, name=name)


@app.callback()
def agent_runner(
    context: typer.Context,
    url: Url = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Durable execution of AI-agent runs."""
    context.obj = Common(url, api_key, as_json)
    if version:
        typer.echo(f"agent-runner {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Carries out one command line and returns its exit code."""
    command = typer.main.get_command(app)
    try:
        return int(command.main(arguments, prog_name="agent-runner", standalone_mode=False) or ExitCode.OK)
    except Exception as error:  # noqa: BLE001 - the boundary: what is not known is raised again
        return explain(error)


if __name__ == "__main__":
    main()
