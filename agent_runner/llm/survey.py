"""Asks every provider that is set up what it serves, all at once and each for a few seconds."""

import asyncio
from collections.abc import Callable
from typing import Final, assert_never

from pydantic import JsonValue

from agent_runner.domain.model_report import CacheReport, ModelInUse, ModelReport, ProviderReport
from agent_runner.llm.cache import AnswerCache
from agent_runner.llm.choose import ModelChoice, ModelSettings
from agent_runner.llm.demo import DEMO
from agent_runner.llm.endpoint import Endpoint, Provider
from agent_runner.llm.probe import Unanswered, ask_json, google_models, ollama_models, openai_models

LONGEST_SECONDS: Final = 5.0
MOST_MODELS: Final = 200
"""Of one provider; the rest can be named all the same."""
LONGEST_NAME: Final = 200
ANTHROPIC_VERSION: Final = "2023-06-01"


async def survey(settings: ModelSettings, choice: ModelChoice) -> ModelReport:
    """Never raises for a server that does not answer: that is what the report is for."""
    asked = asyncio.gather(*(_look(settings, provider) for provider in Provider))
    providers, cache = await asyncio.gather(asked, _cache(choice.cache))
    fallback = settings.meant(settings.fallback_model)
    demo = ProviderReport(provider=DEMO, healthy=True, models=(DEMO,))
    return ModelReport(
        model=_in_use(choice.name, providers),
        reason=choice.reason,
        fallback=_in_use(fallback, providers) if fallback else None,
        cache=cache,
        providers=(*providers, demo),
    )


async def _look(settings: ModelSettings, provider: Provider) -> ProviderReport:
    endpoint = settings.endpoint_of(provider)("")
    if endpoint is None:
        return ProviderReport(provider=provider, healthy=False, error=f"{provider.upper()}_API_KEY is not set")
    return await ask_provider(endpoint)


async def ask_provider(endpoint: Endpoint) -> ProviderReport:
    """What the server says that it has, whichever model the endpoint names."""
    provider, base_url = endpoint.provider, endpoint.base_url
    path, models_of = _listing(provider)
    headers = dict([endpoint.authorization] if endpoint.authorization else [])
    if provider is Provider.ANTHROPIC:
        headers["anthropic-version"] = ANTHROPIC_VERSION
    try:
        answer = await ask_json(f"{base_url}{path}", timeout_seconds=LONGEST_SECONDS, headers=headers)
    except Unanswered as unanswered:
        return ProviderReport(provider=provider, base_url=base_url, healthy=False, error=f"{base_url} {unanswered}")
    named = [name for name in models_of(answer) if len(name) <= LONGEST_NAME and name.isprintable()]
    models = tuple(f"{provider}:{name}" for name in named[:MOST_MODELS])
    error = None if models else f"{base_url} lists no model"
    return ProviderReport(provider=provider, base_url=base_url, healthy=bool(models), error=error, models=models)


def _listing(provider: Provider) -> tuple[str, Callable[[JsonValue], list[str]]]:
    """Below the base URL, and how its answer is read."""
    match provider:
        case Provider.OLLAMA:
            return "/api/tags", ollama_models
        case Provider.OPENAI:
            return "/models", openai_models
        case Provider.ANTHROPIC:
            return f"/v1/models?limit={MOST_MODELS}", openai_models
        case Provider.GOOGLE:
            return f"/v1beta/models?pageSize={MOST_MODELS}", google_models
        case _:
            assert_never(provider)


def _in_use(name: str, providers: list[ProviderReport]) -> ModelInUse:
    """A hosted model may answer without being listed; Ollama has what it lists."""
    word = name.partition(":")[0].lower()
    provider = next((each for each in providers if each.provider == word), None)
    if provider is None or provider.healthy:
        listed = {name, f"{name}:latest"} & set(provider.models) if provider is not None else {name}
        if listed or word != Provider.OLLAMA:
            return ModelInUse(name=name, healthy=True)
        return ModelInUse(
            name=name, healthy=False, error=f"Ollama does not have it: ollama pull {name.partition(':')[2]}"
        )
    return ModelInUse(name=name, healthy=False, error=provider.error)


async def _cache(cache: AnswerCache | None) -> CacheReport:
    if cache is None:
        return CacheReport(backend="none", healthy=True)
    error = await cache.complaint()
    return CacheReport(backend=cache.name, healthy=error is None, error=error)
