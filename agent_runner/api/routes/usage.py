"""What a run has consumed, and who of it what."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from agent_runner.api.deps import Api, RunId, answer, problems
from agent_runner.api.fields import Output
from agent_runner.api.schemas import UsagePublic
from agent_runner.store.model_usage import Consumed, usage_of_run

router: Final = APIRouter(tags=["runs"], responses=problems(422))


class PartOfUsage(Output):
    name: str | None = Field(description="null: nobody is named, or no event tells of it.")
    model_calls: int
    estimated_calls: int = Field(description="Of how many calls the tokens are estimated, not counted.")
    cached_calls: int = Field(description="How many were answered by the cache, which costs nothing.")
    input_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float = Field(description="How long the models took to answer.")


class RunUsagePublic(Output):
    """`by_agent` and `by_model` each sum up to `total`."""

    total: UsagePublic
    by_agent: list[PartOfUsage]
    by_model: list[PartOfUsage]


@router.get("/runs/{run_id}/usage", response_model=RunUsagePublic, responses=problems(404))
async def read_usage(run_id: RunId, api: Api) -> Response:
    """The model calls of a run: how many, their tokens and their cost, by agent role and by model."""
    found = await api.database.read(usage_of_run, run_id)
    return answer(
        RunUsagePublic(
            total=UsagePublic.model_validate(found.run),
            by_agent=_parts(found.by_agent),
            by_model=_parts(found.by_model),
        )
    )


def _parts(parts: Mapping[str | None, Consumed]) -> list[PartOfUsage]:
    return [PartOfUsage(name=name, **asdict(consumed)) for name, consumed in parts.items()]
