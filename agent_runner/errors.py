"""Every error of agent-runner, in one tree; the class carries the HTTP status the API answers with.

AgentRunnerError                500
├── InvalidInput                422  a value cannot be used; the sentence holds it
├── NotFound                    404  the id names nothing
├── Conflict                    409  legal in itself, not now
│   ├── IllegalMove                  the run's status does not allow this change
│   └── AlreadyActive                the task has a run under way
├── IdempotencyMismatch         422  same Idempotency-Key, other body
├── Unauthorized                401  no valid key
├── Forbidden                   403  the key or the origin may not do this
├── StoreUnavailable            503  the database cannot be used at the moment
│   ├── StoreFull               507  no space left for it
│   ├── StoreDamaged            503  what is in its file cannot be read any more
│   └── OutcomeUnknown               the answer to a commit was lost: it is written or it is not
├── RequestRefused              400  the HTTP request cannot be used, whatever it asks for
│   ├── WrongHost               421  it names a host that this server does not answer to
│   ├── BodyTooLarge            413
│   ├── BodyNotJson             415
│   └── BodyTooSlow             408
├── TooManyStreams              503  as many readers follow events as one process serves
├── ApiUnavailable              502  the console cannot reach the API, or it broke off
├── ConfigurationError          500  a setting cannot be used; said before anything starts
├── SandboxError                500  a command cannot be held as strongly as it must be, so it is not run
├── TaskError                   500  a task did not come to the result that was waited for
│   ├── TaskFailed                   it has FAILED; the sentence says why
│   ├── TaskCancelled           409  somebody has cancelled it
│   └── TaskNotDone             504  the time to wait is over; the task goes on
├── LeaseLost                   500  the worker no longer owns the run: write nothing more
└── AgentError                  500  an agent could not do its work
    ├── PermanentAgentError          a further attempt cannot help
    │   ├── JournalMismatch          a replayed step was asked with another input than it was recorded with
    │   ├── ProjectUnusable          the project's directory or repository cannot be worked in as it is
    │   ├── BranchMoved              somebody else has put something on the branch of the run
    │   └── OverBudget               the run may make no further model call
    ├── ModelError                   a model call failed after its own retries
    ├── AgentFailed                  an agent of a topology gave no answer that can be used, after its own retries
    ├── TopologyFailed               a topology came to no outcome
    ├── HostFailed                   a program in an environment of its own broke off, or does not keep to its protocol
    │   └── EnvironmentUnavailable   the environment of its own is not there and cannot be made
    ├── GitFailed                    a git command failed, took too long or said too much
    ├── FileRefused                  the workspace does not allow this path or edit; the sentence is for the model
    ├── CommandRefused               the project does not allow this command; the sentence is for the model
    └── ToolRefused                  a tool cannot do what it was called for; the sentence is for the model
"""


class AgentRunnerError(Exception):
    """The root: `status` is the HTTP status, `next_step` tells the reader what to do about it."""

    status: int = 500

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class InvalidInput(AgentRunnerError):
    status = 422


class NotFound(AgentRunnerError):
    status = 404


class Conflict(AgentRunnerError):
    status = 409


class IllegalMove(Conflict):
    pass


class AlreadyActive(Conflict):
    pass


class IdempotencyMismatch(AgentRunnerError):
    status = 422


class Unauthorized(AgentRunnerError):
    status = 401


class Forbidden(AgentRunnerError):
    status = 403


class StoreUnavailable(AgentRunnerError):
    status = 503


class StoreFull(StoreUnavailable):
    status = 507


class StoreDamaged(StoreUnavailable):
    pass


class OutcomeUnknown(StoreUnavailable):
    pass


class RequestRefused(AgentRunnerError):
    status = 400


class WrongHost(RequestRefused):
    status = 421


class BodyTooLarge(RequestRefused):
    status = 413


class BodyNotJson(RequestRefused):
    status = 415


class BodyTooSlow(RequestRefused):
    status = 408


class TooManyStreams(AgentRunnerError):
    status = 503


class ApiUnavailable(AgentRunnerError):
    status = 502


class ConfigurationError(AgentRunnerError):
    pass


class SandboxError(AgentRunnerError):
    pass


class TaskError(AgentRunnerError):
    def __init__(self, message: str, *, task_id: str, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.task_id = task_id


class TaskFailed(TaskError):
    pass


class TaskCancelled(TaskError):
    status = 409


class TaskNotDone(TaskError):
    status = 504


class LeaseLost(AgentRunnerError):
    pass


class AgentError(AgentRunnerError):
    pass


class PermanentAgentError(AgentError):
    pass


class OverBudget(PermanentAgentError):
    pass


class ModelError(AgentError):
    pass


class HostFailed(AgentError):
    pass


class EnvironmentUnavailable(HostFailed):
    pass


class JournalMismatch(PermanentAgentError):
    pass


class ProjectUnusable(PermanentAgentError):
    pass


class BranchMoved(PermanentAgentError):
    pass


class GitFailed(AgentError):
    pass


class FileRefused(AgentError):
    pass


class CommandRefused(AgentError):
    pass


class ToolRefused(AgentError):
    pass


class AgentFailed(AgentError):
    """`is_permanent`: a further attempt cannot help."""

    def __init__(self, message: str, *, is_permanent: bool = False, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.is_permanent = is_permanent


class TopologyFailed(AgentError):
    pass
