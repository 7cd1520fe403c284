"""Executes every example in Python of these documents, each as a program of its own, against a real API and worker."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks_of
from tests.e2e.conftest import Site


def in_python(name: str) -> list[Block]:
    return [block for block in blocks_of(ROOT / "docs" / name) if block.language == "python"]


SAID = {
    "python.md": (
        *("RUN_COMPLETED", "COMPLETED", "COMPLETED COMPLETED COMPLETED", "is not final yet", "accepted: True"),
        *("SUCCEEDED", "SUCCEEDED"),
    ),
    "mgx.md": ("accepted ['code/",),
}
"""By each example, in their order."""

EXAMPLES = [
    pytest.param(block, said, id=f"{name}, line {block.line}")
    for name, all_said in SAID.items()
    for block, said in zip(in_python(name), all_said, strict=True)
]


@pytest.mark.processes
@pytest.mark.parametrize(("block", "said"), EXAMPLES)
def test_an_example_works(block: Block, said: str, live: Site, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text.replace("http://127.0.0.1:8000", live.url)],
        cwd=tmp_path,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{live.directory}/runs.db"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert said in done.stdout
