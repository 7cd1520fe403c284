import random

from agent_runner.sandbox.output import Kept, escaped


def test_what_would_move_a_cursor_or_break_json_is_spelled_out() -> None:
    assert escaped(b"\x1b[2Jgone\0\xff\tkept\r\nline\rover\x07") == "\\x1b[2Jgone\\x00\\xff\tkept\nline\\x0dover\\x07"
    assert escaped("Ünicode \u202eevil\u200b".encode()) == "Ünicode \\u202eevil\\u200b"


def test_short_output_is_kept_whole() -> None:
    kept = Kept(10)
    kept.add(b"01234")
    kept.add(b"56789")
    assert (kept.text(), kept.dropped_bytes) == ("0123456789", 0)


def test_long_output_keeps_its_beginning_and_its_end_however_it_comes() -> None:
    data = bytes(range(65, 91)) * 400
    for seed in range(50):
        chance = random.Random(seed)
        kept, rest = Kept(101), data
        while rest:
            size = chance.choice([1, 7, 50, 51, 999])
            kept.add(rest[:size])
            rest = rest[size:]
        note = f"\n[… {len(data) - 101} bytes left out …]\n"
        assert kept.text() == data[:51].decode() + note + data[-50:].decode()
