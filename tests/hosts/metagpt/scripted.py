"""A model that answers what a test wants, in the formats that MetaGPT reads."""

import json
from typing import Any

from agent_runner.hosts.protocol import ModelQuestion
from tests.hosts.metagpt.parent import text

TEXTS_OF_PRD = [
    *("Language", "Programming Language", "Original Requirements", "Competitive Quadrant Chart"),
    *("Requirement Analysis", "UI Design draft", "Anything UNCLEAR"),
]
LISTS_OF_PRD = ["Product Goals", "User Stories", "Competitive Analysis"]
PRD = {
    **dict.fromkeys(TEXTS_OF_PRD, "x"),
    **{key: ["x"] for key in LISTS_OF_PRD},
    "Requirement Pool": [["P0", "x"]],
}
DESIGN = {
    "Implementation approach": "x",
    "File list": ["x.py"],
    "Data structures and interfaces": "x",
    "Program call flow": "x",
    "Anything UNCLEAR": "x",
}
TASKS = {
    "Required packages": ["x"],
    "Required Other language third-party packages": ["x"],
    "Logic Analysis": [["x.py", "x"]],
    "Full API spec": "x",
    "Shared Knowledge": "x",
    "Anything UNCLEAR": "x",
}


class ScriptedCompany:
    """The answers of a model that lists these files, and writes this code or a line of it."""

    def __init__(self, files: list[str], code: dict[str, str] | None = None) -> None:
        self._files = files
        self._code = code or {}

    def __call__(self, question: ModelQuestion) -> str:
        match question.agent:
            case "ProductManager":
                return in_content(PRD)
            case "Architect":
                return in_content(DESIGN)
            case "ProjectManager":
                return in_content(TASKS | {"Task list": self._files})
            case _:
                return self._of_engineer(text(question))

    def _of_engineer(self, asked: str) -> str:
        if "Write code with triple quoto" not in asked:
            return "## Code Review Result\nLGTM"
        name = asked.partition("## Code: ")[2].partition("\n")[0]
        return self._code.get(name, "```python\nprint()\n```")


def in_content(value: dict[str, Any]) -> str:
    return f"[CONTENT]\n{json.dumps(value)}\n[/CONTENT]"
