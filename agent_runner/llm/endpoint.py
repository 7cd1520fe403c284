"""Where a model is served: the provider, the address and the key that goes there and nowhere else."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from agent_runner.errors import ConfigurationError


class Provider(StrEnum):
    OLLAMA = "ollama"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"


OFFICIAL_BASE_URL: Final = {
    Provider.OPENAI: "https://api.openai.com/v1",
    Provider.ANTHROPIC: "https://api.anthropic.com",
    Provider.GOOGLE: "https://generativelanguage.googleapis.com",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model at one address."""

    provider: Provider
    model: str
    base_url: str
    api_key: SecretStr | None = None

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"

    @property
    def is_official(self) -> bool:
        """Whether the provider itself answers there; only then are its prices the right ones."""
        return self.base_url == OFFICIAL_BASE_URL.get(self.provider)

    @property
    def authorization(self) -> tuple[str, str] | None:
        """The header that carries the key; None without one."""
        if self.api_key is None:
            return None
        key = self.api_key.get_secret_value()
        match self.provider:
            case Provider.ANTHROPIC:
                return "x-api-key", key
            case Provider.GOOGLE:
                return "x-goog-api-key", key
            case Provider.OPENAI | Provider.OLLAMA:
                return "authorization", f"Bearer {key}"

    @property
    def is_on_this_machine(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def clean_base_url(setting: str, value: str, *, path: str = "") -> str:
    """The address without a trailing slash; `path` where it has none. Raises ConfigurationError naming the setting."""
    address = value.strip().rstrip("/")
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{setting} {value!r} is not an http address", next_step=f"write it like {setting}=http://127.0.0.1:11434"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            f"{setting} for {parts.hostname} holds a user name or password",
            next_step="take it out of the address and set the key in its own setting",
        )
    return address if parts.path else address + path


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is no port
    except ValueError:
        return None
    return parts


def clean_key(setting: str, value: SecretStr | None) -> SecretStr | None:
    """The key without blanks around it, None when nothing is left. Raises ConfigurationError, without the key."""
    key = value.get_secret_value().strip() if value is not None else ""
    if not key:
        return None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(
            f"{setting} holds a character that no key has, such as a blank, a line break or a letter beyond ASCII",
            next_step=f"copy the key again into {setting}",
        )
    return SecretStr(key)
