"""What there is to see of the company's work: told to the worker as it happens, and once more as the result."""

import json
from collections.abc import Sequence
from typing import Any, Final

from agent_runner_host import Host
from texts import markdown, one_line, pretty, shortened

LONGEST_MESSAGE: Final = 2000
LARGEST_RESULT: Final = 800_000
"""Bytes of JSON; the artifacts hold what is cut."""
MOST_SHOWN: Final = 50
"""Files in a plan, and refusals: a list of a model has no end."""
FILES_BEGIN, FILES_END = 0.66, 0.95

TITLES: Final = {
    "prd": "Product requirements",
    "design": "System design",
    "tasks": "Tasks",
}
DOING: Final = {
    "WritePRD": "writes the product requirements",
    "WriteDesign": "designs the system",
    "WriteTasks": "breaks the work down into files",
    "WriteCode": "writes the code",
}
WRITES: Final = {"ProductManager": "prd", "Architect": "design", "ProjectManager": "tasks"}
AUTHORS: Final = {document: role for role, document in WRITES.items()}
PROGRESS_AFTER: Final = {"ProductManager": 0.33, "Architect": 0.5, "ProjectManager": FILES_BEGIN, "Engineer": FILES_END}


class Story:
    def __init__(self, host: Host, package: str) -> None:
        self._host = host
        self._package = package
        self._of = 0
        self._refusals = 0
        self._acts = False
        self._wrote: list[str] = []
        self.documents: dict[str, str] = {}
        self.code: dict[str, str] = {}

    def round_begins(self, number: int) -> None:
        self._host.report(iteration=number)

    def turn_begins(self, role: str, action: str) -> None:
        if action not in DOING:
            return
        self._acts, self._wrote = True, []
        self._host.event("AGENT_START", role, message=f"{role} {DOING[action]}")
        self._host.report(current_agent=role, message=f"{role} {DOING[action]}")

    def turn_ends(self, role: str) -> None:
        """A role that found nothing to do had no turn."""
        if not self._acts:
            return
        self._host.event("MESSAGE", role, content=shortened(self._said(role), LONGEST_MESSAGE))
        self._acts = False
        self._host.event("AGENT_COMPLETE", role, message=f"{role} is done")
        self._host.report(progress=PROGRESS_AFTER[role])

    def _said(self, role: str) -> str:
        if role in WRITES:
            return self.documents[WRITES[role]]
        return "Files: " + (", ".join(self._wrote) or "none")

    def document(self, name: str, content: str) -> None:
        """`content` is JSON, as MetaGPT's roles hand it on to each other."""
        self.documents[name] = markdown(TITLES[name], content)
        role = AUTHORS[name]
        self._host.artifact(f"{name}.json", text=pretty(content), media_type="application/json", agent=role)
        self._host.artifact(f"{name}.md", text=self.documents[name], media_type="text/markdown", agent=role)

    def planned(self, files: Sequence[str]) -> None:
        self._of = len(files)
        steps = [f"Write {one_line(file, 100)}" for file in files[:MOST_SHOWN]]
        if (more := len(files) - len(steps)) > 0:
            steps.append(f"Write {more} more files")
        self._host.event("PLAN_GENERATED", "ProjectManager", steps=steps)

    def file(self, name: str, content: str) -> None:
        media_type = "text/x-python" if name.endswith(".py") else "text/plain"
        own = f"{self._package}/{name}"
        self._host.artifact(f"code/{name}", text=content, media_type=media_type, agent="Engineer", project_path=own)
        self.code[name] = content
        self._wrote.append(name)
        done = min(1.0, len(self._wrote) / max(1, self._of))
        self._host.report(
            progress=round(FILES_BEGIN + (FILES_END - FILES_BEGIN) * done, 3),
            message=f"Engineer wrote {one_line(name, 100)}, {len(self._wrote)} of {self._of}",
        )

    def refused(self, role: str, name: str, why: str) -> None:
        self._refusals += 1
        if self._refusals <= MOST_SHOWN:
            self._host.event("ERROR", role, message=f"the file {shortened(name, 300)!r} is not written: {why}")
        elif self._refusals == MOST_SHOWN + 1:
            self._host.event("ERROR", role, message="more files are not written: they are not told one by one")

    def result(self, requirement: str, rounds: int, *, is_demo: bool) -> dict[str, Any]:
        files = [f"code/{name}" for name in self.code]
        written = f"{counted(len(self.documents), 'document')} and {counted(len(files), 'file')} of code"
        summary = f"MetaGPT's company wrote {written}"
        result: dict[str, Any] = {
            "requirement": shortened(requirement, LONGEST_MESSAGE),
            "summary": summary if files else f"{summary}, as it was stopped after round {rounds}: raise `rounds`",
            "artifacts": {**self.documents, "code": self.code},
            "files": files,
            "rounds": rounds,
        }
        if is_demo:
            result["note"] = "the demo model answered: this shows how the company works, not what a model can do"
        self._host.report(progress=1.0, message=result["summary"])
        return _fitting(result)


def counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _fitting(result: dict[str, Any]) -> dict[str, Any]:
    """Halves the longest that a text may be until all of them fit together."""
    longest = LARGEST_RESULT
    whole = result["artifacts"]
    while len(json.dumps(result)) > LARGEST_RESULT and longest > 0:
        longest //= 2
        texts = {name: shortened(text, longest) for name, text in whole.items() if name != "code"}
        code = {name: shortened(text, longest) for name, text in whole["code"].items()}
        result = {**result, "artifacts": {**texts, "code": code}}
    return result
