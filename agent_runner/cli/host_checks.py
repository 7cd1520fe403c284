"""What doctor looks at among the hosts: what makes their environments, and which of them are ready."""

import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent_runner.domain.finding import Finding, passed, warned
from agent_runner.domain.host_report import HostHealth

if TYPE_CHECKING:
    from agent_runner.settings import Settings


def uv(_settings: "Settings") -> Iterator[Finding]:
    from agent_runner.hosts.installer import Uv  # noqa: PLC0415 - only what the command needs
    from agent_runner.settings import environment_for_installers  # noqa: PLC0415

    path = Uv(environment_for_installers()).path
    if path is None:
        yield warned("uv", "is not installed, so no host can be", "pip install uv")
        return
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - no input
    yield passed("uv", f"{done.stdout.strip()} at {path}")


def hosts(settings: "Settings") -> Iterator[Finding]:
    from agent_runner.worker.from_settings import environments_of, shelf_of  # noqa: PLC0415 - slow to import

    shelf, environments = shelf_of(settings), environments_of(settings)
    conditions = {name: environments.health(host) for name, host in shelf.hosts.items()}
    ready = [name for name, condition in conditions.items() if condition.health is HostHealth.READY]
    yield passed("hosts", f"ready: {', '.join(ready) or 'none'}")
    for name, condition in conditions.items():
        if condition.health is not HostHealth.READY:
            next_step = condition.next_step or "mend it, or remove its directory"
            yield warned("hosts", f"{name}: {condition.reason}", next_step)
    for name, why in shelf.broken.items():
        yield warned("hosts", f"{name}: {why}", "mend it, or remove its directory")
    for name, why in shelf.hiding.items():
        if name in shelf.hosts:
            yield passed("hosts", why)
