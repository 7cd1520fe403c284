"""The examples in the OpenAPI document."""

from typing import Any, Final

NEW_RUNS: Final[dict[str, Any]] = {
    "examples": [{"goal": "Test execution", "project_id": 1}, {"goal": "Later", "priority": 5}]
}

RUN_CHANGE: Final[dict[str, Any]] = {"examples": [{"priority": 10}]}

CANCEL: Final[dict[str, Any]] = {"examples": [{"reason": "not needed any more"}]}

RETRY: Final[dict[str, Any]] = {"examples": [{"budget": {"tokens": 200000}}]}

MANY_RUNS: Final[dict[str, Any]] = {"examples": [{"ids": [3, 5]}, {"filter": {"status": ["FAILED"], "agent": "coder"}}]}

CHANGED_RUNS: Final[dict[str, Any]] = {
    "examples": [
        {
            "changed": [3],
            "skipped": [
                {
                    "id": 5,
                    "reason": "run 5 is COMPLETED; only a run that is QUEUED, RUNNING or WAITING can be cancelled",
                }
            ],
            "more": False,
        }
    ]
}

FORK: Final[dict[str, Any]] = {"examples": [{"from_step": "execute/2", "goal": "The same, in French"}]}

SHA: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

APPROVE: Final[dict[str, Any]] = {"examples": [{"diff_sha": SHA, "comment": "looks good"}]}

REJECT: Final[dict[str, Any]] = {"examples": [{"comment": "keep the old name", "revise": True}]}

INPUT: Final[dict[str, Any]] = {"examples": [{"text": "the second one"}]}

RUN: Final[dict[str, Any]] = {
    "examples": [
        {
            "id": 1,
            "project_id": 1,
            "task_id": None,
            "goal": "Test execution",
            "agent": "simple",
            "model": None,
            "runner": None,
            "input": {},
            "config": {},
            "status": "QUEUED",
            "priority": 0,
            "attempt": 0,
            "max_attempts": 3,
            "time_limit_seconds": 3600.0,
            "budget": {"cost_usd": None, "tokens": 100000, "model_calls": None, "seconds": 3600.0},
            "on_budget": "stop",
            "allowed_paths": {"read": ["**"], "write": ["src/"]},
            "approve_commits": None,
            "approve_plan": False,
            "iteration": 0,
            "progress": 0.0,
            "current_agent": None,
            "last_message": None,
            "result": None,
            "error": None,
            "created_at": "2026-11-20T21:00:00.000000Z",
            "available_at": "2026-11-20T21:00:00.000000Z",
            "started_at": None,
            "completed_at": None,
            "cancel_requested": False,
            "forked_from": None,
            "usage": {
                "model_calls": 0,
                "estimated_calls": 0,
                "input_tokens": 0,
                "output_tokens": 0,
                "cost_usd": 0.0,
                "active_seconds": 0.0,
            },
            "approval": None,
            "why_not_running": "position 1 in the queue",
        }
    ]
}

EVENT: Final[dict[str, Any]] = {
    "examples": [
        {
            "event_id": 1,
            "run_id": 1,
            "timestamp": "2026-11-20T21:00:00.000000Z",
            "agent_role": None,
            "event_type": "RUN_CREATED",
            "payload": {"agent": "simple", "goal": "Test execution"},
        }
    ]
}

POLICY: Final[dict[str, Any]] = {"checks": ["pytest -q"], "deny": ["secrets/"]}

NEW_PROJECT: Final[dict[str, Any]] = {"examples": [{"name": "test", "local_path": "/srv/demo", "policy": POLICY}]}

PROJECT: Final[dict[str, Any]] = {
    "examples": [
        {
            "id": 1,
            "name": "test",
            "local_path": "/srv/demo",
            "path_exists": False,
            "policy": POLICY,
            "created_at": "2026-11-20T21:00:00.000000Z",
        }
    ]
}

NEW_TASK: Final[dict[str, Any]] = {"examples": [{"title": "Snake", "input_prompt": "Write the game Snake"}]}

AGENT: Final[dict[str, Any]] = {
    "examples": [
        {
            "name": "metagpt",
            "kind": "built-in",
            "version": "0.8.2",
            "health": "ready",
            "reason": None,
            "description": "A software company of agents.",
            "needs_project": False,
            "speaks": "host",
            "options": {"rounds": {"type": "integer", "minimum": 1}},
            "role": None,
            "config": None,
            "created_at": None,
        }
    ]
}

NEW_AGENT: Final[dict[str, Any]] = {
    "name": "critic",
    "description": "Finds what is weak in an argument",
    "role": "critic",
    "config": {"model": "claude-sonnet-4", "temperature": 0.2},
}

NEW_TOPOLOGY: Final[dict[str, Any]] = {
    "name": "review",
    "description": "Two critics argue until they agree",
    "config": {"type": "debate", "max_rounds": 2},
    "slots": {"debaters": ["critic", "critic"]},
}

TOPOLOGY: Final[dict[str, Any]] = {
    "examples": [
        NEW_TOPOLOGY
        | {
            "version": 1,
            "type": "debate",
            "config": {
                "type": "debate",
                "on_failure": "fail",
                "quorum": None,
                "retries": 2,
                "timeout_seconds": None,
                "max_rounds": 2,
                "consensus": "majority",
                "weights": {},
            },
            "created_at": "2026-11-20T21:00:00.000000Z",
        }
    ]
}

MIXIN: Final[dict[str, Any]] = {
    "examples": [
        {
            "name": "memory",
            "description": "Remembers what was said before",
            "requires": [],
            "options": {"entries": {"type": "integer", "minimum": 1}},
        }
    ]
}

PROBLEM: Final[dict[str, Any]] = {
    "examples": [
        {
            "type": "urn:agent-runner:not-found",
            "title": "Not Found",
            "status": 404,
            "detail": "run 42 does not exist",
            "next_step": "see GET /runs",
            "request_id": "9f86d081884c7d659a2feaa0c55ad015",
        }
    ]
}
