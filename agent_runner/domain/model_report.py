"""What a worker has found out about models: written by workers, which may ask, and read by the API, which may not."""

from pydantic import BaseModel, ConfigDict, Field


class ProviderReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    provider: str
    base_url: str | None = Field(default=None, description="null where it is not set up.")
    healthy: bool
    error: str | None = Field(default=None, description="Why it is not.")
    models: tuple[str, ...] = Field(default=(), description="What LLM_MODEL can name, e.g. `ollama:llama3.2`.")


class ModelInUse(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    healthy: bool
    error: str | None = None


class CacheReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    backend: str = Field(description="`none`, `memory`, or `redis` and where it is.")
    healthy: bool
    error: str | None = None


class ModelReport(BaseModel):
    model_config = ConfigDict(frozen=True)

    model: ModelInUse
    reason: str = Field(description="Why it is this one.")
    fallback: ModelInUse | None = Field(default=None, description="Answers where the model has failed for good.")
    cache: CacheReport
    providers: tuple[ProviderReport, ...]
