"""Whatever the OpenAPI document allows is asked of a running API: each answer must be one that it documents."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.api.conftest import Server

SECONDS = 30
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.timeout(150)
def test_no_request_that_the_document_allows_is_answered_in_another_way_than_it_says(
    server: Server, tmp_path: Path
) -> None:
    program = Path(sysconfig.get_path("scripts")) / "schemathesis"
    command = [program, "--config-file", CONFIG, "run", f"{server.url}/openapi.json", "--seed", "1"]
    limits = ["--max-time", str(SECONDS), "--request-timeout", "10", "--max-examples", "20"]
    done = subprocess.run(
        [*command, *limits], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 60, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Operations:       54 selected / 54 total" in done.stdout
