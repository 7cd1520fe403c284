"""The OpenAPI document says what the API does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from agent_runner.api.app import create_app
from agent_runner.api.schemas import EventPublic, ProjectPublic, RunPublic
from tests.api.conftest import Hands, queued, settings_at

ROOT = Path(__file__).parents[2]

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_is_there_once(document: dict[str, Any]) -> None:
    paths = set(document["paths"])
    assert {
        "/",
        "/runs",
        "/runs/{run_id}",
        "/runs/{run_id}/events",
        "/runs/{run_id}/events/stream",
        "/runs/{run_id}/logs",
        "/runs/{run_id}/steps",
        "/runs/{run_id}/cancel",
        "/runs/{run_id}/retry",
        "/tasks/{task_id}/run",
        "/tasks/{task_id}/state",
        "/tasks/{task_id}/events",
        "/tasks/{task_id}/stop",
        "/projects/{project_id}",
        "/overview",
        "/worker/status",
        "/worker/process",
        "/agents",
        "/health/ready",
    } <= paths
    assert not [path for path in paths if path.startswith("/api") or (path != "/" and path.endswith("/"))]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert "#/components/schemas/Problem" in found
    assert "#/components/schemas/RunCreate" in found
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
        assert "422" in errors, (method, path)
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"], (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_operation_has_a_tag_and_words(document: dict[str, Any]) -> None:
    known = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert set(operation["tags"]) <= known, (method, path)
        assert operation["summary"]
    assert document["info"]["version"]


def test_bodies_have_examples_that_are_valid(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("RunCreate", "RunPatch", "TaskCreate", "ProjectCreate", "RunPublic", "EventPublic", "Problem"):
        assert schemas[name]["examples"], name


async def test_the_examples_look_like_the_answers(client: httpx.AsyncClient, hands: Hands) -> None:
    run_id = await queued(client)
    answers = {
        RunPublic: (await client.get(f"/runs/{run_id}")).json(),
        EventPublic: (await client.get(f"/runs/{run_id}/events")).json()["events"][0],
        ProjectPublic: (await client.post("/projects", json={"name": "p", "local_path": "/p"})).json(),
    }
    for model, answer in answers.items():
        extra = model.model_config.get("json_schema_extra")
        assert isinstance(extra, dict)
        (example,) = extra["examples"]  # pyright: ignore[reportGeneralTypeIssues, reportAssignmentType] - a list
        assert set(example) == set(answer), model  # pyright: ignore[reportArgumentType] - a dict


def test_keys_are_documented_when_they_are_wanted(tmp_path: Path, document: dict[str, Any]) -> None:
    locked = create_app(settings_at(tmp_path, api_keys="k")).openapi()
    assert locked["security"] == [{"key": []}]
    assert all("401" in operation["responses"] for _, _, operation in operations(locked))
    assert "security" not in document


def test_every_bound_is_spelled_as_json_schema_spells_it(document: dict[str, Any]) -> None:
    def words(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from (name for name, value in part.items() if isinstance(value, int | float))
            for each in part.values():
                yield from words(each)
        elif isinstance(part, list):
            for each in part:
                yield from words(each)

    assert {"gt", "ge", "lt", "le"} & set(words(document)) == set()
    tokens = document["components"]["schemas"]["BudgetWanted"]["properties"]["tokens"]["anyOf"][0]
    assert tokens["exclusiveMinimum"] == 0


def test_the_rendered_document_is_always_the_same(document: dict[str, Any], tmp_path: Path) -> None:
    def rendered(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "API_KEYS": "secret", "PYTHONPATH": str(ROOT)}
        program = "from scripts.render_docs import openapi_document; print(openapi_document(), end='')"
        command = [sys.executable, "-c", program]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=50
        ).stdout

    first = rendered("1")
    assert json.loads(first) == document
    assert first == rendered("2") == (ROOT / "docs" / "openapi.json").read_text()
    assert list(tmp_path.glob("data")) == []
