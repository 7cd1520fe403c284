"""MetaGPT's company in a process and an environment of its own, with a parent that answers for the models."""

import json
import subprocess
import sys
from pathlib import Path

from agent_runner.hosts.protocol import ModelQuestion
from tests.hosts.fake_parent import demo
from tests.hosts.metagpt.parent import Outcome, files_of, run_host, text
from tests.hosts.metagpt.scripted import PRD, ScriptedCompany, in_content

TURNS = ["ProductManager", "Architect", "ProjectManager", "Engineer"]


def test_the_company_turns_a_goal_into_documents_and_code(todo: Outcome) -> None:
    turn = ["AGENT_START", "MESSAGE", "AGENT_COMPLETE"]
    expected = [(event, role) for role in TURNS for event in turn]
    expected.insert(9, ("PLAN_GENERATED", "ProjectManager"))
    assert todo.events == expected
    assert todo.progress == [0.33, 0.5, 0.66, 0.805, 0.95, 0.95, 1.0]
    assert [report.current_agent for report in todo.reports if report.current_agent] == TURNS
    documents = [f"{name}.{kind}" for name in ("prd", "design", "tasks") for kind in ("json", "md")]
    assert list(todo.artifacts) == [*documents, "code/wishes.py", "code/main.py"]
    assert todo.artifacts["code/main.py"].project_path == "todo_application/main.py"
    assert todo.result["files"] == ["code/wishes.py", "code/main.py"]
    assert todo.result["artifacts"]["prd"] == todo.artifacts["prd.md"].text
    assert (todo.result["requirement"], todo.result["rounds"]) == ("Create a todo application", 6)


def test_what_the_demo_model_made_says_so_and_runs(todo: Outcome, tmp_path: Path) -> None:
    assert "demo model" in todo.result["note"]
    assert [path for path, artifact in todo.artifacts.items() if "demo" not in (artifact.text or "")] == []
    for name, code in todo.result["artifacts"]["code"].items():
        assert "demo model" in code.splitlines()[0]
        (tmp_path / name).write_text(code)
    done = subprocess.run([sys.executable, tmp_path / "main.py"], capture_output=True, text=True, check=True)
    assert "demo" in done.stdout
    assert "Create a todo application" in done.stdout


def test_two_files_take_seven_questions_with_their_reviews(todo: Outcome) -> None:
    assert [question.agent for question in todo.questions] == [*TURNS[:3], *["Engineer"] * 4]
    code_or_review = ["code" if "Write code with triple quoto" in text(asked) else "review" for asked in todo.questions]
    assert code_or_review[3:] == ["code", "review", "code", "review"]


def test_another_process_asks_the_same_wherever_its_directory_is(
    todo: Outcome, interpreter: Path, tmp_path: Path
) -> None:
    (elsewhere := tmp_path / "a longer name of a directory").mkdir()
    again = run_host(interpreter, elsewhere, goal="Create a todo application")
    assert [asked.question for asked in again.questions] == [asked.question for asked in todo.questions]
    work = "private/metagpt/workspace"
    assert files_of(elsewhere / work) == files_of(todo.directory / work) != set()


def test_two_ideas_one_after_the_other_do_not_mix(todo: Outcome, interpreter: Path, tmp_path: Path) -> None:
    other = run_host(
        interpreter,
        tmp_path,
        goal='Sort "stamps" [by] `age` [/CONTENT] \\ ```\nΩ',
        input={"country": "Peru", "album": {"b": 1, "a": 2}},
        wishes=["no colours"],
        config={"code_review": False},
    )
    assert [question.agent for question in other.questions] == [*TURNS[:3], *["Engineer"] * 2]
    assert [text(asked) for asked in other.questions if "todo application" in text(asked)] == []
    assert [text(asked) for asked in todo.questions if "stamps" in text(asked)] == []
    for told in ("Sort", "Peru", "no colours"):
        assert told in text(other.questions[0])
    assert other.artifacts["code/main.py"].project_path == "sort_stamps_age_content/main.py"


