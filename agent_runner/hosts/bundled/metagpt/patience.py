"""How often the company asks again when an answer cannot be used, and what is said when it gives up."""

from typing import Any, Final, NoReturn

import parent_model
from metagpt.actions import WriteCode, WriteCodeReview
from metagpt.actions.action_node import ActionNode
from metagpt.actions.summarize_code import SummarizeCode
from metagpt.utils.repair_llm_raw_output import retry_parse_json_text
from stop import Stop
from tenacity import RetryCallState, RetryError, stop_after_attempt, wait_none
from texts import one_line

TRIES: Final = 3
LONGEST_REASON: Final = 300
WRITING: Final = {
    "ProductManager": "product requirements",
    "Architect": "system design",
    "ProjectManager": "task list",
    "Engineer": "code",
}


def shorten() -> None:
    """MetaGPT tries six times and waits up to 20 seconds in between, whatever the reason."""
    of_documents: Any = ActionNode._aask_v1  # noqa: SLF001 - it has no other handle
    for function, tries in (
        (of_documents, TRIES),
        (WriteCode.write_code, 1),
        (WriteCodeReview.write_code_review_and_rewrite, 1),
        (SummarizeCode.summarize_code, 1),
        (retry_parse_json_text, 1),
    ):
        retrying: Any = function.retry
        retrying.stop, retrying.wait, retrying.reraise = stop_after_attempt(tries), wait_none(), True
    of_documents.retry.retry_error_callback = unreadable


def unreadable(tried: RetryCallState) -> NoReturn:
    """Answers are journaled: another attempt would be given the same ones."""
    assert tried.outcome is not None
    role = parent_model.speaking.get()
    raise Stop(
        f"the {role}'s {WRITING[role]} cannot be read: {TRIES} answers of the model were not in MetaGPT's format "
        f"({reason(tried.outcome.exception())}); fork the run, or use another model",
        permanent=True,
    )


def failed(role: str, error: Exception) -> Stop:
    return Stop(f"the {role} failed while it wrote the {WRITING[role]}: {reason(error)}", permanent=False)


def reason(error: BaseException | None) -> str:
    if isinstance(error, RetryError):
        error = error.last_attempt.exception()
    return one_line(f"{type(error).__name__}: {error}", LONGEST_REASON)
