"""Steps on other machines: they ask models by their own settings and report to a real API, over a bad network too."""

import gzip
import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent_runner.agents.typed.answer import question
from agent_runner.agents.typed.call import Call
from agent_runner.agents.typed.registry import default_mixins
from agent_runner.domain.agent_type import AgentConfig, AgentType
from agent_runner.domain.clock import utc_now
from agent_runner.domain.composition import Composition, compose
from agent_runner.domain.events import ModelCall
from agent_runner.domain.outcome import Reply
from agent_runner.domain.report import LONGEST_FAILURE, MOST_TOKENS
from agent_runner.domain.topology import EnsembleConfig, OnFailure, PipelineConfig
from agent_runner.errors import AgentFailed, ConfigurationError, TopologyFailed
from agent_runner.runners.metaflow.asking import OfThisMachine, asker
from agent_runner.runners.metaflow.generate import FlowOptions, generate, write_flow
from agent_runner.runners.metaflow.report_line import (
    LONGEST_PAUSE_SECONDS,
    PAUSES_SECONDS,
    PlaceOfReports,
    ReportLine,
    place_of_reports,
)
from agent_runner.runners.metaflow.reporting import Reporting, as_paid
from agent_runner.store.reports import StoredReport, give_token, reports_of
from agent_runner.store.runs import ClaimedRun
from agent_runner.store.steps import FinishedStep
from agent_runner.worker.recorded import hash_of
from tests.api.conftest import Hands, Server, serving, settings_at
from tests.metaflow.bad_network import gate_before
from tests.metaflow.conftest import Metaflow
from tests.metaflow.teams import AGENTS, composed, topology
from tests.scripted_faults import FaultKind
from tests.scripted_model import ScriptedModel

KEY_OF_THE_STEP = "sk-of-the-step-0123456789"
OF_ONE = compose(topology("one", PipelineConfig(), stages=("ann",)), AGENTS)


@pytest.fixture
def server(new_url: str, tmp_path: Path) -> Iterator[Server]:
    """The API on either kind of database."""
    with serving(settings_at(tmp_path, database_url=new_url)) as server:
        yield server


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        model.script.by_text = [["A drop", "An ocean"], ["rain", "A drop"]]
        yield model


@dataclass
class Remote:
    """A run that hands have claimed, and what its steps see of it."""

    server: Server
    run: ClaimedRun
    token: str
    model: ScriptedModel

    @property
    def variables(self) -> dict[str, str]:
        return {
            "AGENT_RUNNER_API_URL": self.server.url,
            "AGENT_RUNNER_RUN_ID": str(self.run.id),
            "AGENT_RUNNER_RUN_TOKEN": self.token,
            "LLM_MODEL": "openai:scripted",
            "OPENAI_BASE_URL": f"{self.model.url}/v1",
            "OPENAI_API_KEY": KEY_OF_THE_STEP,
            "LLM_MAX_RETRIES": "0",
            "CACHE_BACKEND": "none",
        }

    def reported(self, *keys: str) -> dict[str, StoredReport]:
        database = self.server.services.database

        async def read(hands: Hands) -> Any:
            del hands
            return await database.read(reports_of, self.run.id, self.run.fence, keys)

        return self.server.act(read)

    def end(self) -> None:
        self.server.act(lambda hands: hands.fail(self.run))


@pytest.fixture
def remote(server: Server, model: ScriptedModel) -> Remote:
    async def claim(hands: Hands) -> tuple[ClaimedRun, str]:
        [run] = await hands.take()
        return run, await server.services.database.write(give_token, run.id, run.fence)

    httpx.post(f"{server.url}/runs", json={"goal": "Write a haiku"}).raise_for_status()
    run, token = server.act(claim)
    return Remote(server, run, token, model)


