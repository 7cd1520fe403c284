# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["crewai==1.15.30"]
#
# # Of the 137 packages that CrewAI asks for, those that a crew of agents and tasks imports. `absent.py` has the rest.
# [[tool.uv.dependency-metadata]]
# name = "crewai"
# version = "1.15.30"
# requires-python = ">=3.11,<3.14"
# requires-dist = [
#     "crewai-core==1.15.30",
#     "aiofiles>=24.1,<24.2",
#     "aiosqlite>=0.21,<0.22",
#     "click>=8.1.7,<9",
#     "jinja2>=3.1,<4",
#     "json-repair>=0.60.1,<0.61",
#     "json5>=0.10,<0.11",
#     "jsonref>=1.1,<1.2",
#     "pydantic>=2.11.9,<2.13",
#     "pydantic-settings>=2.14.2,<3",
#     "pyyaml>=6,<7",
# ]
#
# [[tool.uv.dependency-metadata]]
# name = "crewai-core"
# version = "1.15.30"
# requires-python = ">=3.11,<3.14"
# requires-dist = [
#     "appdirs>=1.4.4,<1.5",
#     "cryptography>=42",
#     "httpx>=0.28.1,<0.29",
#     "opentelemetry-api>=1.45.1,<2",
#     "opentelemetry-sdk>=1.45.1,<2",
#     "packaging>=23",
#     "portalocker>=2.7,<2.8",
#     "pydantic>=2.11.9,<2.13",
#     "pyjwt>=2.15,<3",
#     "rich>=13.7.1",
#     "tomli>=2.0.2,<2.1",
# ]
# ///
"""Runs a crew of CrewAI behind the host protocol: every model call is asked of the worker."""

import os
import sys
import traceback
from importlib.metadata import version
from typing import Any

import absent
from agent_runner_host import Host, connect
from plan import PermanentError, read_plan, shortened

QUIET = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "OTEL_SDK_DISABLED": "true",
    "PYTHON_DOTENV_DISABLED": "1",  # it would read the `.env` of any directory above
}
"""Nothing of a run leaves for CrewAI's servers, and nothing waits for a network that is not there."""


def main() -> None:
    host = connect("crewai", version("crewai"))
    try:
        os.chdir(host.start["directory"])  # CrewAI writes its own records where it stands
        host.result(work(host))
    except PermanentError as error:
        host.failed(str(error), permanent=True)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever CrewAI raises is told to the worker
        traceback.print_exc()
        host.failed(f"CrewAI could not finish the crew: {sentence(error)}")
    finally:
        sys.stderr.flush()
        os._exit(0)  # CrewAI's threads would keep the process alive


def sentence(error: Exception) -> str:
    """The whole of it stands in the run's log."""
    return shortened(f"{type(error).__name__}: {error}".partition("\n")[0], 300)


def work(host: Host) -> dict[str, Any]:
    plan = read_plan(host.start["goal"], host.start["input"])
    os.environ.update(QUIET)
    absent.install()
    from crew import run_crew  # noqa: PLC0415 - CrewAI reads its environment when it is imported

    return run_crew(host, plan)


if __name__ == "__main__":
    main()
