"""Prints the OpenAPI document without starting the API, for programs that make types of it: always the same text."""

import json
import sys

from agent_runner.api.app import create_app
from agent_runner.settings import Settings


def document() -> str:
    """As it is with the default settings, whatever is set on this machine."""
    return json.dumps(create_app(Settings.model_construct()).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
