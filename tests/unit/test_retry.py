"""Backoff: how long a failed attempt waits."""

import random

import pytest

from agent_runner.domain.retry import RetryPolicy


def delays(policy: RetryPolicy, attempt: int) -> list[float]:
    chance = random.Random(7)
    return [policy.delay(attempt, chance).total_seconds() for _ in range(500)]


@pytest.mark.parametrize(("attempt", "full"), [(1, 2.0), (2, 4.0), (3, 8.0), (7, 128.0)])
def test_a_delay_lies_between_half_and_all_of_the_doubled_base(attempt: int, full: float) -> None:
    found = delays(RetryPolicy(base_seconds=2.0), attempt)
    assert full / 2 <= min(found) <= max(found) <= full


def test_delays_are_spread_so_that_failures_do_not_return_together() -> None:
    found = delays(RetryPolicy(base_seconds=2.0), 1)
    assert max(found) - min(found) > 0.9
    assert len(set(found)) > 400


@pytest.mark.parametrize("attempt", [9, 100, 100_000])
def test_a_delay_is_never_longer_than_the_longest(attempt: int) -> None:
    found = delays(RetryPolicy(base_seconds=2.0, longest_seconds=300.0), attempt)
    assert 150.0 <= min(found) <= max(found) <= 300.0


def test_a_base_of_zero_does_not_wait() -> None:
    assert set(delays(RetryPolicy(base_seconds=0.0), 5)) == {0.0}


def test_the_same_chance_gives_the_same_delay() -> None:
    policy = RetryPolicy()
    assert policy.delay(3, random.Random(1)) == policy.delay(3, random.Random(1))
