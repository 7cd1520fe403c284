"""Every setting, and the only reader of the environment. Entry points read it once and pass values inward."""

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agent_runner.domain.budget import Budget
from agent_runner.domain.model import aliases_with
from agent_runner.errors import ConfigurationError


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Read from the environment, then from `.env`; an empty value means the default."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, case_sensitive=False
    )

    database_url: str = Field(
        "sqlite:///data/agent_runner.db", description="Where everything is kept: sqlite:///PATH or postgresql://…"
    )
    db_host: str = Field("", description="PostgreSQL in parts, instead of DATABASE_URL: its host or socket folder.")
    db_port: int = Field(5432, ge=1, le=65535, description="With DB_HOST: the port of PostgreSQL.")
    db_user: str = Field("", description="With DB_HOST: who connects to PostgreSQL.")
    db_password: SecretStr | None = Field(None, description="With DB_HOST: the password.")
    db_name: str = Field("agent_runner", description="With DB_HOST: the database, which must exist.")

    api_host: str = Field("127.0.0.1", description="The address the API binds; any but loopback needs API_KEYS.")
    api_port: int = Field(8000, ge=1, le=65535, description="The port of the API.")
    api_workers: int = Field(1, ge=1, le=64, description="API processes.")
    api_reload: bool = Field(default=False, description="Restart the API when its code changes (development).")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Keys that clients must send as a bearer token, comma separated. NAME:KEY, or KEY alone."
    )
    public_url: str = Field(
        "",
        description="Where other machines reach the API, as https://runner.example.org: flows on Kubernetes or AWS "
        "Batch report there.",
    )
    console_host: str = Field(
        "127.0.0.1", description="The address of the web console; any but loopback needs API_KEYS."
    )
    console_port: int = Field(3001, ge=1, le=65535, description="The port of the web console.")
    cors_origins: Words = Field((), description="Web origins that may use the API from a browser, comma separated.")
    allowed_hosts: Words = Field(
        (),
        description="Host names API and console answer to besides loopback and their address, comma separated.",
    )

    worker_check_interval: float = Field(
        5.0, gt=0, le=3600, description="Seconds between looks into the queue when nobody rings."
    )
    worker_batch_size: int = Field(10, ge=1, le=1000, description="Runs claimed at once, at most.")
    worker_concurrency: int = Field(16, ge=1, le=1000, description="Runs one worker drives at the same time.")
    lease_seconds: float = Field(30.0, ge=2, le=3600, description="A worker silent for this long loses its runs.")
    drain_seconds: float = Field(
        20.0, ge=0, le=3600, description="After SIGTERM, running runs get this long before they are released."
    )
    run_time_limit_seconds: float = Field(3600.0, gt=0, le=604800, description="The time limit of a run without one.")
    run_budget_cost_usd: float = Field(
        0.0, ge=0, le=1_000_000, description="US dollars a run without a budget may cost; 0 sets no limit."
    )
    run_budget_tokens: int = Field(
        0, ge=0, le=10**15, description="Tokens a run without a budget may use, in and out; 0 sets no limit."
    )
    run_budget_model_calls: int = Field(
        0, ge=0, le=10**9, description="Model calls a run without a budget may make; 0 sets no limit."
    )
    run_budget_ask_seconds: float = Field(
        604800.0,
        ge=0,
        le=31_536_000,
        description="A run that asks for a larger budget fails after so long without an answer; 0 waits for ever.",
    )
    run_max_attempts: int = Field(3, ge=1, le=100, description="Attempts of a run that names no number.")
    retry_base_seconds: float = Field(2.0, ge=0, le=3600, description="The wait before the second attempt; it doubles.")
    retention_days: float = Field(
        0.0, ge=0, le=36500, description="Days after which runs that have ended are deleted; 0 keeps them for ever."
    )

    llm_model: str = Field(
        "",
        description="provider:model (ollama, openai, anthropic, google), alias or demo; empty chooses what is there.",
    )
    llm_fallback_model: str = Field(
        "",
        description="provider:model or an alias that answers when the first one has failed for good; empty means none.",
    )
    model_aliases: Words = Field(
        (),
        description="Names for models beside those of GET /models, or other meanings of them, comma separated: "
        "fast=ollama:llama3.2.",
    )
    llm_timeout_seconds: float = Field(
        120.0,
        gt=0,
        le=3600,
        description="The longest a try of a model call may take, answer included. "
        "A streamed answer may fall silent for half of it.",
    )
    llm_max_retries: int = Field(3, ge=0, le=20, description="Tries after a passing failure of a model call.")
    ollama_base_url: str = Field("http://127.0.0.1:11434", description="Where Ollama listens.")
    openai_api_key: SecretStr | None = Field(None, description="The key of OpenAI or a compatible server.")
    openai_base_url: str = Field("", description="An OpenAI-compatible server; empty means OpenAI itself.")
    anthropic_api_key: SecretStr | None = Field(None, description="The key of Anthropic.")
    google_api_key: SecretStr | None = Field(None, description="The key of Google.")
    demo_step_seconds: float = Field(0.75, ge=0, le=60, description="How long each answer of the demo model takes.")

    cache_backend: Literal["none", "memory", "redis"] = Field(
        "memory", description="Where answers of models are kept that may be given again."
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", description="With CACHE_BACKEND=redis: redis://, rediss:// or unix:// and its path."
    )
    cache_seconds: int = Field(86400, ge=1, le=2592000, description="How long an answer of a model is kept.")

    mgx_max_rounds: int = Field(
        5, ge=1, le=100, description="Rounds of engineer, tester and reviewer that the agent mgx takes by itself."
    )

    extensions: Words = Field(
        (), description="Modules of your own with mixins, tools and runners that a worker imports, comma separated."
    )
    sandbox_level: Literal["auto", "3", "2", "1", "0"] = Field(
        "auto", description="How strongly commands must be held at least: 3 to 1, or 0 for not at all; auto: as can be."
    )
    hosts_dir: str = Field("hosts", description="Where hosts of your own are: a folder with host.toml for each.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")
    log_format: Literal["text", "json"] = Field("text", description="text for people, json for machines.")

    def keys(self) -> list[str]:
        """The keys of API_KEYS without their names."""
        return [key for _, key in self.named_keys()]

    def named_keys(self) -> list[tuple[str, str]]:
        """(name, key) of API_KEYS; one without a name is called by its place, `key 1`."""
        named: list[tuple[str, str]] = []
        for place, entry in enumerate(self.api_keys, start=1):
            name, _, key = entry.get_secret_value().partition(":")
            named.append((name, key) if key else (f"key {place}", entry.get_secret_value()))
        return named

    def secrets(self) -> list[str]:
        """What must stand in no event, journal, error or log."""
        secrets = [self.openai_api_key, self.anthropic_api_key, self.google_api_key, self.db_password]
        given = (secret.get_secret_value() for secret in secrets if secret is not None)
        return [*self.keys(), *given, *_passwords_in(self.redis_url), *_passwords_in(self.database_url)]

    @field_validator("cors_origins", "allowed_hosts", "api_keys", "extensions", "model_aliases", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _words(value)

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
            raise ValueError("it must be an http or https address without user, query or fragment")
        return value.rstrip("/")

    @field_validator("model_aliases")
    @classmethod
    def _are_aliases(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        aliases_with(value)
        return value

    @property
    def aliases(self) -> Mapping[str, str]:
        """What each name stands for that is no provider:model, the built-in ones and those of MODEL_ALIASES."""
        return aliases_with(self.model_aliases)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def default_budget(self) -> str | None:
        """What runs may consume where neither they nor their project say it, as JSON text; None for no limit."""
        budget = Budget(
            cost_usd=self.run_budget_cost_usd or None,
            tokens=self.run_budget_tokens or None,
            model_calls=self.run_budget_model_calls or None,
        )
        return None if budget == Budget() else budget.model_dump_json(exclude_none=True)

    @property
    def store_url(self) -> str:
        """Where everything is kept, whether it was given whole or in parts."""
        if not self.db_host:
            return self.database_url
        password = self.db_password.get_secret_value() if self.db_password else ""
        return postgres_url(
            host=self.db_host, port=self.db_port, user=self.db_user, password=password, name=self.db_name
        )

    @model_validator(mode="after")
    def _one_database(self) -> "Settings":
        if self.db_host and self.database_url != type(self).model_fields["database_url"].default:
            raise ValueError("DATABASE_URL and DB_HOST are both set, and each names a database: remove one of them")
        return self

    @model_validator(mode="after")
    def _keys_when_reachable(self) -> "Settings":
        for name, host in (("API_HOST", self.api_host), ("CONSOLE_HOST", self.console_host)):
            if not self.api_keys and not is_loopback(host):
                raise ValueError(f"{name} {host} can be reached from other machines, so API_KEYS must be set")
        return self

    @property
    def api_url(self) -> str:
        """How this machine reaches the API."""
        return url_at(self.api_host, self.api_port)

    @property
    def console_url(self) -> str:
        """How this machine reaches the web console."""
        return url_at(self.console_host, self.console_port)


def url_at(host: str, port: int) -> str:
    """The URL of what is bound there; an address that stands for all of them is reached by loopback."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host).strip("[]")  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def postgres_url(*, host: str, port: int, user: str, password: str, name: str) -> str:
    """The URL of the parts, whatever characters they hold. `host` may be the folder of a Unix socket."""
    secret = f":{quote(password, safe='')}" if password else ""
    who = f"{quote(user, safe='')}{secret}@" if user else ""
    if host.startswith("/"):
        return f"postgresql://{who}/{quote(name, safe='')}?host={quote(host, safe='')}&port={port}"
    where = f"[{host}]" if ":" in host else host
    return f"postgresql://{who}{where}:{port}/{quote(name, safe='')}"


def _passwords_in(url: str) -> set[str]:
    """The password of an address, as it is written there and as it is meant."""
    _, _, rest = url.partition("://")
    who, at, _ = rest.rpartition("@")
    _, _, password = who.partition(":")
    return {password, unquote(password)} if at and password else set()


MASK: Final = "********"
"""In place of every secret, however long it is."""
_PASSWORD_IN_QUERY: Final = re.compile(r"(?<=[?&]password=)[^&#]*", re.IGNORECASE)


def shown(settings: Settings) -> dict[str, Any]:
    """Name and value of every setting, in the spelling of the environment, without secrets. Can be written as JSON."""
    return {name.upper(): _masked(getattr(settings, name)) for name in type(settings).model_fields}


def _masked(value: Any) -> Any:
    match value:
        case SecretStr():
            return MASK
        case tuple():
            return [_masked(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - any setting
        case str() if "://" in value:
            password = urlsplit(value).password
            url = value if password is None else value.replace(f":{password}@", f":{MASK}@", 1)
            return _PASSWORD_IN_QUERY.sub(MASK, url)
        case _:
            return value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name other than localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings() -> Settings:
    """Raises ConfigurationError with one sentence for each setting that cannot be used."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - every field has a default
    except ValidationError as error:
        sentences = [_sentence(problem["loc"], problem["msg"], problem["input"]) for problem in error.errors()]
        raise ConfigurationError("; ".join(sentences), next_step="correct it in .env or in the environment") from None


def environment_for_child(settings: Settings) -> dict[str, str]:
    """The environment of a process that is to have these settings, wherever they came from."""
    return dict(os.environ) | {
        name.upper(): _spelled(getattr(settings, name)) for name in sorted(settings.model_fields_set)
    }


_OF_INSTALLERS: Final = re.compile(
    r"(UV|PIP|SSL_CERT|XDG|LC)_\w+|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy|PATH|HOME|USER|LANG|TMPDIR|NETRC"
)
_NOT_OF_INSTALLERS: Final = re.compile(
    r"UV_(PUBLISH_\w+|PYTHON|PROJECT\w*|SYSTEM_PYTHON|BREAK_SYSTEM_PACKAGES|LOCKED|FROZEN|WORKING_DIR\w*"
    r"|CONSTRAINT|OVERRIDE|EXCLUDE\w*|REQUIRE_HASHES|NO_VERIFY_HASHES|VENV_\w+|ENV_FILE)"
)
"""What is said of other environments than a host's, whose contents its lock alone decides; and keys to publish with."""
_AS_UV_SAYS_IT: Final = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_EXTRA_INDEX_URL",
    "PIP_CERT": "SSL_CERT_FILE",
}


def environment_for_installers() -> dict[str, str]:
    """What uv needs to see of our environment to reach the package registry as this machine does: no key but its own.

    Where only pip is told of a registry, uv is told as well.
    """
    seen = {
        name: value
        for name, value in os.environ.items()
        if _OF_INSTALLERS.fullmatch(name) and not _NOT_OF_INSTALLERS.fullmatch(name)
    }
    told = {ours: seen[theirs] for theirs, ours in _AS_UV_SAYS_IT.items() if theirs in seen}
    if "UV_INDEX_URL" in seen:
        told.pop("UV_DEFAULT_INDEX", None)
    return told | seen


_OF_FLOWS: Final = re.compile(
    r"(METAFLOW|AWS|AZURE|GOOGLE|CLOUDSDK|KUBERNETES|SSL_CERT)_\w+|KUBECONFIG|REQUESTS_CA_BUNDLE"
    r"|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy|PATH|HOME|LANG|LC_\w+"
)


def environment_for_flows() -> dict[str, str]:
    """What Metaflow needs to see of our environment to reach its datastore and the cluster: no key of a model."""
    own = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if _OF_FLOWS.fullmatch(name) and name not in own}


def variable(name: str) -> str | None:
    """One that the owner of a host has named for it."""
    return os.environ.get(name)


def environment_for_tools() -> dict[str, str]:
    """What the tools of PostgreSQL need to see of our environment, and no key of anybody else."""
    wanted = {"PATH", "HOME", "USER", "LANG", "TMPDIR"}
    return {name: value for name, value in os.environ.items() if name in wanted or name.startswith("PG")}


def _spelled(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(_spelled(word) for word in cast("tuple[object, ...]", value))
    return value.get_secret_value() if isinstance(value, SecretStr) else "" if value is None else str(value)


def _sentence(location: tuple[int | str, ...], message: str, given: object) -> str:
    name = str(location[0]).upper() if location else ""
    if not name:
        return message.removeprefix("Value error, ")
    shown = "" if "KEY" in name else f" is {given!r}:"
    return f"{name}{shown} {message.removeprefix('Value error, ')}"
