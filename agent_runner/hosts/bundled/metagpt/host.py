# /// script
# requires-python = ">=3.10,<3.14"
# dependencies = ["metagpt==0.8.2"]
#
# # MetaGPT asks for 244 packages, one of which cannot be had any more. Its software company calls these only.
# [[tool.uv.dependency-metadata]]
# name = "metagpt"
# version = "0.8.2"
# requires-python = ">=3.9"
# requires-dist = ["pydantic==2.9.2", "aiofiles", "chardet", "loguru", "pyyaml", "regex", "tenacity"]
# ///
"""MetaGPT's software company as a host of agent-runner: one idea, one process."""

import asyncio
import os
from pathlib import Path

import missing
from agent_runner_host import Host, connect
from stop import Stop

VERSION = "0.8.2"
NO_MODEL_OF_ITS_OWN = "llm: {api_type: openai, api_key: none, model: parent}\n"


def settle(directory: Path) -> Path:
    """MetaGPT takes the working directory as its root when it is imported, and wants a configuration there."""
    root = directory / "metagpt"
    (root / "config").mkdir(parents=True, exist_ok=True)
    (root / "config" / "config2.yaml").write_text(NO_MODEL_OF_ITS_OWN)
    os.chdir(root)
    return root


def silence() -> None:
    """MetaGPT logs whole prompts and answers, to a file too; what matters of them is in the run's events."""
    from loguru import logger  # noqa: PLC0415 - it is part of the environment, and may be missing

    logger.disable("metagpt")


def work(host: Host) -> None:
    root = settle(Path(host.start["directory"]).resolve())
    missing.install()
    silence()
    import company  # noqa: PLC0415 - it imports MetaGPT, which needs what stands above

    host.result(asyncio.run(company.found(host, root)))


def main() -> None:
    host = connect("metagpt", VERSION)
    try:
        work(host)
    except Stop as stop:
        host.failed(str(stop), permanent=stop.permanent)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever MetaGPT raises ends this attempt
        host.failed(f"MetaGPT failed with {type(error).__name__}: {str(error)[:1000] or 'no reason given'}")


if __name__ == "__main__":
    main()
