"""The port between agents and language models: one question, one answer, with what it cost."""

from typing import TYPE_CHECKING, Final, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from agent_runner.llm.conversation import Conversation, Reply

LONGEST_ANSWER: Final = 300_000
"""Characters. Always fits into the journal."""
CHARACTERS_PER_TOKEN: Final = 4
"""A rule of thumb, for servers that do not count."""


class ModelRequest(BaseModel):
    """A question to a model. Its JSON is what the journal compares on replay."""

    model_config = ConfigDict(frozen=True)

    system: str
    prompt: str
    max_tokens: int | None = None
    temperature: float | None = None


class Spent(BaseModel):
    """What one call consumed. `is_estimated`: the server did not say, the tokens are guessed from the text."""

    model_config = ConfigDict(frozen=True)

    model: str
    input_tokens: int
    output_tokens: int
    is_estimated: bool = False
    cost_usd: float | None = None
    """None where nobody publishes a price, which is not the same as free."""
    is_cached: bool = False
    fallback: str | None = None
    """Why the first model did not answer and this one did."""


class ModelAnswer(Spent):
    """An answer in words, and what it consumed."""

    text: str


class Model(Protocol):
    """A language model."""

    @property
    def name(self) -> str:
        """`provider:model`, or `demo`."""
        ...

    async def complete(self, request: ModelRequest) -> ModelAnswer:
        """Raises ModelError after its own retries; PermanentAgentError when no further attempt can help."""
        ...

    async def converse(self, conversation: "Conversation") -> "Reply":
        """One turn of a conversation that may use tools. Raises as `complete` does."""
        ...

    async def close(self) -> None: ...


def estimated_tokens(*texts: str) -> int:
    """About how many tokens the texts are, at least 1."""
    return max(1, sum(map(len, texts)) // CHARACTERS_PER_TOKEN)
