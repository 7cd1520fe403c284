"""The wheel: it brings the built console along, and serves it from where it is installed."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from scripts.console import SOURCES, built_from, hash_of_sources
from tests.docs.blocks import ROOT
from tests.e2e.conftest import free_port, until

is_current = built_from() == hash_of_sources()


@pytest.mark.processes
@pytest.mark.timeout(120)
@pytest.mark.skipif(not is_current, reason="the console is not built from these sources: make console")
def test_an_installed_wheel_serves_the_console(tmp_path: Path) -> None:
    uv = str(ROOT / "scripts" / "uv.sh")
    subprocess.run(
        [uv, "build", "--wheel", "--quiet", "--out-dir", str(tmp_path)], check=True, stdin=subprocess.DEVNULL
    )
    [wheel] = tmp_path.glob("*.whl")
    dist = SOURCES / "dist"
    built = {f"agent_runner/console/dist/{path.relative_to(dist)}" for path in dist.rglob("*") if path.is_file()}
    names = zipfile.ZipFile(wheel).namelist()
    assert built
    assert {name for name in names if name.startswith("agent_runner/console/dist/")} == built
    assert "agent_runner/console/not_built.html" in names

    installed = tmp_path / "installed"
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(installed), "--python", sys.executable]
    subprocess.run([*command, str(wheel)], check=True, stdin=subprocess.DEVNULL)
    port = free_port()
    settings = {"PYTHONPATH": str(installed), "CONSOLE_PORT": str(port)}
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "agent_runner.cli.main", "console"]
        console = subprocess.Popen(command, cwd=tmp_path, env=os.environ | settings, stdout=log, stderr=log)
    try:
        until(lambda: "Uvicorn running" in (tmp_path / "log").read_text(), "the console is served")
        page = httpx.get(f"http://127.0.0.1:{port}/runs/1", trust_env=False)
        assert (page.status_code, page.text) == (200, (dist / "index.html").read_text())
        [script] = re.findall(r'src="(/assets/[^"]+)"', page.text)
        assert httpx.get(f"http://127.0.0.1:{port}{script}", trust_env=False).headers["content-encoding"] == "gzip"
    finally:
        console.terminate()
        assert console.wait(30) == 0
