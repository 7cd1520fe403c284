"""Settings: what is read, what is refused and how, and that .env.example and the documentation tell the truth."""

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_runner.domain.model import Models
from agent_runner.errors import ConfigurationError
from agent_runner.settings import (
    Settings,
    environment_for_child,
    environment_for_flows,
    environment_for_installers,
    is_loopback,
    load_settings,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> ConfigurationError:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert refused.value.next_step
    return refused.value


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_has_a_line_for_every_setting_and_no_other() -> None:
    assert list(example()) == [name.upper() for name in Settings.model_fields]


def test_the_example_copied_to_env_changes_nothing(empty_directory: Path) -> None:
    defaults = load_settings()
    (empty_directory / ".env").write_text((ROOT / ".env.example").read_text())
    assert load_settings() == defaults


def test_every_setting_of_the_example_is_described_above_it() -> None:
    text = (ROOT / ".env.example").read_text()
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} has no description"
        assert f"# {field.description}" in text
        assert re.search(rf"^# .+\n{name.upper()}=", text, re.MULTILINE)


def test_the_environment_comes_before_the_file(empty_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_directory / ".env").write_text("API_PORT=8011\nLLM_MODEL=demo\n")
    monkeypatch.setenv("API_PORT", "8012")
    settings = load_settings()
    assert (settings.api_port, settings.llm_model) == (8012, "demo")


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "")
    monkeypatch.setenv("API_KEYS", "")
    settings = load_settings()
    assert settings.api_port == 8000
    assert settings.api_keys == ()


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example,")
    monkeypatch.setenv("API_KEYS", "ci:one,two")
    settings = load_settings()
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.api_keys == (SecretStr("ci:one"), SecretStr("two"))


def test_aliases_of_models_come_beside_the_built_in_ones_or_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_ALIASES", "fast=ollama:llama3.2, claude-sonnet-4 = anthropic:claude-sonnet-4-5,")
    settings = load_settings()
    assert settings.aliases["fast"] == "ollama:llama3.2"
    assert settings.aliases[Models.CLAUDE_SONNET_4] == "anthropic:claude-sonnet-4-5"
    assert settings.aliases[Models.MISTRAL] == "ollama:mistral"
    monkeypatch.setenv("MODEL_ALIASES", environment_for_child(settings)["MODEL_ALIASES"])
    assert load_settings().aliases == settings.aliases


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("fast", "the alias 'fast' stands for '', which is no model: write provider:model"),
        ("fast=llama", "the alias 'fast' stands for 'llama', which is no model"),
        ("fast=mistral", "the alias 'fast' stands for 'mistral', which is no model"),
        ("demo=ollama:llama3.2", "'demo=ollama:llama3.2' gives no alias"),
        ("a:b=ollama:llama3.2", "'a:b=ollama:llama3.2' gives no alias"),
        ("=ollama:llama3.2", "'=ollama:llama3.2' gives no alias"),
    ],
)
def test_what_is_no_alias_is_said(value: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, MODEL_ALIASES=f"ok=demo,{value}").message
    assert message.startswith(f"MODEL_ALIASES is 'ok=demo,{value}': {sentence}")


def test_a_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert load_settings().log_level == "DEBUG"


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.api_port = 1  # pyright: ignore[reportAttributeAccessIssue] - this is what is tested


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_PORT", "0"),
        ("API_PORT", "65536"),
        ("API_PORT", "eight"),
        ("WORKER_CONCURRENCY", "0"),
        ("LEASE_SECONDS", "1"),
        ("LEASE_SECONDS", "nan"),
        ("RUN_TIME_LIMIT_SECONDS", "inf"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refusal(monkeypatch, **{name: value}).message.lower()
    assert message.startswith(f"{name.lower()} is '{value}': "), message


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, API_PORT="0", LEASE_SECONDS="0").message
    assert "API_PORT is '0'" in message
    assert "LEASE_SECONDS is '0'" in message


