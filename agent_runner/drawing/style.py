"""The style sheet within each SVG. States differ in sign and word, too: colours alone are not for everybody."""

from typing import Final

_COMMON: Final = """
.agent-graph text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace}
.agent-graph .name{font-size:13px;font-weight:600}
.agent-graph .what,.agent-graph .state,.agent-graph .label{font-size:11px}
.agent-graph rect{stroke-width:1.2}
.agent-graph .running>rect{stroke-width:2.4}
.agent-graph .skipped>rect{stroke-dasharray:4 3}
.agent-graph .line{fill:none;stroke-width:1.3}
.agent-graph .loop{stroke-dasharray:5 4}
.agent-graph .sign{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.agent-graph .label{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
"""
_PLACES: Final = (
    (".page", "fill:{page}"),
    (".name", "fill:{text}"),
    (".what", "fill:{faint}"),
    (".label", "fill:{faint};stroke:{page}"),
    (".line", "stroke:{line}"),
    (".arrow", "fill:{line}"),
    (".topology>rect", "fill:{group};stroke:{line}"),
    (".agent>rect,.begin>rect,.end>rect", "fill:{box};stroke:{line}"),
)
_OF_STATES: Final = (
    (".{state}>rect", "stroke:{colour}"),
    (".{state}>.state", "fill:{colour}"),
    (".{state}>.sign", "stroke:{colour}"),
    (".{state}>.sign .full", "fill:{colour}"),
)
_LIGHT: Final = {
    "page": "#ffffff",
    "text": "#1f2328",
    "faint": "#57606a",
    "line": "#8c959f",
    "group": "#f6f8fa",
    "box": "#ffffff",
    "pending": "#6e7781",
    "running": "#0969da",
    "done": "#1a7f37",
    "failed": "#cf222e",
    "skipped": "#6e7781",
}
_DARK: Final = {
    "page": "#0d1117",
    "text": "#e6edf3",
    "faint": "#9da7b3",
    "line": "#6e7681",
    "group": "#161b22",
    "box": "#0d1117",
    "pending": "#8b949e",
    "running": "#58a6ff",
    "done": "#3fb950",
    "failed": "#ff7b72",
    "skipped": "#8b949e",
}
_STATES: Final = ("pending", "running", "done", "failed", "skipped")


def _colours(of: dict[str, str]) -> str:
    rules = [f"{_within(place)}{{{look.format(**of)}}}" for place, look in _PLACES]
    for state in _STATES:
        rules += [
            f"{_within(place.format(state=state))}{{{look.format(colour=of[state])}}}" for place, look in _OF_STATES
        ]
    return "\n".join(rules)


def _within(places: str) -> str:
    return ",".join(f".agent-graph {place}" for place in places.split(","))


STYLE: Final = f"{_COMMON}{_colours(_LIGHT)}\n@media (prefers-color-scheme:dark){{\n{_colours(_DARK)}\n}}\n"
