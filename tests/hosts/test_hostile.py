"""Hosts that break off, break the protocol, flood, hang, or will not die: a clear error each, and nothing is left."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from agent_runner.store.runs import cancel
from tests.hosts.stage import BY_HAND, Stage, ThisPython, result_of

BAD = {
    "no JSON": ("raw(b'nonsense\\n')", "the host said what is no JSON: 'nonsense'"),
    "no UTF-8": ("raw(b'\\xff\\xfe\\x00\\x1b[2J\\n')", r"the host said what is no JSON: '\\xff\\xfe\\x00\\x1b[2J'"),
    "no object": ("raw(b'[1]\\n')", "the host said what is no message of the protocol"),
    "unknown message": ("say(type='sing')", "the host said what is no message of the protocol: the message: "),
    "unknown field": ("say(type='heartbeat', more=1)", "heartbeat.more: Extra inputs are not permitted"),
    "half a line": ("raw(b'{'); sys.exit()", "the host said what is no JSON: '{'"),
    "deep": ("raw(b'[' * 100000 + b'\\n')", "the host said what is no JSON"),
    "deep result": (
        "raw(b'{\"type\": \"result\", \"result\": {\"a\": ' + b'[' * 500 + b']' * 500 + b'}}\\n')",
        "result.result.a.list.0.list.0.list: Recursion error",
    ),
    "second hello": ("say(type='hello', protocol=1, name='x')", "the host said 'hello' twice"),
    "event of the worker": ("say(type='event', event='RUN_COMPLETED', payload={})", "event.event: Input should be"),
    "bad payload": (
        "say(type='event', event='LOG', payload={'text': 'x'})",
        "the host reported a LOG event whose message is wrong: Field required",
    ),
    "large event": (
        "say(type='event', event='LOG', payload={'message': 'x' * 70000})",
        "the LOG event is 70014 bytes, more than 65536",
    ),
    "no answerable chat": (
        "say(type='model', id=1, messages=[{'role': 'assistant', 'content': 'x'}])",
        "the host asked a model to answer its own last message",
    ),
    "unknown tool result": (
        "say(type='model', id=1, messages=[{'role': 'tool', 'tool_call_id': 'c9', 'content': 'x'}])",
        "the host gave the result of a tool call 'c9' that no message before it makes",
    ),
    "not told to do": ("say(type='did', id=7)", "the host has done a step 7 that it was not told to do"),
    "artifact outside": (
        "say(type='artifact', path='../x', text='x')",
        "the artifact path '../x' cannot be used",
    ),
    "artifact of another": (
        "say(type='artifact', path='x', file='../../../../etc/passwd')",
        "the artifact 'x' cannot be read",
    ),
    "artifact by a link": (
        "os.symlink('/etc/passwd', start['directory'] + '/l'); say(type='artifact', path='x', file='l')",
        "the artifact 'x' cannot be read: l is a link",
    ),
    "artifact of nothing": ("say(type='artifact', path='x')", "must have one of text, base64 and file"),
    "artifact no base64": ("say(type='artifact', path='x', base64='?')", "is no base64"),
    "exit": ("print('my last words', file=sys.stderr); sys.exit(3)", "exit code 3; it complained:\nmy last words"),
    "killed": ("os.kill(os.getpid(), 9)", "the host ended without a result: it was killed by signal 9"),
    "exception": ("1 / 0", "ZeroDivisionError: division by zero"),
    "long line": ("raw(b'x' * 5000000)", "the host said a line of more than 4194304 bytes"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_breaks_the_protocol_is_told_in_a_sentence(stage: Stage, case: str) -> None:
    deed, sentence = BAD[case]
    run = await stage.work(stage.host(f"{BY_HAND}start = begin()\n{deed}\ntime.sleep(60)"), "FAILED", max_attempts=1)
    assert run.error is not None
    assert sentence in run.error


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("say(type='heartbeat')", "the host began with 'heartbeat', and must begin with 'hello'"),
        ("say(type='hello', protocol=2, name='new')", "the host new speaks protocol 2, and this worker 1"),
        ("pass", "the host ended without a result: it ended with exit code 0"),
    ],
)
async def test_a_bad_beginning_is_told(stage: Stage, deed: str, sentence: str) -> None:
    run = await stage.work(stage.host(f"{BY_HAND}{deed}\nhear() if {deed != 'pass'} else 0"), "FAILED", max_attempts=1)
    assert run.error is not None
    assert sentence in run.error


async def test_a_flood_is_cut(stage: Stage) -> None:
    """A gigabyte of valid messages, of which one megabyte may be said."""
    script = (
        "begin()\nline = b'{\"type\": \"heartbeat\"}' + b' ' * 1000 + b'\\n'\nfor _ in range(10000): raw(line * 100)"
    )
    host = stage.host(BY_HAND + script, manifest="[limits]\noutput_mb = 1\n")
    run = await stage.work(host, "FAILED", max_attempts=1)
    assert run.error is not None
    assert "the host said more than the 1 MB that it may in one attempt" in run.error


async def test_silence_ends_a_host_unless_it_waits_for_somebody(stage: Stage) -> None:
    limits = "[limits]\nsilence_seconds = 0.5\n"
    run = await stage.work(stage.host(BY_HAND + "begin()\ntime.sleep(60)", manifest=limits), "FAILED", max_attempts=1)
    assert run.error is not None
    assert "the host said nothing for 0.5 s" in run.error
    stage.model.seconds = 1.0
    run = await stage.work(stage.host(BY_HAND + "begin()\nresult(said=model(1, 'slow')['text'])", manifest=limits))
    assert (result_of(run), run.attempt) == ({"said": "SLOW"}, 1)


STUBBORN = """
import signal, subprocess
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
begin()
say(type="event", event="LOG", payload={"message": "here"})
while True:
    time.sleep(1)
