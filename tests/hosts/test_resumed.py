"""A host that dies at any moment goes on from the journal: nothing that is finished is paid or done again."""

import json

from tests.hosts.stage import BY_HAND, Stage, result_of

QUESTIONS = 5

DIES_AFTER_EACH_ANSWER = f"""
start = begin()
answers = []
for number in range(1, {QUESTIONS} + 1):
    answers.append(model(number, f"question {{number}}")["text"])
    say(type="event", event="LOG", payload={{"message": f"heard {{number}}"}})
    if start["attempt"] == number:
        time.sleep(0.05)
        os.kill(os.getpid(), 9)
result(answers=answers)
"""


async def test_killed_after_each_answer_it_pays_each_question_once(stage: Stage) -> None:
    run = await stage.work(stage.host(BY_HAND + DIES_AFTER_EACH_ANSWER), max_attempts=QUESTIONS + 1)
    assert run.attempt == QUESTIONS + 1
    assert result_of(run) == {"answers": [f"QUESTION {number}" for number in range(1, QUESTIONS + 1)]}
    assert stage.model.asked == {f"question {number}": 1 for number in range(1, QUESTIONS + 1)}
    assert run.model_calls == QUESTIONS
    heard = [payload["message"] for payload in await stage.payloads(run.id, "LOG")]
    # What was told after the last finished call is told again by the next attempt, and nothing that came before it.
    assert heard == [f"heard {number}" for number in range(1, QUESTIONS + 1) for _ in range(2)][: len(heard)]
    assert set(heard) == {f"heard {number}" for number in range(1, QUESTIONS + 1)}


async def test_an_answer_under_way_when_the_host_dies_is_kept(stage: Stage) -> None:
    script = """
start = begin()
say(type="model", id=1, messages=[{"role": "user", "content": "slow"}])
if start["attempt"] == 1:
    os.kill(os.getpid(), 9)
result(said=hear())
"""
    stage.model.seconds = 0.5
    run = await stage.work(stage.host(BY_HAND + script))
    assert stage.model.asked == {"slow": 1}
    assert result_of(run)["said"]["replayed"] is True


async def test_the_same_question_twice_is_two_calls_and_replayed_as_two(stage: Stage) -> None:
    script = """
start = begin()
answers = [model(number, "again")["replayed"] for number in (1, 2)]
if start["attempt"] == 1:
    os.kill(os.getpid(), 9)
result(replayed=answers)
"""
    run = await stage.work(stage.host(BY_HAND + script))
    assert stage.model.asked == {"again": 2}
    assert result_of(run) == {"replayed": [True, True]}


async def test_under_a_key_another_question_is_an_error_that_says_so(stage: Stage) -> None:
    script = """
start = begin()
model(1, f"attempt {start['attempt']}", key="only")
os.kill(os.getpid(), 9)
"""
    run = await stage.work(stage.host(BY_HAND + script), "FAILED")
    assert run.error is not None
    assert "'test/1/model/only'" in run.error
    assert "was recorded with another input" in run.error
    assert run.attempt == 2


async def test_a_step_of_the_host_is_done_once(stage: Stage) -> None:
    script = """
start = begin()
def step(number, key):
    say(type="step", id=number, key=key)
    told = hear()
    if told["type"] == "do":
        say(type="event", event="LOG", payload={"message": f"doing {key}"})
        say(type="did", id=number, output=key.upper())
        told = hear()
    return told["output"]
outputs = [step(1, "first")]
if start["attempt"] == 1:
    os.kill(os.getpid(), 9)
outputs.append(step(2, "second"))
result(outputs=outputs)
"""
    run = await stage.work(stage.host(BY_HAND + script))
    assert result_of(run) == {"outputs": ["FIRST", "SECOND"]}
    assert [payload["message"] for payload in await stage.payloads(run.id, "LOG")] == ["doing first", "doing second"]


async def test_a_budget_ends_it_at_once_and_a_retry_goes_on(stage: Stage) -> None:
    script = """
begin()
for number in range(1, 6):
    model(number, f"question {number}")
result(done=True)
"""
    host = stage.host(BY_HAND + script)
    run = await stage.work(host, "FAILED", budget=json.dumps({"model_calls": 2}))
    assert run.error is not None
    assert "the run has reached its budget of 2 model calls" in run.error
    assert stage.model.asked.total() == 2
    assert "BUDGET_EXCEEDED" in await stage.house.types(run.id)
