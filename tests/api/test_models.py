"""The API shows what workers have found of models, and says so where there is nobody to ask."""

import httpx

from agent_runner.api.deps import Services
from agent_runner.domain.model_report import CacheReport, ModelInUse, ModelReport, ProviderReport
from agent_runner.store.workers import note_models, sign_off
from tests.api.conftest import Hands

REPORT = ModelReport(
    model=ModelInUse(name="ollama:llama3.2", healthy=True),
    reason="set by LLM_MODEL",
    cache=CacheReport(backend="memory", healthy=True),
    providers=(ProviderReport(provider="ollama", healthy=True, models=("ollama:qwen3", "ollama:llama3.2")),),
)


async def test_models_are_what_live_workers_have_found(
    client: httpx.AsyncClient, hands: Hands, services: Services
) -> None:
    nobody = (await client.get("/models")).json()
    assert (nobody["names"], nobody["workers"]) == ([], [])
    assert nobody["message"].startswith("no worker is alive")
    await hands.sign_on()
    assert (await client.get("/models")).json()["message"].startswith("the workers have just started")
    await services.database.write(note_models, "hands", REPORT.model_dump_json())
    found = (await client.get("/models")).json()
    assert (found["message"], found["names"]) == (None, ["ollama:llama3.2", "ollama:qwen3"])
    (worker,) = found["workers"]
    assert worker["worker_id"] == "hands"
    assert worker["looked_at"].endswith("Z")
    assert ModelReport.model_validate(worker["report"]) == REPORT
    await services.database.write(sign_off, ["hands"])
    assert (await client.get("/models")).json() == nobody
