"""Which model answers, and why: the one LLM_MODEL names, else what is there."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from agent_runner.domain.model import BUILT_IN_ALIASES, DEMO, is_model_name
from agent_runner.domain.redaction import Redaction
from agent_runner.errors import ConfigurationError
from agent_runner.llm.base import Model, ModelAnswer, ModelRequest
from agent_runner.llm.cache import AnswerCache, CacheSettings, open_cache
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.demo import DemoModel
from agent_runner.llm.endpoint import OFFICIAL_BASE_URL, Endpoint, Provider, clean_base_url, clean_key
from agent_runner.llm.failure import Patience
from agent_runner.llm.fallback import ModelWithFallback
from agent_runner.llm.probe import get_json, ollama_models, openai_models
from agent_runner.llm.provider import RemoteModel

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

DEFAULT_MODEL: Final = {
    Provider.ANTHROPIC: "claude-sonnet-5-5",
    Provider.OPENAI: "gpt-6.1-terra",
    Provider.GOOGLE: "gemini-3.8-flash",
}
"""What a key alone chooses; LLM_MODEL names any other."""

OLLAMA_PROBE_SECONDS: Final = 0.5
MODELS_PROBE_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """What of the settings concerns models. Keys are shown by no repr."""

    model: str = ""
    fallback_model: str = ""
    aliases: Mapping[str, str] = field(default_factory=lambda: BUILT_IN_ALIASES)
    timeout_seconds: float = 120.0
    max_retries: int = 3
    ollama_base_url: str = "http://127.0.0.1:11434"
    openai_api_key: SecretStr | None = field(default=None, repr=False)
    openai_base_url: str = ""
    anthropic_api_key: SecretStr | None = field(default=None, repr=False)
    google_api_key: SecretStr | None = field(default=None, repr=False)
    demo_step_seconds: float = 0.75
    cache: CacheSettings = field(default_factory=CacheSettings)

    def meant(self, name: str) -> str:
        """What an alias stands for; any other name as it is."""
        name = name.strip()
        return self.aliases.get(name, name)

    @property
    def patience(self) -> Patience:
        return Patience(timeout_seconds=self.timeout_seconds, max_retries=self.max_retries)

    def openai_endpoint(self, model: str) -> Endpoint | None:
        """OpenAI, or the server that OPENAI_BASE_URL names, which then alone gets the key; None without both."""
        key = clean_key("OPENAI_API_KEY", self.openai_api_key)
        if self.openai_base_url.strip():
            base_url = clean_base_url("OPENAI_BASE_URL", self.openai_base_url, path="/v1")
        elif key is not None:
            base_url = OFFICIAL_BASE_URL[Provider.OPENAI]
        else:
            return None
        return Endpoint(provider=Provider.OPENAI, model=model, base_url=base_url, api_key=key)

    def ollama_endpoint(self, model: str) -> Endpoint:
        base_url = clean_base_url("OLLAMA_BASE_URL", self.ollama_base_url).removesuffix("/v1")
        return Endpoint(provider=Provider.OLLAMA, model=model, base_url=base_url)

    def anthropic_endpoint(self, model: str) -> Endpoint | None:
        return _official(Provider.ANTHROPIC, model, clean_key("ANTHROPIC_API_KEY", self.anthropic_api_key))

    def google_endpoint(self, model: str) -> Endpoint | None:
        return _official(Provider.GOOGLE, model, clean_key("GOOGLE_API_KEY", self.google_api_key))

    def endpoint_of(self, provider: Provider) -> Callable[[str], Endpoint | None]:
        """By the model's name; None where a key is missing."""
        return {
            Provider.OLLAMA: self.ollama_endpoint,
            Provider.OPENAI: self.openai_endpoint,
            Provider.ANTHROPIC: self.anthropic_endpoint,
            Provider.GOOGLE: self.google_endpoint,
        }[provider]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model together with the reason why it was taken; to be used as the model itself."""

    model: Model
    reason: str
    cache: AnswerCache | None = None

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def sentence(self) -> str:
        """For the worker's start, e.g. `model: demo (no model is configured: …)`."""
        return f"model: {self.name} ({self.reason})"

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        return await self.model.complete(request)

    async def converse(self, conversation: "Conversation") -> "Reply":
        return await self.model.converse(conversation)

    async def close(self) -> None:
        await self.model.close()
        if self.cache is not None:
            await self.cache.close()


async def choose_model(settings: ModelSettings) -> ModelChoice:
    """Raises ConfigurationError when a setting cannot be used. Asks servers what they have only without LLM_MODEL."""
    cache = open_cache(settings.cache)
    choice = await _choose_first(settings, cache)
    wanted = settings.meant(settings.fallback_model)
    if not wanted:
        return choice
    second = remote_model(settings, named_endpoint(settings, wanted, "LLM_FALLBACK_MODEL"), cache)
    reason = f"{choice.reason}; {second.name} answers when it fails"
    return ModelChoice(ModelWithFallback(choice.model, second), reason, cache)


