"""What the scripted model server answers to MetaGPT's company, as `by_text` of its script."""

from typing import Final

from tests.hosts.metagpt.scripted import DESIGN, PRD, TASKS, in_content

FILES: Final = ("core.py", "main.py")
QUESTIONS: Final = 7
"""Three documents, and each file written and reviewed."""

COMPANY: Final = [
    ["## Code Review Result: str.", "## Code Review Result\nLGTM"],
    ["Write code with triple quoto", "```python\nprint('scripted')\n```"],
    ["Shared Knowledge", in_content(TASKS | {"Task list": list(FILES)})],
    ["Program call flow", in_content(DESIGN)],
    ["Competitive Analysis", in_content(PRD)],
]
"""The first whose text stands in the question; later documents quote the earlier ones."""

OUTSIDE: Final = ("../../x.py", "/tmp/abs.py", ".git/hooks/pre-commit")
HOSTILE: Final = [
    *COMPANY[:2],
    ["Shared Knowledge", in_content(TASKS | {"Task list": [*OUTSIDE, "ok.py"]})],
    *COMPANY[3:],
]
