"""A model server that counts its calls, and runners that ask it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripted_model import ScriptedModel


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """Answers all runs of the test, which begin where there is no .env."""
    monkeypatch.chdir(tmp_path)
    with ScriptedModel() as server:
        monkeypatch.setenv("LLM_MODEL", "openai:scripted")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test-0123456789")
        monkeypatch.setenv("RETRY_BASE_SECONDS", "0")
        yield server
