"""What the demo model answers to the company: in MetaGPT's formats, of the goal's words, and honest about itself."""

import json
import re
from pathlib import Path
from string import Template
from typing import Any, Final

from texts import one_line

TEMPLATES: Final = Path(__file__).parent / "demo"
LABEL: Final = "Made by the demo model of agent-runner; no language model was asked."
MOST_WISHES: Final = 5
FILES: Final = ("wishes.py", "main.py")
_BREAKS_FORMATS: Final = str.maketrans({"[": "(", "]": ")", "`": "'"})


class Demo:
    def __init__(self, goal: str) -> None:
        words = re.findall(r"\w{4,}", goal.translate(_BREAKS_FORMATS))
        self._title = one_line(goal.translate(_BREAKS_FORMATS), 120)
        self._wishes = [f"something about {word.lower()!r}" for word in dict.fromkeys(words)][:MOST_WISHES]

    def answer(self, role: str, question: str) -> str:
        if role == "Engineer":
            return self._of_engineer(question)
        made = {"ProductManager": self._prd, "Architect": self._design, "ProjectManager": self._tasks}[role]()
        return f"[CONTENT]\n{json.dumps(made, indent=2, ensure_ascii=False)}\n[/CONTENT]"

    def _of_engineer(self, question: str) -> str:
        if "## Code Review Result: str." in question:
            return f"## Code Review: demo\n1. Yes. {LABEL}\n\n## Actions\npass\n\n## Code Review Result\nLGTM\n"
        if asked := re.search(r"^## Code: (.+?)\. Write code with triple quoto", question, re.MULTILINE):
            return f"## Code: {asked[1]}\n```python\n{self._code(asked[1])}```\n"
        return LABEL

    def _code(self, name: str) -> str:
        template = TEMPLATES / f"{name}.txt"
        if not template.is_file():
            template = TEMPLATES / "other.txt"
        filled = {"label": LABEL, "title": repr(self._title), "wishes": repr(self._wishes), "name": repr(name)}
        return Template(template.read_text(encoding="utf-8")).substitute(filled)

    def _prd(self) -> dict[str, Any]:
        return {
            "Language": "en_us",
            "Programming Language": "Python",
            "Original Requirements": f"{self._title} ({LABEL})",
            "Product Goals": [f"Show, as a demo, how the company works on: {self._title}", "Ask no model for it"],
            "User Stories": [f"As a user, I want {wish}" for wish in self._wishes] or ["As a user, I want to see it"],
            "Competitive Analysis": ["None: a demo has no competitors"],
            "Competitive Quadrant Chart": (
                'quadrantChart\n    title "Demo"\n    x-axis "Small" --> "Large"\n    y-axis "Invented" --> "Asked"\n'
                '    "This demo": (0.1, 0.1)'.replace("(", "[").replace(")", "]")
            ),
            "Requirement Analysis": f"{LABEL} A model would say here what the goal asks for.",
            "Requirement Pool": [[f"P{number}", wish] for number, wish in enumerate(self._wishes)]
            or [["P0", self._title]],
            "UI Design draft": "Lines of text on the terminal.",
            "Anything UNCLEAR": "Everything that only a language model could answer.",
        }

    def _design(self) -> dict[str, Any]:
        return {
            "Implementation approach": f"{LABEL} Two small files of Python, without dependencies.",
            "File list": list(FILES),
            "Data structures and interfaces": (
                "classDiagram\n    class Wishes {\n        +title: str\n        +wishes: list\n"
                "        +lines() list\n    }\n    class Main {\n        +main()\n    }\n    Main --> Wishes"
            ),
            "Program call flow": (
                "sequenceDiagram\n    participant M as Main\n    participant W as Wishes\n"
                "    M->>W: lines()\n    W-->>M: what was asked for"
            ),
            "Anything UNCLEAR": "Everything that only a language model could answer.",
        }

    def _tasks(self) -> dict[str, Any]:
        return {
            "Required packages": ["No third-party dependencies required"],
            "Required Other language third-party packages": ["No third-party dependencies required"],
            "Logic Analysis": [
                ["wishes.py", "What was asked for, and that this is a demo"],
                ["main.py", "Prints it; imports Wishes from wishes"],
            ],
            "Task list": list(FILES),
            "Full API spec": "None: there is no server.",
            "Shared Knowledge": LABEL,
            "Anything UNCLEAR": "Everything that only a language model could answer.",
        }
