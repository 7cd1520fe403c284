"""GET /about: what is set, without any secret, and what an examination finds, on both databases."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner import __version__
from agent_runner.domain.model_report import CacheReport, ModelInUse, ModelReport
from agent_runner.settings import Settings
from agent_runner.store import examination
from agent_runner.store.database import Database
from agent_runner.store.migrations import HEAD
from agent_runner.store.workers import note_models
from tests.api.conftest import Hands, settings_at

SECRETS = {
    "api_keys": "ci:key-of-the-ci-1234,second-key-5678",
    "openai_api_key": "sk-a-very-secret-key",
    "redis_url": "redis://:hidden-pass@127.0.0.1:6379/0",
    "openai_base_url": "https://models.example/v1?password=in-the-query",
}


@pytest.fixture
def settings(tmp_path: Path, new_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return settings_at(tmp_path, database_url=new_url, **SECRETS)


async def about(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/about", headers={"Authorization": "Bearer second-key-5678"})
    assert answer.status_code == 200, answer.text
    for secret in ("key-of-the-ci", "second-key", "very-secret", "hidden-pass", "in-the-query"):
        assert secret not in answer.text
    return answer.json()


def checks(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    assert [each for each in found["checks"] if (each["state"] == "ok") is (each["next"] is not None)] == []
    return {each["name"]: (each["state"], each["detail"]) for each in found["checks"]}


async def test_it_says_what_is_running_and_how_it_is_set(client: httpx.AsyncClient, settings: Settings) -> None:
    found = await about(client)
    assert found["version"] == __version__
    assert found["python"].startswith("3.")
    assert found["platform"]
    assert found["api_url"] == "http://127.0.0.1:8000"
    kind = "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"
    assert (found["database"]["kind"], found["database"]["revision"]) == (kind, HEAD)
    assert found["database"]["newest_revision"] == HEAD
    shown = {each["name"]: each for each in found["settings"]}
    assert set(shown) == {name.upper() for name in Settings.model_fields}
    assert all(each["description"] for each in shown.values())
    assert shown["API_KEYS"]["value"] == ["********"] * 2
    assert shown["OPENAI_API_KEY"]["value"] == "********"
    assert shown["REDIS_URL"]["value"] == "redis://:********@127.0.0.1:6379/0"
    assert shown["OPENAI_BASE_URL"]["value"] == "https://models.example/v1?password=********"
    assert (shown["LEASE_SECONDS"]["value"], shown["ANTHROPIC_API_KEY"]["value"]) == (30.0, None)
    assert {name for name, each in shown.items() if not each["is_default"]} == {
        "DATABASE_URL",
        *(name.upper() for name in SECRETS),
    }


async def test_it_examines_the_database_and_its_own_machine(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checks(await about(client))
    kind = "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"
    assert [found[name][0] for name in (kind, "database", "clock", "permissions")] == ["ok"] * 4
    assert ("connections" in found) is (kind == "postgresql")
    assert found["worker"] == ("warning", "none is alive")
    monkeypatch.setattr(examination, "TOO_LITTLE_BYTES", 2**61)
    assert checks(await about(client))["disk"][0] == "failed"


async def test_it_says_what_workers_have_told(client: httpx.AsyncClient, hands: Hands, database: Database) -> None:
    await hands.sign_on("strong", sandbox="L3")
    await hands.sign_on("new")
    found = checks(await about(client))
    assert found["worker"] == ("ok", "2 alive, 0 of 8 slots busy; sandbox L3, not known yet")
    assert found["sandbox"] == ("ok", "a worker holds commands at L3")
    assert not {"model", "cache"} & set(found)
    await hands.sign_on("weak", sandbox="L1")
    report = ModelReport(
        model=ModelInUse(name="ollama:x", healthy=False, error="it is away"),
        reason="set",
        cache=CacheReport(backend="redis at localhost", healthy=False, error="it is away, too"),
        providers=(),
    )
    await database.write(note_models, "weak", report.model_dump_json())
    answer = await about(client)
    found = checks(answer)
    weak = [each for each in answer["checks"] if each["name"] == "sandbox"]
    assert [each["state"] for each in weak] == ["warning", "ok"]
    assert weak[0]["detail"] == "a worker holds commands at L1, and L3 is the strongest"
    assert found["model"] == ("failed", "ollama:x: it is away")
    assert found["cache"][0] == "warning"
    assert "it is away, too" in found["cache"][1]
