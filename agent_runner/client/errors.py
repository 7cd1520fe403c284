"""Every error of the Python client, in one tree.

ClientError
├── ApiUnreachable    nothing answers at the URL, or it stopped answering
├── StillPending      the time to wait is over and the run is not final (also a TimeoutError)
└── ApiError          the API answered, and refused: `status`, `detail`, `next_step`
    ├── NotAllowed    401, 403
    ├── NotFound      404
    ├── Conflict      409
    ├── InvalidRequest    any other 4xx
    └── ServerError   5xx, or an answer that is not the API's
"""


class ClientError(Exception):
    """The root: the sentence says what happened, `next_step` what to do about it."""

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class ApiUnreachable(ClientError):
    pass


class StillPending(ClientError, TimeoutError):
    """Nothing is lost: the run goes on, and can be waited for again."""


class ApiError(ClientError):
    def __init__(self, status: int, detail: str, *, next_step: str | None = None) -> None:
        super().__init__(detail, next_step=next_step)
        self.status = status
        self.detail = detail


class NotAllowed(ApiError):
    pass


class NotFound(ApiError):
    pass


class Conflict(ApiError):
    pass


class InvalidRequest(ApiError):
    pass


class ServerError(ApiError):
    pass


def error_class(status: int) -> type[ApiError]:
    """The class for an HTTP status that is not a success."""
    known: dict[int, type[ApiError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict}
    return known.get(status, InvalidRequest if 400 <= status < 500 else ServerError)  # noqa: PLR2004 - HTTP's classes
