"""What GET /overview gives."""

from pydantic import Field

from agent_runner.api.fields import Output, WireTime


class RunCounts(Output):
    """Of all runs, by status."""

    queued: int
    running: int
    waiting: int
    completed: int
    failed: int
    cancelled: int


class BucketPublic(Output):
    """A part of the window. What happened is counted over it, `queued` and `running` at its end."""

    begins_at: WireTime
    created: int
    started: int = Field(description="Claimed for the first time.")
    completed: int
    failed: int
    cancelled: int
    queued: int = Field(description="Due and not yet claimed; exact in the last bucket.")
    running: int = Field(description="Claimed and not ended, so that waiting counts as well; exact in the last bucket.")


class CrewPublic(Output):
    """The live workers together."""

    alive: int
    slots: int
    busy: int


class FailurePublic(Output):
    id: int
    goal: str = Field(description="Its first 500 characters.")
    agent: str
    error: str = Field(description="Its first line.")
    completed_at: WireTime


class OverviewPublic(Output):
    now: WireTime = Field(description="When this was so, by the database's clock.")
    runs: RunCounts
    due: int = Field(description="QUEUED runs that a worker could claim now.")
    oldest_due_seconds: float | None = Field(description="How long the oldest of them could be claimed; null for none.")
    open_approvals: int
    workers: CrewPublic
    bucket_seconds: float
    buckets: list[BucketPublic] = Field(
        description="The oldest first; the last one goes on. A run that was queued again after it ended is counted as"
        " if it had not ended, and one that was deleted not at all."
    )
    failures: list[FailurePublic] = Field(description="The latest ten, the last one first.")
