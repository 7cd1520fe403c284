"""The name of a language model: `provider:model`, `demo`, or an alias. Which providers there are, a worker knows."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Self

from agent_runner.errors import InvalidInput

DEMO: Final = "demo"
MODEL_NAME: Final = r"(demo|[A-Za-z][A-Za-z0-9_-]{0,49}:[!-~]{1,200})"
ALIAS: Final = r"[a-z][a-z0-9.-]{0,49}"
MODEL_OR_ALIAS: Final = f"({MODEL_NAME}|{ALIAS})"


class Models(StrEnum):
    """Aliases of well-known models, each with the model it stands for where MODEL_ALIASES says no other.

    The number is that of a family, and the model its latest.
    """

    meaning: str

    def __new__(cls, alias: str, meaning: str) -> Self:
        member = str.__new__(cls, alias)
        member._value_ = alias
        member.meaning = meaning
        return member

    CLAUDE_OPUS_5 = "claude-opus-5", "anthropic:claude-opus-5-5"
    CLAUDE_SONNET_5 = "claude-sonnet-5", "anthropic:claude-sonnet-5-5"
    CLAUDE_HAIKU_5 = "claude-haiku-5", "anthropic:claude-haiku-5-5"
    CLAUDE_FABLE_5 = "claude-fable-5", "anthropic:claude-fable-5-2"
    CLAUDE_OPUS_4 = "claude-opus-4", "anthropic:claude-opus-4-8"
    CLAUDE_SONNET_4 = "claude-sonnet-4", "anthropic:claude-sonnet-4-6"
    CLAUDE_HAIKU_4 = "claude-haiku-4", "anthropic:claude-haiku-4-5"
    GPT_6_ASTRA = "gpt-6-astra", "openai:gpt-6-astra"
    GPT_6_SOL = "gpt-6-sol", "openai:gpt-6.1-sol"
    GPT_6_TERRA = "gpt-6-terra", "openai:gpt-6.1-terra"
    GPT_6_LUNA = "gpt-6-luna", "openai:gpt-6-luna"
    GPT_5_SOL = "gpt-5-sol", "openai:gpt-5.6-sol"
    GPT_5_TERRA = "gpt-5-terra", "openai:gpt-5.6-terra"
    GPT_5_LUNA = "gpt-5-luna", "openai:gpt-5.6-luna"
    GEMINI_4_ARGON = "gemini-4-argon", "google:gemini-4-argon"
    GEMINI_3_PRO = "gemini-3-pro", "google:gemini-3.1-pro-preview"
    GEMINI_3_FLASH = "gemini-3-flash", "google:gemini-3.8-flash"
    GEMINI_3_FLASH_LITE = "gemini-3-flash-lite", "google:gemini-3.5-flash-lite"
    LLAMA_3 = "llama-3", "ollama:llama3.2"
    QWEN_3 = "qwen-3", "ollama:qwen3"
    GEMMA_3 = "gemma-3", "ollama:gemma3"
    GPT_OSS = "gpt-oss", "ollama:gpt-oss"
    DEEPSEEK_R1 = "deepseek-r1", "ollama:deepseek-r1"
    MISTRAL = "mistral", "ollama:mistral"


BUILT_IN_ALIASES: Final[Mapping[str, str]] = {each.value: each.meaning for each in Models}


def is_model_name(name: str) -> bool:
    """Whether it is spelled as one; whether there is such a model, its provider knows."""
    return re.fullmatch(MODEL_NAME, name) is not None


def spelled_as_model(name: str) -> str:
    """The name of a model or an alias, as it is. Raises ValueError with a sentence for what can be neither."""
    if re.fullmatch(MODEL_OR_ALIAS, name) is None:
        raise ValueError(
            f"{name[:100]!r} is no model; write provider:model, such as ollama:llama3.2, an alias of GET /models,"
            " or demo"
        )
    return name


def aliases_with(own: Iterable[str]) -> dict[str, str]:
    """The built-in aliases and one's own, each written alias=provider:model. Raises ValueError with a sentence."""
    return dict(BUILT_IN_ALIASES) | dict(_alias_in(entry) for entry in own)


def _alias_in(entry: str) -> tuple[str, str]:
    alias, _, meaning = (part.strip() for part in entry.partition("="))
    if re.fullmatch(ALIAS, alias) is None or alias == DEMO:
        raise ValueError(
            f"{entry[:200]!r} gives no alias: write one of small letters, digits, - and ., as in fast=ollama:llama3.2"
        )
    if not is_model_name(meaning):
        raise ValueError(f"the alias {alias!r} stands for {meaning[:200]!r}, which is no model: write provider:model")
    return alias, meaning


def check_alias(name: str, aliases: Mapping[str, str]) -> None:
    """Raises InvalidInput for the name of no model that is not among the aliases either."""
    if not is_model_name(name) and name not in aliases:
        raise InvalidInput(
            f"{name!r} is neither provider:model nor an alias; there are: {', '.join(sorted(aliases))}",
            next_step="write one of these, provider:model such as ollama:llama3.2, or name it in MODEL_ALIASES",
        )
