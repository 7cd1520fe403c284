"""MetaGPT's model: every question of the company goes to the worker, which journals, budgets and pays it."""

from contextvars import ContextVar
from typing import Any, ClassVar

from agent_runner_host import Host
from answers import in_format
from demo import Demo
from metagpt.configs.llm_config import LLMConfig, LLMType
from metagpt.provider.base_llm import BaseLLM
from metagpt.provider.llm_provider_registry import LLM_REGISTRY

speaking: ContextVar[str] = ContextVar("speaking")
"""The role whose turn it is."""


class ParentModel(BaseLLM):
    host: ClassVar[Host]
    demo: ClassVar[Demo | None]

    def __init__(self, config: LLMConfig) -> None:
        self.config = config
        self.model = config.model

    async def acompletion_text(self, messages: list[dict[str, Any]], stream: bool = False, timeout: int = 0) -> str:  # noqa: FBT001, FBT002, ASYNC109 - MetaGPT's signature
        """Without MetaGPT's retries: the worker has its own."""
        del stream, timeout
        role = speaking.get()
        more: dict[str, Any] = (
            {} if self.demo is None else {"demo": {"text": self.demo.answer(role, messages[-1]["content"])}}
        )
        answer = await self.host.ask_model_async(messages, agent=role, **more)
        return in_format(str(answer["text"]), str(messages[-1]["content"]))

    async def acompletion(self, messages: list[dict[str, Any]], timeout: int = 0) -> dict[str, Any]:  # noqa: ASYNC109 - MetaGPT's signature
        text = await self.acompletion_text(messages, timeout=timeout)
        return {"choices": [{"message": {"role": "assistant", "content": text}}]}

    _achat_completion = acompletion
    _achat_completion_stream = acompletion_text


def put_in_place(host: Host, demo: Demo | None) -> None:
    """MetaGPT makes a model for every role, by the type that its configuration names."""
    ParentModel.host, ParentModel.demo = host, demo
    for kind in LLMType:
        LLM_REGISTRY.register(kind, ParentModel)
