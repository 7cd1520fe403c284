"""A Redis that is dead, hangs, refuses or holds nonsense costs a call next to nothing and never fails it."""

import asyncio
import json
import logging
import signal
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from agent_runner.domain.redaction import Redaction
from agent_runner.llm.cache import LARGEST_KEPT_BYTES
from agent_runner.llm.cached import CachedModel
from agent_runner.llm.envelope import question_key
from agent_runner.llm.redis_cache import LONGEST_SECONDS, PREFIX, RedisCache
from scripts.redis_server import RedisServer, running_redis
from tests.agents.conftest import Build
from tests.agents.test_cache import question
from tests.scripted_model import ScriptedModel

CALLS = 100
"""So many waits for a Redis that is away would take 25 s."""
FAR_TOO_LONG_SECONDS = 8.0


@pytest.fixture
async def cache_of() -> AsyncIterator[Callable[..., RedisCache]]:
    opened: list[RedisCache] = []

    def build(url: str, *, pause_seconds: float = 60) -> RedisCache:
        opened.append(RedisCache(url, 60, pause_seconds=pause_seconds))
        return opened[-1]

    yield build
    for each in opened:
        await each.close()


@pytest.fixture
async def raw(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        str(record.__dict__.get("reason"))
        for record in caplog.records
        if record.name == "agent_runner.llm.redis_cache" and record.levelno == logging.WARNING
    ]


async def nobody_waits(cache: RedisCache) -> None:
    async with asyncio.timeout(FAR_TOO_LONG_SECONDS):
        for number in range(CALLS):
            assert await cache.get(f"{number}") is None
            await cache.put(f"{number}", b"x")


async def asking_again(cache: RedisCache) -> None:
    await cache.get("a")
    assert cache._asking_again is not None
    await cache._asking_again


async def until_it_answers(cache: RedisCache) -> None:
    """Each call asks again beside it; none of them waits for the answer."""
    key = uuid.uuid4().hex
    async with asyncio.timeout(10):
        while await cache.get(key) != b"x":
            await cache.put(key, b"x")
            await asyncio.sleep(0.005)


async def test_two_workers_share_what_they_keep_and_it_ends_in_time(
    redis_url: str, raw: Redis, cache_of: Callable[..., RedisCache]
) -> None:
    key = uuid.uuid4().hex
    await cache_of(redis_url).put(key, b"x")
    assert await cache_of(redis_url).get(key) == b"x"
    assert 0 < await raw.pttl(f"{PREFIX}{key}") <= 60_000


async def test_a_redis_that_was_killed_costs_nothing_and_is_used_again_when_it_is_back(
    own_redis: RedisServer, cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "agent_runner.llm.redis_cache")
    cache, impatient = cache_of(own_redis.url), cache_of(own_redis.url, pause_seconds=0)
    await cache.put("a", b"x")
    await impatient.put("a", b"x")
    own_redis.stop(signal.SIGKILL)
    await nobody_waits(cache)
    assert len(warnings(caplog)) == 1
    assert warnings(caplog)[0].startswith(f"redis at 127.0.0.1:{own_redis.port} says: ")
    await nobody_waits(impatient)
    for _ in range(3):
        await asking_again(impatient)
    assert len(warnings(caplog)) == 2, "one for each cache, however often it asks again"
    own_redis.start()
    await until_it_answers(impatient)
    assert "Cache answers again" in caplog.messages