async def _choose_first(settings: ModelSettings, cache: AnswerCache | None) -> ModelChoice:
    wanted = settings.meant(settings.model)
    if wanted == DEMO:
        return ModelChoice(DemoModel(settings.demo_step_seconds), "set by LLM_MODEL", cache)
    if not wanted:
        found, reason = await _first_there(settings)
        model = DemoModel(settings.demo_step_seconds) if found is None else remote_model(settings, found, cache)
        return ModelChoice(model, reason, cache)
    model = remote_model(settings, named_endpoint(settings, wanted, "LLM_MODEL"), cache)
    return ModelChoice(model, "set by LLM_MODEL", cache)


def named_endpoint(settings: ModelSettings, wanted: str, setting: str) -> Endpoint:
    """Raises ConfigurationError in the words of the setting, or of a run's `model`. `wanted` is no alias any more."""
    provider, model = _parse(wanted, setting, settings.aliases)
    endpoint = settings.endpoint_of(provider)(model)
    if endpoint is None:
        raise ConfigurationError(
            f"{setting} {wanted!r} needs a key, and {provider.upper()}_API_KEY is not set",
            next_step=f"set {provider.upper()}_API_KEY in .env, or {_without(setting)}",
        )
    return endpoint


_WITHOUT: Final = {
    "LLM_MODEL": "LLM_MODEL=demo to go without a model",
    "model": "fork the run with another model",
}


def _without(setting: str) -> str:
    return _WITHOUT.get(setting, f"remove {setting}")


def _parse(wanted: str, setting: str, aliases: Collection[str]) -> tuple[Provider, str]:
    known = ", ".join(f"{provider}:…" for provider in Provider) + (" or demo" if setting in _WITHOUT else "")
    word, colon, model = wanted.partition(":")
    provider = next((each for each in Provider if each == word.lower()), None)
    if provider is None:
        there_are = "" if colon else f"; aliases are: {', '.join(sorted(aliases))}"
        raise ConfigurationError(
            f"{setting} {wanted!r} names no provider that is known",
            next_step=f"write {known}; for a model of Ollama: {setting}=ollama:{wanted}{there_are}",
        )
    model = model.strip()
    if not colon or not is_model_name(f"{provider}:{model}"):
        raise ConfigurationError(
            f"{setting} {wanted!r} names no model that can be used",
            next_step=f"write {setting}={provider}:{DEFAULT_MODEL.get(provider, 'llama3.2')}, with the model you want",
        )
    return provider, model


async def _first_there(settings: ModelSettings) -> tuple[Endpoint | None, str]:
    """What answers or has a key, and why it is taken; None where nothing does."""
    ollama = settings.ollama_endpoint("")
    tags = await get_json(f"{ollama.base_url}/api/tags", timeout_seconds=OLLAMA_PROBE_SECONDS)
    if models := ollama_models(tags):
        reason = f"Ollama answers at {ollama.base_url}; LLM_MODEL names another"
        return settings.ollama_endpoint(models[0]), reason
    for provider in (Provider.ANTHROPIC, Provider.OPENAI, Provider.GOOGLE):
        endpoint = settings.endpoint_of(provider)(DEFAULT_MODEL[provider])
        if endpoint is not None and endpoint.is_official:
            return endpoint, f"{provider.upper()}_API_KEY is set; LLM_MODEL names another"
        if endpoint is not None:
            first = await _first_served(settings, endpoint)
            return first, "the first that OPENAI_BASE_URL lists; LLM_MODEL names another"
    if isinstance(tags, dict):
        return None, f"Ollama at {ollama.base_url} has no model yet: run `ollama pull llama3.2`, or set LLM_MODEL"
    return None, "no model is configured: set LLM_MODEL or start Ollama"


async def _first_served(settings: ModelSettings, endpoint: Endpoint) -> Endpoint:
    """The first model of a compatible server. Which one that is, only the server knows."""
    url = f"{endpoint.base_url}/models"
    models = openai_models(await get_json(url, timeout_seconds=MODELS_PROBE_SECONDS, key=endpoint.api_key))
    chosen = settings.openai_endpoint(models[0]) if models else None
    if chosen is None:
        raise ConfigurationError(
            f"OPENAI_BASE_URL is set but LLM_MODEL names no model, and {url} lists none",
            next_step="start the server, or set LLM_MODEL=openai:NAME",
        )
    return chosen


def remote_model(settings: ModelSettings, endpoint: Endpoint, cache: AnswerCache | None) -> Model:
    """With the cache before it, if there is one."""
    model = RemoteModel(endpoint, settings.patience)
    if cache is None:
        return model
    return CachedModel(model, endpoint.base_url, cache, Redaction(settings.cache.secrets))


def _official(provider: Provider, model: str, key: SecretStr | None) -> Endpoint | None:
    if key is None:
        return None
    return Endpoint(provider=provider, model=model, base_url=OFFICIAL_BASE_URL[provider], api_key=key)
