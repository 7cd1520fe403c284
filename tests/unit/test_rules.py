"""House rules that no linter knows. A broken one names the file and the line."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "agent_runner"
STORE = PACKAGE / "store"
BUNDLED = PACKAGE / "hosts" / "bundled"
"""Programs of other environments: each has a process, and so variables, of its own."""

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_TEXT_IN_CODE = 300


def python_files(*roots: Path) -> list[Path]:
    found = [path for root in roots for path in sorted(root.rglob("*.py")) if "__pycache__" not in path.parts]
    assert found, f"no Python files below {roots}: the rule would pass for nothing"
    return found


def everything() -> list[Path]:
    return python_files(PACKAGE, ROOT / "tests", ROOT / "scripts")


def nodes(paths: Iterable[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(), str(path))):
            yield path, node


def place(path: Path, node: ast.AST | int) -> str:
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(ROOT)}:{line}"


def called(node: ast.AST) -> str:
    """The last name of what is called: `sleep` for `asyncio.sleep(1)`."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
        case _:
            return ""


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in everything()}
    assert [place(path, count) for path, count in lines.items() if count > LONGEST_FILE] == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert [
        f"{place(path, node)} {node.name}"
        for path, node in nodes(path for path in everything() if "versions" not in path.parts)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ] == []


def test_the_first_line_of_every_module_says_why_it_exists() -> None:
    def first_line(path: Path) -> str:
        return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]

    files = python_files(PACKAGE, ROOT / "scripts")
    assert [place(path, 1) for path in files if not first_line(path).endswith((".", "?", ":"))] == []


def test_no_module_is_named_after_nothing() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?|base_model)($|_)")
    parts = {part for path in everything() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert [part for part in sorted(parts) if empty.search(part)] == []


def test_a_status_is_assigned_by_the_table_of_moves_only() -> None:
    allowed = {STORE / "runs.py", STORE / "new_runs.py"}
    files = [path for path in python_files(STORE) if path not in allowed and "versions" not in path.parts]
    assert [place(path, node) for path, node in nodes(files) if assigns_status(node)] == []


def assigns_status(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg="status") | ast.Attribute(attr="status", ctx=ast.Store()):
            return True
        case ast.Dict(keys=keys):
            return any(isinstance(key, ast.Constant) and key.value == "status" for key in keys)
        case _:
            return False


def test_sql_is_not_written_by_hand_outside_the_store() -> None:
    sql = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", re.IGNORECASE | re.DOTALL)
    files = [path for path in python_files(PACKAGE) if STORE not in path.parents]
    assert [
        place(path, node)
        for path, node in nodes(files)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
    ] == []


def test_only_the_store_commits() -> None:
    files = [path for path in python_files(PACKAGE) if STORE not in path.parents]
    endings = {"commit", "rollback", "begin", "begin_nested"}
    assert [place(path, node) for path, node in nodes(files) if called(node) in endings] == []


def test_only_the_settings_read_the_environment() -> None:
    def reads(node: ast.AST) -> bool:
        match node:
            case ast.Attribute(attr="environ" | "getenv" | "environb"):
                return True
            case ast.ImportFrom(module="os", names=names):
                return any(name.name in {"environ", "getenv"} for name in names)
            case _:
                return False

    files = [path for path in python_files(PACKAGE) if path != PACKAGE / "settings.py" and BUNDLED not in path.parents]
    assert [place(path, node) for path, node in nodes(files) if reads(node)] == []


def test_prompts_are_files() -> None:
    def is_text_in_code(node: ast.AST, docstrings: set[int]) -> bool:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            return False
        return len(node.value) > LONGEST_TEXT_IN_CODE

    found: list[str] = []
    for path in python_files(PACKAGE / "agents", PACKAGE / "llm"):
        tree = ast.parse(path.read_text())
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [place(path, node) for node in ast.walk(tree) if is_text_in_code(node, docstrings)]
    assert found == []


def test_a_test_waits_for_a_condition_never_for_a_duration() -> None:
    found: list[str] = []
    for path in python_files(ROOT / "tests"):
        tree = ast.parse(path.read_text())
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.While | ast.For)]
        in_loops = {id(node) for loop in loops for node in ast.walk(loop)}
        found += [
            place(path, node)
            for node in ast.walk(tree)
            if called(node) == "sleep" and id(node) not in in_loops and not yields_only(node)
        ]
    assert found == []


def yields_only(node: ast.AST) -> bool:
    """`asyncio.sleep(0)` lets others run and waits for nothing."""
    return isinstance(node, ast.Call) and [ast.unparse(argument) for argument in node.args] == ["0"]


def test_what_others_may_change_meanwhile_is_not_read_before_an_await() -> None:
    """`self.count += await more()` reads `self.count` first, so whatever changes it during the await is overwritten."""
    assert [
        place(path, node)
        for path, node in nodes(everything())
        if isinstance(node, ast.AugAssign)
        and not isinstance(node.target, ast.Name)
        and any(isinstance(inner, ast.Await) for inner in ast.walk(node.value))
    ] == []


def test_every_silenced_warning_says_why() -> None:
    late_import = "PLC0415"  # its reason stands once, at the first of several
    silenced = re.compile(rf"#\s*(noqa|type: ignore)(?!: ({late_import}$|[A-Z0-9, ]+ - \S))")
    assert [
        place(path, number)
        for path in python_files(PACKAGE, ROOT / "scripts")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if silenced.search(line)
    ] == []


IMPORT_EVERYTHING = """
import importlib, pkgutil, sys, threading
import logging
done = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set("wax+") & set(arguments[1]):
        done.append(f"opened {arguments[0]} for writing")
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir"}:
        done.append(f"{event} {arguments}")
sys.addaudithook(watch)
import agent_runner
for module in pkgutil.walk_packages(agent_runner.__path__, "agent_runner."):
    if module.name.endswith("__main__") or ".migrations." in module.name:
        continue
    before = len(done)
    importlib.import_module(module.name)
    done[before:] = [f"{module.name}: {what}" for what in done[before:]]
done += [f"thread {thread.name}" for thread in threading.enumerate() if thread is not threading.main_thread()]
done += [f"log handler {handler}" for handler in logging.getLogger().handlers]
sys.exit("\\n".join(done) or 0)
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_make_target_says_what_it_does_and_is_one_line_of_shell() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = [line for line in lines if re.match(r"[a-z-]+:", line) and not line.startswith("help:")]
    assert len(targets) > 5
    assert [line for line in targets if not re.search(r" ## \S", line)] == []
    assert [line for line in lines if line.endswith("\\")] == []
    assert [line for line, before in zip(lines[1:], lines, strict=False) if line[:1] == before[:1] == "\t"] == []
