"""Modules of people's own, whose decorators register mixins, tools and runners when they are imported."""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from agent_runner.errors import AgentRunnerError, ConfigurationError


def load_extensions(names: Iterable[str]) -> None:
    """Imports each, once in a process. The working directory is looked into as well, after everything installed.

    Raises ConfigurationError that names the module and what is wrong with it.
    """
    for name in names:
        if (here := str(Path.cwd())) not in sys.path:
            sys.path.append(here)
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            said = error.message if isinstance(error, AgentRunnerError) else f"{type(error).__name__}: {error}"
            raise ConfigurationError(
                f"the module {name!r} of EXTENSIONS cannot be imported: {said}",
                next_step=f"correct it, install it beside agent-runner, or start the worker in its directory: {here}",
            ) from error
