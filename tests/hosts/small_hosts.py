"""Hosts that are small and real: a script with one package of the registry, and the environments of a test."""

from pathlib import Path

from agent_runner.hosts.environment import Environments
from agent_runner.hosts.manifest import Host, read_host
from agent_runner.settings import environment_for_installers

LOCK = Path(__file__).parent / "tiny" / "host.py.lock"
SCRIPT = """\
# /// script
# requires-python = ">=3.8"
# dependencies = ["six==1.17.0"]
# ///
import six

print(six.__version__)
"""
MANIFEST = 'name = "{name}"\ndescription = "A host of a test."\n{more}\n'


def write_manifest(place: Path, name: str, more: str) -> Path:
    directory = place / name
    directory.mkdir(parents=True)
    (directory / "host.toml").write_text(MANIFEST.format(name=name, more=more))
    return directory


def tiny_host(place: Path, name: str = "tiny", *, script: str = SCRIPT, lock: str | None = None) -> Host:
    """Its script says which version of its only package it has."""
    directory = write_manifest(place, name, 'version = "1.17"\nscript = "host.py"')
    (directory / "host.py").write_text(script)
    (directory / "host.py.lock").write_text(lock or LOCK.read_text())
    return read_host(directory)


def command_host(place: Path, name: str, command: str) -> Host:
    return read_host(write_manifest(place, name, f"command = {[command]!r}"))


def environments_in(place: Path, **variables: str) -> Environments:
    return Environments(place, environment_for_installers() | variables, {}.get)
