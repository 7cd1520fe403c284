"""Writes the flow of a topology: one Python file that holds all it needs and that a person can read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

from agent_runner import __version__
from agent_runner.domain.composition import Composition
from agent_runner.errors import InvalidInput
from agent_runner.runners.metaflow.naming import class_name, file_name
from agent_runner.runners.metaflow.plan import Turn, plan

GENERATED: Final = Path("generated_flows")
TEMPLATES: Final = Path(__file__).parent / "templates"
LEAST_SECONDS: Final = 60
"""Argo refuses a shorter @timeout."""
MOST_SPLITS: Final = 100
"""Metaflow's own bound of a foreach, unless it is told another."""
LONGEST_LINE: Final = 120
_RESOURCES: Final = ("cpu", "gpu", "memory", "disk", "shared_memory")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """What the decorators of the steps say that ask agents."""

    max_retries: int = 3
    """Of a step that has failed, by Metaflow; each asks its agent again, with all its own tries."""
    minutes_between_retries: int = 1
    timeout_seconds: float = 3600
    """Of a step whose agent sets no limit to itself."""
    resources: Mapping[str, int] = field(default_factory=dict[str, int])
    """cpu, gpu, memory (MB), disk (MB), shared_memory (MB); for machines that can be chosen."""
    has_card: bool = True
    decorator: str | None = None
    """Of Metaflow, `kubernetes` or `batch`: where steps that ask agents are carried out, and report to a worker."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Its class, what it is written in, and how many may be asked at once."""

    name: str
    file: str
    source: str
    most: int


def generate(composition: Composition, options: FlowOptions | None = None) -> Flow:
    """Raises InvalidInput for resources that no machine has."""
    return _Writer(composition, options or FlowOptions()).flow()


def write_flow(flow: Flow, directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / flow.file
    path.write_text(flow.source, encoding="utf-8")
    return path


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n"))


class _Writer:
    def __init__(self, composition: Composition, options: FlowOptions) -> None:
        if unknown := sorted(options.resources.keys() - set(_RESOURCES)):
            raise InvalidInput(
                f"there is no resource {unknown[0]!r}", next_step=f"a step may ask for: {', '.join(_RESOURCES)}"
            )
        self._composition = composition
        self._options = options
        self._turns = plan(composition)

    def flow(self) -> Flow:
        name, topology = class_name(self._composition.topology.name), self._composition.topology
        most = max(turn.most for turn in self._turns)
        composed = self._composed()
        source = _template("flow").substitute(
            topology=topology.name,
            what=f"{topology.type}, {len(self._turns)} turns at most" if len(self._turns) > 1 else topology.type,
            file=file_name(topology.name),
            many=f" --max-num-splits {most}" if most > MOST_SPLITS else "",
            version=__version__,
            imports=self._imports(),
            own="Topology, handed_on" if self._options.decorator else "Topology",
            flow=name,
            turns=self._doc(),
            steps="\n".join(self._steps()),
            composition=composed,
            noqa=_template("long_lines").template if max(map(len, composed.splitlines())) > LONGEST_LINE else "",
        )
        return Flow(name, file_name(topology.name), source + "\n", most)

    def _doc(self) -> str:
        return "Each step that asks an agent can be tried again, and resumed, on its own."

    def _imports(self) -> str:
        options = self._options
        wanted = {"FlowSpec": True, "JSONType": True, "Parameter": True, "card": options.has_card}
        if options.decorator:
            wanted |= {"environment": True, options.decorator: True}
        wanted |= {"resources": bool(options.resources), "retry": options.max_retries > 0, "step": True}
        return ", ".join([*sorted(name for name, is_used in wanted.items() if is_used), "timeout"])

    def _steps(self) -> list[str]:
        written = [_template("start").substitute(next=self._next(0))]
        for number, turn in enumerate(self._turns):
            written += self._turn(number, turn)
        end = _template("end").template
        written.append(end if self._options.has_card else _without_card(end))
        return written

    def _turn(self, number: int, turn: Turn) -> list[str]:
        words = {"turn": turn.name, "who": turn.who, "decorators": self._decorators(turn)}
        if turn.most == 1:
            return [_template("single").substitute(words, name=turn.name, next=self._next(number + 1))]
        # Metaflow has no step that joins and splits.
        follows_join = number > 0 and self._turns[number - 1].most > 1
        split = [_template("split").substitute(name=turn.name, next=self._fan_out(turn))] if follows_join else []
        join = f"{turn.name}_join"
        return [
            *split,
            _template("one").substitute(words, name=f"{turn.name}_{turn.one}", join=join),
            _template("join").substitute(name=join, next=self._after_join(number + 1)),
        ]

    def _next(self, number: int) -> str:
        """From a step that may split."""
        if number < len(self._turns) and self._turns[number].most > 1:
            return self._fan_out(self._turns[number])
        return self._after_join(number)

    def _after_join(self, number: int) -> str:
        step = self._turns[number].name if number < len(self._turns) else "end"
        return _template("to_one").substitute(step=step)

    def _fan_out(self, turn: Turn) -> str:
        return _template("to_many").substitute(turn=turn.name, step=f"{turn.name}_{turn.one}")

    def _decorators(self, turn: Turn) -> str:
        options = self._options
        lines = [f"@timeout(seconds={self._seconds(turn)})"]
        if options.max_retries:
            pause = options.minutes_between_retries
            lines.insert(0, f"@retry(times={options.max_retries}, minutes_between_retries={pause})")
        if options.resources:
            lines.append(f"@resources({', '.join(f'{name}={amount}' for name, amount in options.resources.items())})")
        if options.decorator:
            lines += ["@environment(vars=handed_on())", f"@{options.decorator}"]
        return "\n    ".join(lines)

    def _seconds(self, turn: Turn) -> int:
        longest = [
            (agent.config.timeout_seconds or self._options.timeout_seconds) * (1 + agent.config.retries + turn.retries)
            if agent.config.timeout_seconds
            else self._options.timeout_seconds
            for agent in turn.agents
        ]
        return max(LEAST_SECONDS, math.ceil(max(longest)))

    def _composed(self) -> str:
        """JSON as people read it. What cannot be seen is spelled out; no three quotes can stand in a row in it."""
        text = json.dumps(_without_defaults(self._composition), indent=2, ensure_ascii=False)
        return "".join(
            letter if letter == "\n" or letter.isprintable() else json.dumps(letter)[1:-1] for letter in text
        )


def _without_defaults(composition: Composition) -> dict[str, Any]:
    """What was said, and of what kind it is."""
    data: dict[str, Any] = composition.model_dump(mode="json", exclude_defaults=True)
    topologies = {"topology": composition.topology, **composition.parts}
    for name, topology in topologies.items():
        there = data["topology"] if topology is composition.topology else data["parts"][name]
        there["config"] = {"type": topology.type, **there["config"]}
    return data


def _without_card(end: str) -> str:
    """A card is drawn by one more process."""
    return "\n".join(line for line in end.splitlines() if "@card" not in line and "show" not in line)