def test_an_address_that_others_can_reach_needs_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(monkeypatch, API_HOST="0.0.0.0").message
    assert message == "API_HOST 0.0.0.0 can be reached from other machines, so API_KEYS must be set"
    monkeypatch.setenv("API_KEYS", "secret-key")
    assert load_settings().api_host == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_these_addresses_are_reached_from_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "10.0.0.1", "example.org", "localhost.example.org", ""]
)
def test_these_addresses_can_be_reached_by_others(host: str) -> None:
    assert not is_loopback(host)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "ci:planted-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "planted-secret")
    settings = load_settings()
    assert "planted-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_secret_is_not_repeated_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-secret")
    assert "planted-secret" not in refusal(monkeypatch, API_HOST="0.0.0.0", API_PORT="0").message


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ({"DB_HOST": "db"}, "postgresql://db:5432/agent_runner"),
        (
            {"DB_HOST": "db", "DB_PORT": "6543", "DB_USER": "an@a", "DB_PASSWORD": "p/w:d", "DB_NAME": "runs"},
            "postgresql://an%40a:p%2Fw%3Ad@db:6543/runs",
        ),
        ({"DB_HOST": "::1"}, "postgresql://[::1]:5432/agent_runner"),
        ({"DB_HOST": "/run/pg"}, "postgresql:///agent_runner?host=%2Frun%2Fpg&port=5432"),
    ],
)
def test_a_database_can_be_named_in_parts(monkeypatch: pytest.MonkeyPatch, parts: dict[str, str], url: str) -> None:
    for name, value in parts.items():
        monkeypatch.setenv(name, value)
    assert load_settings().store_url == url


def test_two_databases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refusal(monkeypatch, DB_HOST="db", DATABASE_URL="sqlite:///other.db")
    assert "DATABASE_URL and DB_HOST are both set" in error.message


def test_installers_see_registry_and_proxy_but_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    seen = {
        "PATH": "/bin",
        "HOME": "/root",
        "https_proxy": "http://proxy:1",
        "SSL_CERT_FILE": "/a.pem",
        "UV_INDEX_OURS_PASSWORD": "of the registry",
        "PIP_INDEX_URL": "http://pip/simple",
    }
    unseen = {"OPENAI_API_KEY": "x", "API_KEYS": "x", "UV_PUBLISH_TOKEN": "x", "UV_PYTHON": "3.8", "UV_PROJECT": "/x"}
    for name, value in (seen | unseen).items():
        monkeypatch.setenv(name, value)
    assert environment_for_installers() == seen | {"UV_DEFAULT_INDEX": "http://pip/simple"}
    monkeypatch.setenv("UV_INDEX_URL", "http://uv/simple")
    assert "UV_DEFAULT_INDEX" not in environment_for_installers()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://uv/default")
    assert environment_for_installers()["UV_DEFAULT_INDEX"] == "http://uv/default"


@pytest.mark.parametrize(
    "address",
    ["runner.example.org", "ftp://a", "https://", "https://me:pw@a", "https://a?b=1", "https://a#b", "http://a b"],
)
def test_an_address_that_other_machines_cannot_use_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    refused = refusal(monkeypatch, PUBLIC_URL=address)
    assert refused.message.startswith(f"PUBLIC_URL is {address!r}: it must be an http or https address")


@pytest.mark.parametrize("address", ["https://runner.example.org", "http://10.0.0.1:8000", "https://a/runner"])
def test_an_address_is_taken_without_its_last_slash(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"{address}/")
    assert load_settings().public_url == address


def test_a_flow_sees_the_cluster_and_the_datastore_and_no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "AWS_SECRET_ACCESS_KEY": "a",
        "KUBECONFIG": "/k",
        "KUBERNETES_SERVICE_HOST": "k",
        "GOOGLE_APPLICATION_CREDENTIALS": "/g",
        "AZURE_CLIENT_ID": "c",
        "HTTPS_PROXY": "http://p",
        "HOME": "/home/me",
        "PATH": "/bin",
    }
    hidden = (
        "OPENAI_API_KEY",
        "GOOGLE_API_KEY",
        "ANTHROPIC_API_KEY",
        "API_KEYS",
        "DATABASE_URL",
        "DB_PASSWORD",
        "MY_KEY",
    )
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {**seen, **dict.fromkeys(hidden, "hidden-from-flows")}.items():
        monkeypatch.setenv(name, value)
    assert environment_for_flows() == seen
