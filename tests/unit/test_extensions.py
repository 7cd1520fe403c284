"""Modules of people's own: imported by a worker at its start, or refused in a sentence that names them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_runner.agents.typed.registry import OWN_MIXINS, default_mixins
from agent_runner.entry.extensions import load_extensions
from agent_runner.errors import ConfigurationError
from agent_runner.settings import Settings, environment_for_child, load_settings

GOOD = """
from agent_runner.agents.typed.base import Mixin
from agent_runner.agents.typed.registry import mixin
from agent_runner.domain.mixin import MixinOptions

@mixin("greeting")
class Greeting(Mixin[MixinOptions]):
    pass
"""
BAD = {
    "absent_part": ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
    "broken": ("1 / 0", "ZeroDivisionError: division by zero"),
    "unreadable": ("def (", "SyntaxError: "),
    "leaving": ("raise SystemExit(3)", "SystemExit: 3"),
    "taken": (GOOD.replace('"greeting"', '"memory"'), "the mixin 'memory' comes with agent-runner"),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    mixins, modules = dict(OWN_MIXINS), set(sys.modules)
    yield tmp_path
    OWN_MIXINS.clear()
    OWN_MIXINS.update(mixins)
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_a_module_in_the_working_directory_is_imported_once_and_registers(place: Path) -> None:
    (place / "greetings.py").write_text(GOOD)
    (place / "more").mkdir()
    (place / "more" / "greeting_again.py").write_text("import greetings")
    load_extensions(["greetings", "more.greeting_again", "greetings"])
    assert default_mixins().names[-1] == "greeting"


def test_what_is_installed_comes_before_the_working_directory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    (place / "wave.py").write_text("1 / 0")
    load_extensions(["wave"])


@pytest.mark.parametrize("name", BAD)
def test_a_module_that_cannot_be_imported_is_named_with_the_reason(place: Path, name: str) -> None:
    text, why = BAD[name]
    (place / f"{name}.py").write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        load_extensions([name])
    assert str(refused.value).startswith(f"the module {name!r} of EXTENSIONS cannot be imported: {why}")
    assert str(place) in str(refused.value.next_step)


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'nowhere.at_all' of EXTENSIONS cannot be imported: ModuleNotFound"):
        load_extensions(["nowhere.at_all"])


def test_the_setting_is_a_list_and_reaches_the_workers_that_a_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTENSIONS", "my_module, other.module,")
    settings = load_settings()
    assert settings.extensions == ("my_module", "other.module")
    assert environment_for_child(settings)["EXTENSIONS"] == "my_module,other.module"
    assert Settings.model_fields["extensions"].default == ()


@pytest.mark.processes
def test_a_worker_does_not_start_without_an_extension_that_it_needs(place: Path) -> None:
    (place / "broken.py").write_text("1 / 0")
    (place / "greetings.py").write_text(GOOD + "print('imported')\n")
    for modules, code, said in (
        ("greetings", 0, "imported"),
        ("greetings,broken", 1, "error: the module 'broken' of EXTENSIONS cannot be imported: ZeroDivisionError"),
    ):
        done = subprocess.run(
            [Path(sys.executable).with_name("agent-runner"), "worker", "--drain"],
            cwd=place,
            env=os.environ | {"EXTENSIONS": modules, "DATABASE_URL": f"sqlite:///{place}/runs.db", "LLM_MODEL": "demo"},
            capture_output=True,
            text=True,
            check=False,
            timeout=50,
        )
        assert done.returncode == code, done.stderr
        assert said in done.stdout + done.stderr
