"""All rows, in the order of the table."""

from typing import Final

from scripts.bench.bench import Row
from scripts.bench.rows import (
    claim,
    crash,
    drain,
    events,
    idle,
    peers,
    pickup,
    post_runs,
    postgres,
    postgres_claims,
    scale,
    start,
    step,
    topology,
)

ROWS: Final = (
    Row(
        "a",
        "POST /runs",
        "Clients with keep-alive queue runs at one API process, each sending the next when the last is answered.",
        post_runs.measure,
    ),
    Row(
        "a2",
        "POST /runs beside a busy worker",
        "The same while a worker process drains a long queue, until nothing waits any more.",
        post_runs.measure_beside_worker,
    ),
    Row(
        "b",
        "Pickup",
        "One run at a time, with pauses, inserted by one process and carried by a worker process that sleeps.",
        pickup.measure,
    ),
    Row(
        "c",
        "Runs end to end",
        "One worker drains a full queue of runs whose agent emits four events and ends.",
        drain.measure,
    ),
    Row(
        "d",
        "Events",
        "16 runs emit events; readers follow a run's stream over HTTP while events are written; pages are fetched.",
        events.measure,
    ),
    Row(
        "e", "A long history", "One claim at a time, with few and with many finished runs in the table.", claim.measure
    ),
    Row(
        "f",
        "Idle",
        "The real API and the real worker with nothing to do, watched by the kernel's counters and by strace.",
        idle.measure,
    ),
    Row(
        "g",
        "Worker start",
        "The real worker is started beside a queue of one run; the doorbell says when it claimed it.",
        start.measure,
    ),
    Row(
        "h",
        "Crash",
        "Two workers, one of them with a run that waits: it is killed, and the other one claims the run.",
        crash.measure,
    ),
    Row(
        "i",
        "A journaled step",
        "16 runs at once do steps, fail, and replay them in their second attempt.",
        step.measure,
    ),
    Row(
        "t",
        "An agent call of a topology",
        "One run plays a pipeline whose model answers at once, fails, and plays it again from its journal.",
        topology.measure,
    ),
    Row(
        "k",
        "Claims on PostgreSQL",
        "One claim at a time with a short and a long history; then 16 workers in two processes that only claim.",
        postgres_claims.measure,
    ),
    Row(
        "l",
        "What a run costs",
        "One worker process drains a queue on PostgreSQL, then ten times as much; then two workers.",
        scale.measure,
    ),
    Row(
        "q",
        "Runs on PostgreSQL",
        "As c and b, on a PostgreSQL of the benchmark's own with fsync on.",
        postgres.measure,
    ),
    Row(
        "p",
        "Peers",
        "Other job queues and ours carry jobs that do nothing, with one worker process each.",
        peers.measure,
    ),
)