@pytest.fixture
def step(remote: Remote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Remote:
    """This process is a step."""
    monkeypatch.chdir(tmp_path)
    for name, value in remote.variables.items():
        monkeypatch.setenv(name, value)
    return remote


def call_of(key: str = "pipeline/1-ann", agent: AgentType = AGENTS["ann"], message: str = "About rain") -> Call:
    return Call(key=key, node=agent.name, agent=agent, message=message)


def ask(call: Call, composition: Composition = OF_ONE) -> Reply:
    found = asker(composition)
    assert isinstance(found, Reporting)
    reply = found.ask(call, {"task": "Write a haiku"})
    assert isinstance(reply, Reply)
    return reply


def told(error: TopologyFailed) -> str:
    """All that Metaflow would print of it."""
    return "".join(traceback.format_exception(error)) + str(error.next_step)


def test_a_call_is_paid_once_and_reported_with_what_it_took(step: Remote) -> None:
    first = ask(call_of())
    assert (first.text, first.consumed.model_calls, len(step.model.calls)) == ("A drop", 1, 1)
    assert ask(call_of()) == first
    assert len(step.model.calls) == 1
    report = step.reported("pipeline/1-ann")["pipeline/1-ann"].report
    assert report.reply == first
    assert report.input_hash == hash_of(question(call_of(), default_mixins().of(AGENTS["ann"].config)))
    [paid] = report.model_calls
    assert paid.model == "openai:scripted"
    assert paid.input_tokens + paid.output_tokens == first.consumed.tokens > 0
    assert report.seconds >= paid.duration_ms / 1000 > 0


def test_a_failure_is_reported_and_stands_in_this_attempt(step: Remote) -> None:
    bob = AgentType(name="bob", config=AgentConfig(retries=0))
    step.model.fail(FaultKind.STATUS, value="401", times=9)
    with pytest.raises(AgentFailed, match="bob has failed") as caught:
        ask(call_of("pipeline/2-bob", bob))
    with pytest.raises(AgentFailed, match="bob has failed"):
        ask(call_of("pipeline/2-bob", bob))
    report = step.reported("pipeline/2-bob")["pipeline/2-bob"].report
    assert (report.reply, report.failed, report.is_permanent) == (None, caught.value.message, caught.value.is_permanent)
    assert len(step.model.calls) == 1


def test_what_the_api_refuses_fails_the_step_before_anybody_is_paid(step: Remote) -> None:
    step.end()
    with pytest.raises(
        TopologyFailed, match=r"refuses the call 'pipeline/1-ann' of run \d+ \(409\): .*the run is FAILED"
    ):
        ask(call_of())
    assert step.model.calls == []


@pytest.mark.parametrize("token", ["artk_nobodys-0123456789", "a-key-of-somebody"])
def test_a_token_that_opens_nothing_stands_in_no_sentence(
    step: Remote, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("AGENT_RUNNER_RUN_TOKEN", token)
    with pytest.raises(TopologyFailed, match=r"\(401\)") as caught:
        ask(call_of())
    assert token not in told(caught.value)


def test_a_url_that_leads_elsewhere_is_noticed_before_anybody_is_paid(
    step: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_RUNNER_API_URL", f"{step.server.url}/elsewhere")
    with pytest.raises(TopologyFailed, match=r"\(404\): there is nothing at /elsewhere/runs"):
        ask(call_of())
    monkeypatch.setenv("AGENT_RUNNER_API_URL", "runner.example.org")
    with pytest.raises(ConfigurationError, match=r"AGENT_RUNNER_API_URL: 'runner\.example\.org' is not the URL"):
        ask(call_of())
    assert step.model.calls == []


def test_what_the_topology_goes_on_without_is_not_asked(step: Remote) -> None:
    group, gone = "ensemble/member/settled", {"ensemble/member/bob": "bob has failed"}
    now = utc_now()
    settled = FinishedStep(
        key=group, position=1, input_hash="x", output=json.dumps(gone), started_at=now, finished_at=now
    )
    step.server.act(lambda hands: hands.record(step.run, steps=(settled,)))
    found = asker(OF_ONE).ask(call_of("ensemble/member/bob"), {"task": "Write a haiku"})
    assert found == {group: gone}
    assert step.model.calls == []


def test_what_was_paid_is_kept_in_the_bounds_of_a_report() -> None:
    call = ModelCall(
        model="m" * 9000, input_tokens=-1, output_tokens=10**19, cost_usd=0.5, duration_ms=1, fallback="\ud800" * 9000
    )
    paid = as_paid(call)
    assert (len(paid.model), paid.input_tokens, paid.output_tokens, paid.cost_usd) == (500, 0, MOST_TOKENS, 0.5)
    assert paid.fallback == "?" * LONGEST_FAILURE


def test_an_answer_that_no_report_can_hold_is_a_failure_that_was_paid(step: Remote) -> None:
    deep = "[" * 60 + "]" * 60
    step.model.script.by_text = [["rain", deep]]
    json_agent = AgentType(name="ann", config=AgentConfig(output_format="json", retries=0))  # pyright: ignore[reportArgumentType]
    with pytest.raises(AgentFailed, match=r"ann has failed: its answer cannot be reported: .*nested deeper"):
        ask(call_of(agent=json_agent))
    report = step.reported("pipeline/1-ann")["pipeline/1-ann"].report
    assert report.is_permanent
    assert len(report.model_calls) == 1


def test_a_reply_holds_neither_the_keys_of_the_step_nor_its_token(step: Remote) -> None:
    step.model.script.by_text = [["rain", f"{KEY_OF_THE_STEP} and {step.token}"]]
    assert ask(call_of()).text == "*** and ***"


# ---- a bad network


def line_of(remote: Remote, url: str, pause: Callable[[float], None]) -> ReportLine:
    return ReportLine(PlaceOfReports(url, remote.run.id, remote.token), pause)


REPORT = json.dumps({"input_hash": "1" * 64, "reply": {"node": "ann", "agent": "ann", "text": "Yes."}, "seconds": 1})


def test_passing_trouble_is_waited_out_and_a_lost_answer_counts_once(remote: Remote) -> None:
    pauses: list[float] = []
    with gate_before(remote.server.url) as gate:
        line = line_of(remote, gate.url, pauses.append)
        gate.troubles = ["drops", "502", "503", "429"]
        assert line.known("a", "1" * 64) is None
        gate.troubles = ["loses the answer", "500", "drops"]
        known = line.report("a", REPORT)
        line.close()
    assert known.report is not None
    assert known.report.model_dump_json(exclude_defaults=True) == json.dumps(
        json.loads(REPORT), separators=(",", ":")
    ).replace('"seconds":1', '"seconds":1.0')
    assert gate.seen[-4:] == ["POST loses the answer", "POST 500", "POST drops", "POST passes"]
    assert [pause >= 7 for pause in pauses] == [False, True, True, True, False, True, False]
    assert 0 < pauses[0] <= PAUSES_SECONDS[0]
    assert list(remote.reported("a")) == ["a"]


def test_what_the_api_wishes_is_heeded_within_bounds(remote: Remote) -> None:
    pauses: list[float] = []
    with gate_before(remote.server.url) as gate:
        gate.troubles = ["503 after 86400", "503 after Thu, 01 Jan 2099 00:00:00 GMT", "503 after -5"]
        line = line_of(remote, gate.url, pauses.append)
        assert line.known("a", "1" * 64) is None
        line.close()
    assert pauses[0] == LONGEST_PAUSE_SECONDS
    assert all(0 < pause <= usual for pause, usual in zip(pauses[1:], PAUSES_SECONDS[1:3], strict=True))


def test_a_network_that_never_comes_back_ends_in_a_sentence_without_the_token(remote: Remote) -> None:
    pauses: list[float] = []
    with gate_before(remote.server.url) as gate:
        gate.troubles = ["drops", "503"] * 20
        line = line_of(remote, gate.url, pauses.append)
        with pytest.raises(TopologyFailed, match=r"has not answered for the call 'a' in 16 tries") as caught:
            line.report("a", REPORT)
        line.close()
    assert len(pauses) == len(PAUSES_SECONDS)
    assert sum(pauses) <= sum(PAUSES_SECONDS) + 7 * len(pauses)
    assert remote.token not in told(caught.value)


def test_what_is_refused_is_not_tried_again(remote: Remote) -> None:
    pauses: list[float] = []
    with gate_before(remote.server.url) as gate:
        line = line_of(remote, gate.url, pauses.append)
        for status in ("401", "403", "409", "301"):
            gate.troubles = [status]
            with pytest.raises(TopologyFailed, match=rf"\({status}\): it was answered with {status}"):
                line.report("a", REPORT)
        line.close()
    assert pauses == []


def test_an_environment_with_a_part_of_it_is_refused_and_one_without_asks_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("AGENT_RUNNER_API_URL", "AGENT_RUNNER_RUN_ID", "AGENT_RUNNER_RUN_TOKEN")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert isinstance(asker(OF_ONE), OfThisMachine)
    assert place_of_reports("http://x", None, "") is None
    for given in (("http://x", "t", None), (None, "t", "1"), ("http://x", None, "1")):
        with pytest.raises(ConfigurationError, match="the environment of this step lacks AGENT_RUNNER_"):
            place_of_reports(*given)
    with pytest.raises(ConfigurationError, match="is 'x', which is no number of a run"):
        place_of_reports("http://x", "t", "x")
    with pytest.raises(ConfigurationError, match="AGENT_RUNNER_RUN_TOKEN is no token") as caught:
        place_of_reports("http://x", "secret\nX-Evil: 1", "1")
    assert "Evil" not in str(caught.value)
    place = place_of_reports("http://x", "artk_abc\n", "1")
    assert place == PlaceOfReports("http://x", 1, "artk_abc")
    assert "artk_abc" not in repr(place)


# ---- real flows

on_sqlite = pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)


def everything_below(directory: Path) -> bytes:
    """All that is in files, unpacked where it was packed."""
    found: list[bytes] = []
    for path in directory.rglob("*"):
        if path.is_file() and path.suffix != ".db" and ".db-" not in path.name:
            content = path.read_bytes()
            found.append(content)
            if content[:2] == b"\x1f\x8b":
                found.append(gzip.decompress(content))
    return b"\n".join(found)


@on_sqlite
@pytest.mark.timeout(120)
def test_a_flow_reports_each_of_its_calls_and_is_not_paid_twice(
    remote: Remote, tmp_path: Path, metaflow: Metaflow
) -> None:
    home = tmp_path / "flow"
    path = write_flow(generate(composed("pipe"), FlowOptions(max_retries=0)), home)
    given = ("run", "--input-json", json.dumps({"goal": "Write about rain"}))
    first = metaflow(path, *given, variables=remote.variables)
    assert first.returncode == 0, first.stdout + first.stderr
    asked = len(remote.model.calls)
    again = metaflow(path, *given, variables=remote.variables)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (asked, len(remote.model.calls)) == (3, 3)
    reported = remote.reported("pipeline/1-ann", "pipeline/2-bob", "pipeline/3-ann-2")
    assert [each.report.reply and each.report.reply.node for each in reported.values()] == ["ann", "bob", "ann-2"]
    left = everything_below(tmp_path) + (first.stdout + first.stderr + again.stdout + again.stderr).encode()
    assert b"An ocean" in left
    assert remote.token.encode() not in left
    assert KEY_OF_THE_STEP.encode() not in left


@on_sqlite
@pytest.mark.timeout(120)
def test_a_flow_goes_on_without_whom_it_can_and_ends_with_a_sentence_where_the_run_is_over(
    remote: Remote, tmp_path: Path, metaflow: Metaflow
) -> None:
    bob = AgentType(name="bob", config=AgentConfig(model="ollama:nobody", retries=0))
    config = EnsembleConfig(on_failure=OnFailure.SKIP)
    two = compose(topology("two", config, members=("ann", "bob"), synthesizer=("dot",)), AGENTS | {"bob": bob})
    path = write_flow(generate(two, FlowOptions(max_retries=0)), tmp_path / "flow")
    nobody = {"OLLAMA_BASE_URL": "http://127.0.0.1:9"}
    given = ("run", "--input-json", json.dumps({"goal": "Write about rain"}))
    done = metaflow(path, *given, variables=remote.variables | nobody)
    assert done.returncode == 0, done.stdout + done.stderr
    [failed] = [
        each for each in remote.reported("ensemble/member/ann", "ensemble/member/bob").values() if each.report.failed
    ]
    assert "bob has failed" in str(failed.report.failed)
    remote.end()
    over = metaflow(path, *given, variables=remote.variables | nobody)
    assert over.returncode != 0
    assert "(409): the token of run" in over.stdout + over.stderr
    assert remote.token not in over.stdout + over.stderr
