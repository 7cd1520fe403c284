"""The documents: links lead somewhere, rendered parts are fresh, names are names of something."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent_runner.api.app import create_app
from agent_runner.domain.events import EventType
from agent_runner.settings import Settings, load_settings
from tests.docs.blocks import ROOT, documents

LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
ROUTE = re.compile(r"\b(GET|POST|PATCH|DELETE) (/[\w/{}]*)")
NAME = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
OF_OTHER_PROGRAMS = {"GEMINI_API_KEY"}


def anchors_of(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    dead: list[str] = []
    for target in LINK.findall(document.read_text()):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_setting_and_event_that_is_named_exists(document: Path) -> None:
    known = {name.upper() for name in Settings.model_fields} | set(EventType) | OF_OTHER_PROGRAMS
    named_here = {name for name in NAME.findall(document.read_text()) if not name.startswith("METAFLOW_")}
    assert named_here - known == set()


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_route_that_is_named_exists(document: Path) -> None:
    known = {
        (method.upper(), re.sub(r"{\w+}", "{}", path))
        for path, methods in create_app(load_settings()).openapi()["paths"].items()
        for method in methods
    }
    named_here = {
        (method, re.sub(r"{\w+}", "{}", path.rstrip("/"))) for method, path in ROUTE.findall(document.read_text())
    }
    assert named_here - known == set()


def test_every_document_is_reached_from_the_readme() -> None:
    readme = ROOT / "README.md"
    reached, waiting = {readme}, [readme]
    while waiting:
        document = waiting.pop()
        for target in LINK.findall(document.read_text()):
            file = (document.parent / target.partition("#")[0]).resolve()
            found = sorted(file.glob("*.md")) if file.is_dir() else [file]
            for path in found:
                if path.suffix == ".md" and path.exists() and path not in reached:
                    reached.add(path)
                    waiting.append(path)
    assert [named(document) for document in documents() if document not in reached] == []


def test_the_rendered_parts_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/render_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_decisions_are_numbered_without_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
