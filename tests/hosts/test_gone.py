"""Hosts that have gone, or do not listen, when they are answered: on the event loop that workers run on."""

import pytest

from tests.hosts.conftest import Play
from tests.hosts.stage import BY_HAND, Stage, result_of

ASKS = 'begin()\nsay(type="model", id=1, messages=[{"role": "user", "content": "x"}]'
LAST_WORDS = "print('my last words', file=sys.stderr, flush=True)\nos._exit(3)"


@pytest.mark.parametrize("more", ["", ", stream=True"])
def test_a_host_that_has_gone_when_its_model_answers_is_told_by_its_own_words(play: Play, more: str) -> None:
    async def work(stage: Stage) -> None:
        stage.model.seconds = 0.3
        run = await stage.work(stage.host(f"{BY_HAND}{ASKS}{more})\n{LAST_WORDS}"), "FAILED", max_attempts=1)
        assert run.error == "the host ended without a result: it ended with exit code 3; it complained:\nmy last words"
        assert stage.model.asked == {"x": 1}

    play(work)


def test_a_result_counts_though_an_answer_is_still_owed(play: Play) -> None:
    async def work(stage: Stage) -> None:
        stage.model.seconds = 0.3
        run = await stage.work(stage.host(f"{BY_HAND}{ASKS})\nresult(done=True)"), max_attempts=1)
        assert result_of(run) == {"done": True}
        assert run.model_calls == 1

    play(work)


def test_a_host_that_does_not_read_its_answers_is_ended(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_runner.hosts.process.WRITE_SECONDS", 0.2)

    async def work(stage: Stage) -> None:
        asks = ASKS.replace('"x"', '"x" * 1_000_000')
        run = await stage.work(stage.host(f"{BY_HAND}{asks}, stream=True)\ntime.sleep(60)"), "FAILED", max_attempts=1)
        assert run.error == "the host has not read for 0.2 s"

    play(work)


def test_a_host_that_has_gone_when_it_is_told_to_do_a_step_is_told_by_its_own_words(play: Play) -> None:
    async def work(stage: Stage) -> None:
        asks = "begin()\nsay(type='step', id=1, key='k')"
        run = await stage.work(stage.host(f"{BY_HAND}{asks}\n{LAST_WORDS}"), "FAILED", max_attempts=1)
        assert run.error == "the host ended without a result: it ended with exit code 3; it complained:\nmy last words"

    play(work)
