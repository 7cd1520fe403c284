"""What a host is, as its `host.toml` says it: a program, its environment, its options and its limits."""

import math
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from agent_runner.domain.catalog import HOST_NAME, OF_EVERY_AGENT
from agent_runner.errors import ConfigurationError, PermanentAgentError

MANIFEST: Final = "host.toml"
NAME_PATTERN: Final = f"^{HOST_NAME}$"
_METADATA: Final = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
"""PEP 723: the block in a script that names its Python and its dependencies."""


class Speaks(StrEnum):
    HOST = "host"
    """The host protocol of docs/hosts.md."""
    ACP = "acp"
    """The Agent Client Protocol, as editors speak it to coding agents."""


class Option(BaseModel):
    """Something that a run may set in its `config`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    type: Literal["string", "integer", "number", "boolean"]
    description: str = ""
    default: JsonValue = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _takes_its_default(self) -> "Option":
        if self.default is not None and (why := self.takes(self.default)):
            raise ValueError(f"its default {why}, and is {self.default!r}")
        return self

    def takes(self, value: object) -> str | None:
        """Why a value cannot be used; None when it can."""
        kinds: dict[str, tuple[type, ...]] = {
            "string": (str,),
            "integer": (int,),
            "number": (int, float),
            "boolean": (bool,),
        }
        if not isinstance(value, kinds[self.type]) or (isinstance(value, bool) and self.type != "boolean"):
            return f"must be of type {self.type}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                return "must be finite"
            if self.minimum is not None and value < self.minimum:
                return f"must be at least {self.minimum:g}"
            if self.maximum is not None and value > self.maximum:
                return f"must be at most {self.maximum:g}"
        return None


ACP_OPTIONS: Final[Mapping[str, Option]] = {
    "permissions": Option(
        type="string",
        description="What becomes of what it asks to do besides reading and editing.",
        default="ask",
        choices=("ask", "auto", "deny"),
    ),
    "auth_method": Option(type="string", description="Which of its ways to log in it needs, if it needs one."),
}
"""What every host has that speaks the Agent Client Protocol; its manifest may give them another default."""


class HostLimits(BaseModel):
    """What the program may take. Its time is that of the run."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    memory_mb: int = Field(2048, ge=32, le=1_048_576)
    """All its processes together, and each."""
    processes: int = Field(64, ge=1, le=100_000)
    """Threads count."""
    open_files: int = Field(1024, ge=16, le=1_000_000)
    """Of each process."""
    silence_seconds: float = Field(60, gt=0, le=86_400)
    """A host that says nothing for so long, while it waits for nobody, is ended."""
    output_mb: int = Field(64, ge=1, le=4096)
    """All that it may say in one attempt."""


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    """That of its directory."""
    description: str
    """One sentence for people."""
    version: str = ""
    """Of the program or framework inside, for people."""
    protocol: int = 1
    """The version of the host protocol."""
    speaks: Speaks = Speaks.HOST
    """`host`: the protocol of this page. `acp`: the Agent Client Protocol."""
    script: str | None = None
    """A Python file beside the manifest, with its dependencies in it and their lock beside it."""
    command: tuple[str, ...] = ()
    """Instead of a script: a program that is installed already. `{directory}` is the manifest's own."""
    network: bool = False
    """Whether the program may use the network. Models are asked through the worker, and need none."""
    environment: tuple[str, ...] = ()
    """Variables of the worker that the program gets, such as a key of its own. It gets no other."""
    readable: tuple[str, ...] = ()
    """Directories that the program reads besides the system's, such as where it is installed."""
    options: Mapping[str, Option] = {}
    """What a run may set: `[options.NAME]` with `type`, `description`, `default`, `minimum`, `maximum`, `choices`."""
    limits: HostLimits = HostLimits.model_validate({})
    """What the program may take."""

    @model_validator(mode="after")
    def _one_program(self) -> "Manifest":
        if bool(self.script) == bool(self.command):
            raise ValueError("name either a script or a command")
        if taken := OF_EVERY_AGENT & self.options.keys():
            raise ValueError(f"a run sets {', '.join(sorted(taken))} for every agent: name the option otherwise")
        if "\0" in "".join((*self.command, *self.readable)):
            raise ValueError("no word of command or readable may hold a NUL")
        return self


class Host(BaseModel):
    """A manifest, and where it lies."""

    model_config = ConfigDict(frozen=True)

    manifest: Manifest
    directory: Path

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def title(self) -> str:
        """For people: the name with the version, if it has one."""
        return f"{self.name} {self.manifest.version}".strip()

    @property
    def script(self) -> Path | None:
        return self.directory / self.manifest.script if self.manifest.script else None

    @property
    def lock(self) -> Path | None:
        return None if self.script is None else self.script.with_name(f"{self.script.name}.lock")

    @property
    def known_options(self) -> Mapping[str, Option]:
        return {**(ACP_OPTIONS if self.manifest.speaks is Speaks.ACP else {}), **self.manifest.options}

    def options(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The options with what the run sets. Raises PermanentAgentError for what the host does not have."""
        known = self.known_options
        for name, value in config.items():
            if name in OF_EVERY_AGENT:
                continue
            if name not in known:
                has = ", ".join(sorted(known)) or "none"
                raise PermanentAgentError(f"{self.name} has no option {name!r}; it has: {has}")
            if why := known[name].takes(value):
                raise PermanentAgentError(f"the option {name!r} of {self.name} {why}, and is {value!r}")
        defaults = {name: option.default for name, option in known.items() if option.default is not None}
        return defaults | {name: value for name, value in config.items() if name not in OF_EVERY_AGENT}


def read_host(directory: Path) -> Host:
    """The host of a directory. Raises ConfigurationError with a sentence that names the file."""
    place = directory / MANIFEST
    try:
        manifest = Manifest.model_validate(tomllib.loads(place.read_text(encoding="utf-8")))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "it"
        got = "" if isinstance(problem["input"], dict) else f" (got {problem['input']!r:.200})"
        raise ConfigurationError(f"{place}: {where}: {problem['msg'].removeprefix('Value error, ')}{got}") from None
    except (OSError, ValueError, RecursionError) as error:  # tomllib refuses with all of them
        raise ConfigurationError(f"{place} cannot be read: {error}") from None
    if manifest.name != directory.name:
        raise ConfigurationError(f"{place} calls itself {manifest.name!r}, and its directory {directory.name!r}")
    if manifest.protocol != 1:
        raise ConfigurationError(f"{place} wants protocol {manifest.protocol}; this version speaks 1")
    host = Host(manifest=manifest, directory=directory)
    if host.script is not None and not host.script.is_file():
        raise ConfigurationError(f"{place} names the script {manifest.script}, which is not beside it")
    return host


def script_metadata(text: str) -> dict[str, Any]:
    """The block of PEP 723 in a script; empty when there is none. Raises ValueError for one that is no TOML."""
    found = _METADATA.search(text)
    if found is None:
        return {}
    lines = found.group("content").splitlines()
    try:
        return tomllib.loads("\n".join(line[2:] if line.startswith("# ") else line[1:] for line in lines))
    except RecursionError as error:
        raise ValueError(str(error)) from None
