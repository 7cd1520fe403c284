"""What a round of chaos is asked to do, and the settings its processes get."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runner.settings import Settings

LEASE_SECONDS: Final = 3.0
DRAIN_SECONDS: Final = 1.0
STEP_SECONDS: Final = (1.1, 0.3)
"""How long a step takes, from worker to worker: a run has four, so that most outlast the lease and some do not."""
SLOTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """`directory` gets the logs. `restart_database` is a shell command; without one the database is left alone."""

    url: str
    directory: Path
    seconds: float
    workers: int
    seed: int
    restart_database: str | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")


def child_settings(options: ChaosOptions, *, port: int, key: str, step_seconds: float) -> Settings:
    """Every setting is given, so that none of this machine's own gets in."""
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    chosen = {
        "database_url": options.url,
        "api_port": port,
        "api_keys": (key,),
        "worker_check_interval": 1.0,
        "worker_batch_size": SLOTS // 2,
        "worker_concurrency": SLOTS,
        "lease_seconds": LEASE_SECONDS,
        "drain_seconds": DRAIN_SECONDS,
        "retry_base_seconds": 0.2,
        "llm_model": "demo",
        "demo_step_seconds": step_seconds,
    }
    return Settings.model_construct(set(Settings.model_fields), **(defaults | chosen))
