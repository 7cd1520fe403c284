"""Secrets leave no text, whatever stands around them."""

import io
import json
import logging

import pytest

from agent_runner.agents.prompt import shortened
from agent_runner.domain.redaction import NOTHING_SECRET, Redaction
from agent_runner.settings import Settings
from agent_runner.telemetry.logging import set_up_logging

PLANTED = 'correct horse "battery" stäple'
KEY = "local-key-of-nobody-0123456789"
LOOK_LIKE_SECRETS = (
    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIAABCDEFGHIJKLMNOP",
    "AIzaSyAbcdefghijklmnopqrstuvwxyz0123456",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnop",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
)


@pytest.mark.parametrize("secret", [PLANTED, KEY])
def test_a_configured_secret_leaves_plain_text_and_json(secret: str) -> None:
    redaction = Redaction([secret])
    for text in (secret, json.dumps({"say": secret}), json.dumps({"say": secret}, ensure_ascii=False)):
        assert secret not in redaction.of_values(text)
        assert json.dumps(secret)[1:-1] not in redaction.of_values(text)
    assert json.loads(redaction(json.dumps({"say": f"a {secret} b"}))) == {"say": "a *** b"}


def test_a_secret_that_was_cut_off_is_taken_out_too() -> None:
    text = shortened("x" * 30 + KEY + "y" * 100, 80)
    assert KEY[:20] in text
    assert KEY[:20] not in Redaction([KEY])(text)


@pytest.mark.parametrize("secret", LOOK_LIKE_SECRETS)
def test_what_looks_like_a_secret_is_taken_out_of_events_but_not_of_the_journal(secret: str) -> None:
    assert secret[8:] not in Redaction()(f"before {secret} after")
    assert Redaction().of_values(secret) == secret


def test_the_password_of_an_address_is_taken_out() -> None:
    assert Redaction()("see postgresql://me:pass@host/db") == "see postgresql://***@host/db"


def test_ordinary_text_stays() -> None:
    text = "The task-runner at http://127.0.0.1:8000/docs asked postgres: skip, sk-1, Bearer of news"
    assert Redaction(["postgres", ""])(text) == text


def test_no_log_line_holds_a_configured_secret(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(_env_file=None, openai_api_key=KEY, api_keys=f"me:{KEY[::-1]}")  # pyright: ignore[reportCallIssue, reportArgumentType]
    for log_format in ("text", "json"):
        set_up_logging("INFO", log_format, settings.secrets())
        try:
            int(KEY)
        except ValueError:
            logging.getLogger("any").exception("with %s", KEY, extra={"key": KEY[::-1]})
    said = capsys.readouterr().err
    assert said.count("***") >= 6
    assert KEY not in said
    assert KEY[::-1] not in said
    logging.basicConfig(handlers=[logging.StreamHandler(io.StringIO())], force=True)


@pytest.mark.parametrize("after", ["", " and so on", "\\nMII", '"', '\\"', 'MII" and more', "MII\\", "\\\\"])
def test_a_private_key_without_its_end_leaves_json_whole(after: str) -> None:
    said = f"look: -----BEGIN PRIVATE KEY-----MIIE{after}"
    told = json.loads(NOTHING_SECRET(json.dumps({"content": said, "next": "stays"})))
    assert told["content"].startswith("look: ***")
    assert "MIIE" not in told["content"]
    assert told["next"] == "stays"