async def test_a_redis_that_hangs_costs_one_short_wait(
    own_redis: RedisServer, cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    cache, impatient = cache_of(own_redis.url), cache_of(own_redis.url, pause_seconds=0)
    await cache.put("a", b"x")
    own_redis.freeze()
    await nobody_waits(cache)
    await nobody_waits(impatient)
    said = f"redis at 127.0.0.1:{own_redis.port} did not answer within {LONGEST_SECONDS:g} s"
    assert warnings(caplog) == [said, said]
    assert await impatient.complaint() == said
    own_redis.go_on()
    await until_it_answers(impatient)
    assert await impatient.complaint() is None


async def test_a_restart_between_two_questions_is_not_noticed(
    own_redis: RedisServer, cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    cache = cache_of(own_redis.url)
    await cache.put("a", b"x")
    own_redis.stop(signal.SIGTERM)
    own_redis.start()
    assert await cache.get("a") is None
    await cache.put("a", b"x")
    assert await cache.get("a") == b"x"
    assert warnings(caplog) == []


async def test_a_question_that_was_given_up_leaves_no_answer_for_the_next(
    own_redis: RedisServer, cache_of: Callable[..., RedisCache]
) -> None:
    cache = cache_of(own_redis.url)
    for key in "ab":
        await cache.put(key, key.encode())
    own_redis.freeze()
    given_up = [asyncio.create_task(cache.get("a")) for _ in range(20)]
    await asyncio.sleep(0)
    for each in given_up:
        each.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    own_redis.go_on()
    assert [await cache.get("b") for _ in range(20)] == [b"b"] * 20


async def test_a_server_that_is_no_redis_is_away(
    server: ScriptedModel, cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    await nobody_waits(cache_of(server.url.replace("http", "redis")))
    assert len(warnings(caplog)) == 1


async def test_a_redis_that_wants_another_password_is_away_and_ours_is_not_said(
    cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis("--requirepass", "the-right-password") as guarded:
        wrong = cache_of(guarded.url.replace("://", "://:the-wrong-password@"))
        await nobody_waits(wrong)
        await nobody_waits(cache_of(guarded.url))
        right = cache_of(guarded.url.replace("://", "://:the-right-password@"))
        await right.put("a", b"x")
        assert await right.get("a") == b"x"
    assert len(warnings(caplog)) == 2
    assert all("the-" not in str(record.__dict__) for record in caplog.records)


async def test_a_redis_that_is_full_is_away(
    cache_of: Callable[..., RedisCache], caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis("--maxmemory", "1") as full:
        await nobody_waits(cache_of(full.url))
    assert len(warnings(caplog)) == 1


def laid_down(key: str, finish_reason: str) -> bytes:
    answer = {
        "kind": "response",
        "parts": [{"part_kind": "text", "content": "wrong"}],
        "finish_reason": finish_reason,
        "provider_details": {"finish_reason": finish_reason},
    }
    return json.dumps({"key": key, "answer": [answer]}).encode()


WRONG: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\xff\xfe\x00",
    "other JSON": b"[1, 2]",
    "a deep JSON": b"[" * 100_000,
    "too large": b"x" * (LARGEST_KEPT_BYTES + 1000),
    "a question": b'{"key": "KEY", "answer": [{"kind": "request", "parts": []}]}',
    "no answer": b'{"key": "KEY", "answer": []}',
    "an answer to something else": laid_down("other", "stop"),
    "half of an answer": laid_down("KEY", "length"),
}


@pytest.mark.parametrize("what", [*WRONG, "a list"])
async def test_wrong_data_is_as_good_as_none_and_is_replaced(
    server: ScriptedModel,
    model_of: Build,
    redis_url: str,
    raw: Redis,
    cache_of: Callable[..., RedisCache],
    what: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked, model = question(), CachedModel(model_of(), "here", cache_of(redis_url), Redaction())
    key = question_key(model.name, "here", asked)
    if what == "a list":
        await raw.execute_command("RPUSH", f"{PREFIX}{key}", "x")
    else:
        await raw.set(f"{PREFIX}{key}", WRONG[what].replace(b"KEY", key.encode()), ex=60)
    first, again = await model.converse(asked), await model.converse(asked)
    assert (first.spent.is_cached, again.spent.is_cached) == (False, True)
    assert first.response.parts == again.response.parts
    assert len(server.calls) == 1
    assert warnings(caplog) == []


async def test_a_model_answers_all_the_same_while_its_cache_hangs(
    server: ScriptedModel, model_of: Build, own_redis: RedisServer, cache_of: Callable[..., RedisCache]
) -> None:
    model, asked = CachedModel(model_of(), "here", cache_of(own_redis.url), Redaction()), question()
    await model.converse(asked)
    own_redis.freeze()
    async with asyncio.timeout(FAR_TOO_LONG_SECONDS):
        replies = [await model.converse(asked) for _ in range(40)]
    assert not any(reply.spent.is_cached for reply in replies)
    assert len(server.calls) == 41
