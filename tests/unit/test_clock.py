"""One spelling of a time on the wire."""

from datetime import UTC, datetime, timedelta, timezone

from agent_runner.domain.clock import to_wire, utc_now


def test_now_is_aware_and_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


def test_a_time_is_spelled_in_utc_with_microseconds_and_z() -> None:
    assert to_wire(datetime(2026, 3, 1, 9, 5, 7, 42, tzinfo=UTC)) == "2026-03-01T09:05:07.000042Z"


def test_another_zone_is_converted() -> None:
    berlin = timezone(timedelta(hours=2))
    assert to_wire(datetime(2026, 7, 1, 0, 30, tzinfo=berlin)) == "2026-06-30T22:30:00.000000Z"


def test_spelled_times_sort_as_the_times_do() -> None:
    moments = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=step) for step in (0, 9, 10, 999_999, 1_000_000)
    ]
    assert sorted(map(to_wire, moments)) == [to_wire(moment) for moment in moments]
