"""Many runs in one request: which are meant, and what became of each."""

from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from agent_runner.api import examples
from agent_runner.api.deps import LARGEST_ID, PlainText
from agent_runner.api.fields import Input, Moment, Output, WholeNumber
from agent_runner.domain.run import RunStatus
from agent_runner.store.run_queries import RunFilter

MOST_RUNS: Final = 1000
"""In one request; what is left is for the next."""

Id = Annotated[WholeNumber, Field(ge=1, le=LARGEST_ID)]


class RunFilterWanted(Input):
    """What holds for the runs that are meant, in the words of GET /runs. It must name something."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    status: list[Annotated[RunStatus, Field(strict=False)]] = Field(default_factory=list[RunStatus])
    project_id: Id | None = None
    task_id: UUID | None = Field(None, strict=False)
    agent: PlainText | None = None
    runner: PlainText | None = None
    text: PlainText | None = Field(None, max_length=500, description="Looked for in the goal, whatever its case.")
    created_after: Moment | None = None
    created_before: Moment | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(f"name at least one of {', '.join(type(self).model_fields)}")
        return self


class RunsWanted(Input):
    """Either `ids` or `filter`."""

    model_config = ConfigDict(json_schema_extra=examples.MANY_RUNS)

    ids: list[Id] | None = Field(None, min_length=1, max_length=MOST_RUNS)
    filter: RunFilterWanted | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("name the runs, either by ids or by a filter")
        return self

    def meant(self, possible: frozenset[RunStatus]) -> RunFilter | None:
        """What the filter means of the runs that are in one of these statuses; None where the runs are named."""
        if self.filter is None:
            return None
        fields = self.filter.model_dump(exclude={"status", "task_id"})
        task_id = self.filter.task_id and str(self.filter.task_id)
        statuses = possible & frozenset(self.filter.status or possible)
        return RunFilter(**fields, task_id=task_id, statuses=statuses, is_nobody=not statuses)


class CancelRunsRequest(RunsWanted):
    reason: str | None = Field(None, max_length=500)


class SkippedRun(Output):
    id: int
    reason: str = Field(description="Why this run alone could not be changed either.")


class ChangedRuns(Output):
    model_config = ConfigDict(json_schema_extra=examples.CHANGED_RUNS)

    changed: list[int]
    skipped: list[SkippedRun]
    more: bool = Field(description="Whether the filter means more runs than one request changes: ask again.")
