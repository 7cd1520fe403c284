"""All hosts of a machine: those that come with agent-runner, and those in the directory of its owner."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent_runner.domain.catalog import BUILT_IN_AGENTS, OF_HOSTS
from agent_runner.domain.host_report import HostHealth, HostReport, HostsReport
from agent_runner.domain.wording import storable
from agent_runner.errors import ConfigurationError
from agent_runner.hosts.environment import Environments
from agent_runner.hosts.manifest import MANIFEST, Host, read_host

BUNDLED: Final = Path(__file__).parent / "bundled"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What has been read once; the hosts by their names."""

    hosts: Mapping[str, Host]
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the names of their directories: why they cannot be used."""
    hiding: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name: that another host of the name is not used, because this one is the owner's."""

    @property
    def complaints(self) -> dict[str, str]:
        """What the owner should hear of, by name."""
        return {**self.hiding, **self.broken}

    @property
    def agents(self) -> dict[str, Host]:
        """By the name of each agent that they are."""
        named = {f"{OF_HOSTS}{name}": host for name, host in self.hosts.items()}
        of_built_in = ((entry.name, self.hosts.get(entry.host or "")) for entry in BUILT_IN_AGENTS)
        return named | {name: host for name, host in of_built_in if host is not None}

    def report(self, environments: Environments) -> HostsReport:
        """How they are at this moment. Starts nothing; reads files."""
        reports = [self._report_of(host, environments) for host in self.hosts.values()]
        reports += [HostReport(name=name, health=HostHealth.BROKEN, reason=why) for name, why in self.broken.items()]
        return HostsReport(hosts=tuple(sorted(reports, key=lambda report: report.name)))

    def _report_of(self, host: Host, environments: Environments) -> HostReport:
        manifest, condition = host.manifest, environments.health(host)
        return HostReport(
            name=host.name,
            version=manifest.version,
            description=manifest.description,
            speaks=manifest.speaks,
            health=condition.health,
            reason=condition.reason or self.hiding.get(host.name),
            options={
                name: option.model_dump(mode="json", exclude_defaults=True)
                for name, option in host.known_options.items()
            },
        )


def read_shelf(own: Path, bundled: Path = BUNDLED) -> Shelf:
    """The hosts of both directories, each of which may be missing. What cannot be read is said and left out.

    One's own host is used instead of a bundled one of the same name, also where it is broken: nobody should take the
    bundled one for it.
    """
    found: dict[str, Host] = {}
    broken: dict[str, str] = {}
    hiding: dict[str, str] = {}
    for place in (bundled, own):
        for directory in _directories(place, broken):
            name = storable(directory.name)  # a file system takes any bytes
            if name in found or name in broken:
                hiding[name] = f"{directory} is used, and not the bundled host of the same name"
                found.pop(name, None)
                broken.pop(name, None)
            try:
                found[name] = read_host(directory)
            except ConfigurationError as error:
                broken[name] = storable(error.message)
    return Shelf(found, broken, hiding)


def _directories(place: Path, broken: dict[str, str]) -> Iterator[Path]:
    """Those with a manifest, in order."""
    try:
        inside: Iterable[Path] = sorted(place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        broken[place.name] = f"{place} cannot be read: {error.strerror}"
        return
    yield from (directory.absolute() for directory in inside if (directory / MANIFEST).is_file())
