"""How results are kept and shown: JSON, a table in the terminal, and the same table in the documentation."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from scripts.bench.bench import Row
from scripts.bench.comparison import Comparison, document_table, terminal_table
from scripts.bench.figure import Figure, spelled

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"

Result = Mapping[str, Any]
"""What JSON holds of a row: its title, the conditions it was measured under, its figures."""


def result_of(row: Row, measured: Sequence[Figure] | Comparison, conditions: Mapping[str, Any]) -> Result:
    about: dict[str, Any] = {"title": row.title, "explanation": row.explanation, "conditions": dict(conditions)}
    if isinstance(measured, Comparison):
        about["subjects"] = [subject.as_json() for subject in measured.subjects]
        measured = measured.figures
    return about | {"figures": [figure.as_json() for figure in measured]}


def merged(path: Path, results: Mapping[str, Result], order: Iterable[str]) -> dict[str, Result]:
    """The new results, and those in the file of the rows that were not measured now."""
    known: dict[str, Result] = json.loads(path.read_text())["rows"] if path.exists() else {}
    known |= results
    return {key: known[key] for key in order if key in known}


def write_json(path: Path, results: Mapping[str, Result]) -> None:
    path.write_text(json.dumps({"rows": results}, indent=2, ensure_ascii=False) + "\n")


def write_into_document(path: Path, results: Mapping[str, Result]) -> None:
    """Puts the table between the markers of a document."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no {BEGIN} … {END} to write the table between")
    path.write_text(f"{before}{BEGIN}\n{document_part(results)}\n{END}{after}")


def document_part(results: Mapping[str, Result]) -> str:
    lines: list[str] = []
    for key, result in results.items():
        lines += [f"### {key}: {result['title']}", "", f"{result['explanation']} {_disturbance(result)}", ""]
        lines += document_table(result.get("subjects", []))
        if cells := _cells(result):
            lines += ["| what | figure | target | beside, in the same run |", "|---|---|---|---|"]
            lines += [f"| {' | '.join(row)} |" for row in cells] + [""]
    return "\n".join([*lines, "### Measured under", "", *_conditions_of_all(results)])


def terminal_part(key: str, result: Result) -> str:
    lines = [f"{key}  {result['title']}", *(f"   {line}" for line in terminal_table(result.get("subjects", [])))]
    for what, figure, target, beside in _cells(result):
        lines.append(f"   {re.sub('[*]', '', figure):>14}  {what}{f'  [{target}]' if target else ''}")
        if beside:
            lines.append(f"   {'':>14}  beside: {beside}")
    notes = [f"   {'':>14}  note: {note}" for note in _notes(result)]
    return "\n".join([*lines, *notes])


def _cells(result: Result) -> list[tuple[str, str, str, str]]:
    """what, figure, target, beside"""
    rows: list[tuple[str, str, str, str]] = []
    for figure in result["figures"]:
        verdict = {True: "reached: ", False: "missed: ", None: ""}[figure["is_met"]]
        spread = f"{spelled(min(figure['repeats']))} to {spelled(max(figure['repeats']))}"
        beside = [f"{name}: {spelled(value)} {figure['unit']}" for name, value in figure["beside"].items()]
        what = f"{figure['what']} ({spread}){'; ' + figure['note'] if figure['note'] else ''}"
        shown = f"**{spelled(figure['median'])} {figure['unit']}**"
        rows.append((what, shown, f"{verdict}{figure['target']}", "; ".join(beside)))
    return rows


def _disturbance(result: Result) -> str:
    load, share = result["conditions"]["load_average"][0], result["conditions"]["foreign_share"]
    notes = "".join(f" **Disturbed: {note}.**" for note in _notes(result))
    return f"Load average {load}; others used {share:.0%} of the cores.{notes}"


def _notes(result: Result) -> list[str]:
    return [str(note) for note in result["conditions"].get("notes", [])]


def _conditions_of_all(results: Mapping[str, Result]) -> list[str]:
    """One line for all rows that were measured under the same conditions."""
    by_line: dict[str, list[str]] = {}
    for key, result in results.items():
        by_line.setdefault(_conditions_line(result["conditions"]), []).append(key)
    return [f"- Rows {', '.join(keys)}: {line}" for line, keys in by_line.items()]


def _conditions_line(conditions: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in conditions["versions"].items())
    return (
        f"{conditions['date'][:10]}, {conditions['cores']} cores ({conditions['processor']}), {conditions['system']}, "
        f"{versions}; {conditions['scale']} size, medians of {conditions['repeats']} interleaved repeats."
    )