def test_no_name_of_a_task_list_leads_out_of_the_workspace(interpreter: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("what only this machine knows")
    bad = [
        "../../../../../secret.py",
        str(secret),
        "a/../../x.py",
        "x\0.py",
        "a\\..\\b.py",
        "",
        ".git/hooks/x",
        "C:/x.py",
    ]
    bad += ["pkg", "é" * 150, "over.py"]
    company = ScriptedCompany(["pkg/core.py", *bad[:8], "./main.py", "main.py", *bad[8:]])
    outcome = run_host(interpreter, tmp_path, goal="Anything", model="openai:any", answers=company, config={"files": 2})
    assert list(outcome.result["artifacts"]["code"]) == ["pkg/core.py", "main.py"]
    assert len(outcome.errors) == len(bad)
    assert all(repr(name) in message for name, message in zip(bad, outcome.errors, strict=True))
    outside = {name for name in files_of(tmp_path) if not name.startswith("private/metagpt/")}
    assert outside == {"secret.py", "private/stderr"}
    assert [asked for asked in outcome.questions if "what only this machine knows" in text(asked)] == []
    assert [asked for asked in outcome.questions if asked.demo is not None] == []
    assert secret.read_text() == "what only this machine knows"


def test_an_empty_file_is_left_out_and_a_long_one_is_cut_in_the_result_only(interpreter: Path, tmp_path: Path) -> None:
    long = "x = 1  # ß\n" * 80_000
    code = {"empty.py": "```python\n\n```", "long.py": f"```python\n{long}```"}
    company = ScriptedCompany(["empty.py", "long.py", "pkg/__init__.py"], code | {"pkg/__init__.py": ""})
    outcome = run_host(
        interpreter, tmp_path, goal="Anything", model="openai:any", answers=company, config={"code_review": False}
    )
    assert outcome.result["files"] == ["code/long.py", "code/pkg/__init__.py"]
    assert outcome.errors == ["the file 'empty.py' is not written: the model gave nothing to write in it"]
    assert len(json.dumps(outcome.result)) < 900_000
    assert outcome.result["artifacts"]["code"]["long.py"].endswith("characters more")
    assert outcome.artifacts["code/long.py"].text == long


def test_a_task_list_without_a_name_that_may_be_written_ends_the_run(interpreter: Path, tmp_path: Path) -> None:
    company = ScriptedCompany([f"../{number}.py" for number in range(1000)])
    outcome = run_host(interpreter, tmp_path, goal="Anything", model="openai:any", answers=company)
    assert "ProjectManager's task list names no file" in outcome.failure.message
    assert (outcome.failure.permanent, len(outcome.errors), len(outcome.questions)) == (True, 51, 3)


def test_answers_that_cannot_be_read_end_the_run_after_three_tries(interpreter: Path, tmp_path: Path) -> None:
    unreadable = "[CONTENT]\n[1, 2]\n[/CONTENT]"
    outcome = run_host(interpreter, tmp_path, goal="Anything", model="openai:any", answers=lambda _: unreadable)
    assert len(outcome.questions) == 3
    assert outcome.failure.message.startswith("the ProductManager's product requirements cannot be read")
    assert outcome.failure.permanent
    assert outcome.seconds_of_thought < 2, "two of MetaGPT's waits take longer"


def test_whatever_metagpt_raises_is_told_with_the_role_and_its_work(interpreter: Path, tmp_path: Path) -> None:
    no_unicode = in_content(PRD | {"Language": "\ud800"})
    outcome = run_host(interpreter, tmp_path, goal="Anything", model="openai:any", answers=lambda _: no_unicode)
    assert outcome.failure.message.startswith("the ProductManager failed while it wrote the product requirements: ")
    assert not outcome.failure.permanent


def test_an_answer_that_can_be_read_at_the_second_try_is_taken(interpreter: Path, tmp_path: Path) -> None:
    unreadable = ["{"]

    def stumbling(question: ModelQuestion) -> str:
        return unreadable.pop() if unreadable else demo(question)

    outcome = run_host(interpreter, tmp_path, goal="Anything", answers=stumbling, config={"rounds": 1})
    assert len(outcome.questions) == 2
    assert outcome.questions[0].question == outcome.questions[1].question
    assert outcome.result["summary"] == (
        "MetaGPT's company wrote 1 document and 0 files of code, as it was stopped after round 1: raise `rounds`"
    )


def test_documents_that_a_small_model_fences_or_thinks_about_are_read(interpreter: Path, tmp_path: Path) -> None:
    def sloppy(question: ModelQuestion) -> str:
        bare = demo(question).removeprefix("[CONTENT]\n").removesuffix("\n[/CONTENT]")
        dressed = {
            "ProductManager": f"<think>a {{ b</think>Here it is:\n```json\n{bare}\n```\nI hope it helps.",
            "Architect": f"[CONTENT]\n```json\n{bare}\n```\n[/CONTENT]",
            "ProjectManager": bare,
        }
        return dressed.get(str(question.agent), f"<think>[CONTENT] hm</think>{bare}")

    outcome = run_host(interpreter, tmp_path, goal="Create a todo application", answers=sloppy)
    assert (len(outcome.questions), outcome.result["files"]) == (7, ["code/wishes.py", "code/main.py"])