"""


def processes_that_hold(mark: str) -> list[int]:
    """Processes of this machine with the mark in their environment."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if mark.encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


async def test_a_cancel_ends_a_stubborn_host_and_all_it_has_started_within_a_second(stage: Stage) -> None:
    mark = f"mark-{os.urandom(8).hex()}"
    stage.environments = ThisPython({"MARK": mark})
    host = stage.host(BY_HAND + STUBBORN, manifest='environment = ["MARK"]\n')
    run_id = await stage.house.queue(agent="host:test")
    worker = stage.worker(host)
    working = asyncio.create_task(worker.drain())
    async with asyncio.timeout(10):
        while "LOG" not in await stage.house.types(run_id):
            await asyncio.sleep(0.02)
    assert len(processes_that_hold(mark)) >= 4
    began = time.monotonic()
    await stage.house.database.write(cancel, run_id, "enough")
    await stage.house.until(run_id, "CANCELLED")
    took = time.monotonic() - began
    await working
    assert processes_that_hold(mark) == []
    assert took < 5, "a test is no benchmark, but this must not take the grace of a stop"


async def test_what_a_host_may_not_do_it_cannot(stage: Stage, tmp_path: Path) -> None:
    """No variable of the worker, no network, no file outside; checked at the level that this machine can hold."""
    if stage.sandboxes.level is None or stage.sandboxes.level < 2:
        pytest.skip(f"this machine holds commands at {stage.sandboxes.level} only")
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o777)
    script = f"""
import socket
start = begin()
def tried(work):
    try:
        work()
    except OSError as error:
        return type(error).__name__
    return "done"
def connect():
    socket.create_connection(("127.0.0.1", {os.getpid() % 1000 + 2000}), 1)
result(
    variables=sorted(os.environ),
    outside=tried(lambda: open({str(outside / "x")!r}, "w")),
    script=tried(lambda: open(__file__, "a")),
    inside=tried(lambda: open(start["directory"] + "/x", "w")),
    home=tried(lambda: open(os.environ["HOME"] + "/x", "w")),
    network=tried(connect),
)
"""
    stage.environments = ThisPython({"MINE": "x", "OPENAI_API_KEY": "sk-planted"})
    run = await stage.work(stage.host(BY_HAND + script, manifest='environment = ["MINE"]\n'))
    result = result_of(run)
    assert set(result["variables"]) - {"LC_CTYPE"} == {
        *("HOME", "LANG", "LOGNAME", "MINE", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONNOUSERSITE"),
        *("PYTHONPATH", "PYTHONUTF8", "TMPDIR", "USER"),
    }
    assert (result["inside"], result["home"]) == ("done", "done")
    assert result["outside"] in {"PermissionError", "FileNotFoundError", "OSError"}
    assert result["script"] in {"PermissionError", "OSError"}
    assert result["network"] != "done"
    assert list(outside.iterdir()) == []
