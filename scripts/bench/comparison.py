"""What a row gives that compares subjects: a table of its own, and figures that relate them to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.bench.figure import Figure, spelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A line of the table. `figures` are its cells, by the name of the column; `missing` says why it has none."""

    name: str
    durable: str
    how: str
    figures: Mapping[str, Figure] = field(default_factory=dict[str, Figure])
    missing: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "durable": self.durable,
            "how": self.how,
            "missing": self.missing,
            "figures": {column: figure.as_json() for column, figure in self.figures.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    subjects: Sequence[Subject]
    figures: Sequence[Figure]


def document_table(subjects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Markdown, of what JSON holds of the subjects; a note per subject below it."""
    if not subjects:
        return []
    columns = _columns(subjects)
    heads = " | ".join(["", *(f"{column}, {unit}" for column, unit in columns.items())])
    lines = [f"| {heads} |", f"|---{'|---:' * len(columns)}|"]
    lines += [f"| {' | '.join([subject['name'], *_cells(subject, columns)])} |" for subject in subjects]
    lines += ["", "| | durable after the answer | set to |", "|---|---|---|"]
    for subject in subjects:
        missing = f"; **{_in_a_cell(subject['missing'])}**" if subject["missing"] else ""
        lines.append(f"| {subject['name']} | {subject['durable']} | {subject['how']}{missing} |")
    return [*lines, ""]


def terminal_table(subjects: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = _columns(subjects)
    rows = [["", *(f"{column} {unit}" for column, unit in columns.items())]] if columns else []
    rows += [[subject["name"], *_cells(subject, columns)] for subject in subjects]
    widths = [max(len(cell) for cell in cells) for cells in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return lines + [f"{subject['name']}: {subject['missing']}" for subject in subjects if subject["missing"]]


def _columns(subjects: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Each with its unit, in the order of the first subject that has any."""
    return {column: figure["unit"] for subject in subjects for column, figure in subject["figures"].items()}


def _cells(subject: Mapping[str, Any], columns: Mapping[str, str]) -> list[str]:
    figures = subject["figures"]
    return [spelled(figures[column]["median"]) if column in figures else "-" for column in columns]


def _in_a_cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
