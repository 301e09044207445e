"""What a log line hides, whoever wrote it, and that hiding never breaks the line."""

import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from jobs.job_log import JobLines, JobText, about, keep_log, know, redact


def line(message: str, *words: Any, **fields: Any) -> str:
    record = logging.LogRecord("darkroom.x", logging.INFO, __file__, 1, message, words, None)
    vars(record).update(fields)
    return JobLines().format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"),
        ("key pk_abc123 and PTR_9", "key pk_[hidden] and PTR_[hidden]"),
        ("sk_live_a sk_test_b sf_live_c", "sk_live_[hidden] sk_test_[hidden] sf_live_[hidden]"),
        ("whsec_aGVsbG8=+/", "whsec_[hidden]"),
        ("eyJhbGciOiJI.eyJzdWIiOiJ.sig-Na_ture", "eyJ[hidden]"),
        ("https://a.example/b/c?token=1&x=2 next", "https://a.example/b/c?[hidden] next"),
        ('http://h:9 "GET /a.png?token=1 HTTP/1.1" 200', 'http://h:9 "GET /a.png?[hidden] HTTP/1.1" 200'),
        ("X-Amz-Signature=abc X-Amz-Credential=d", "X-Amz-Signature=[hidden] X-Amz-Credential=[hidden]"),
        ("sig=abc signature=def", "sig=[hidden] signature=[hidden]"),
        ("redis://:secret@host:6379/0", "redis://:[hidden]@host:6379/0"),
        ("postgresql+psycopg://shop:secret@db/shop", "postgresql+psycopg://shop:[hidden]@db/shop"),
        ("anna.b+c@shop.example.com wrote", "[hidden] wrote"),
        ("what? 3/4 of it, a/b?c and img_1", "what? 3/4 of it, a/b?c and img_1"),
    ],
)  # fmt: skip
def test_what_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown


def test_hiding_keeps_every_line_readable() -> None:
    told = line(
        'asked "https://a/b?x=\\"1\\"" of %s', {"k": "pk_abc"}, cause=["a@b.example", {"url": "//x?y"}], path=b"\xff"
    )
    read = json.loads(told)
    assert "pk_abc" not in told and "a@b.example" not in told
    assert read["cause"][0] == "[hidden]" and isinstance(read["path"], str)
    assert json.loads(line("n", count=3, share=0.5, none=None, yes=True)) | {"count": 3, "share": 0.5} == json.loads(
        line("n", count=3, share=0.5, none=None, yes=True)
    )


def test_a_trace_is_hidden_too() -> None:
    try:
        raise RuntimeError("https://a/b?token=1 pk_abc anna@shop.example")
    except RuntimeError as fault:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", (), (type(fault), fault, fault.__traceback__)
        )
    for form in (JobLines(), JobText()):
        told = form.format(record)
        assert "RuntimeError" in told
        assert "token=1" not in told and "pk_abc" not in told and "anna" not in told


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "/?" * 50_000, "a@" * 50_000, "://" * 50_000, "a.b-" * 50_000, "sig" * 60_000]
)
def test_long_lines_take_no_time(text: str) -> None:
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 1


def test_a_line_says_what_its_thread_works_on() -> None:
    with about(batch_id="bat_1", image_id="img_1"):
        assert json.loads(line("x"))["image_id"] == "img_1"
        with about(image_id="img_2"):
            know(request_id="req_1")
            told = json.loads(line("x", batch_id="bat_9", event="image.started"))
            assert (told["batch_id"], told["image_id"], told["request_id"]) == ("bat_9", "img_2", "req_1")
        assert "request_id" not in json.loads(line("x"))
        other = threading.Thread(target=lambda: seen.append(json.loads(line("x"))))
        seen: list[dict[str, Any]] = []
        other.start()
        other.join()
        assert "batch_id" not in seen[0]
    know(batch_id="bat_1")
    assert "batch_id" not in json.loads(line("x"))


def test_what_nobody_caught_is_a_line_too() -> None:
    code = """
import sys, threading, warnings
from jobs.job_log import open_log
open_log("INFO", "json")
warnings.warn("old")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
raise RuntimeError("https://a/b?token=1")
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    told = [json.loads(text) for text in ran.stdout.splitlines()]
    assert ran.returncode == 1 and ran.stderr == "" and "token=1" not in ran.stdout
    assert [(each["event"], each["level"]) for each in told] == [
        ("py.warnings", "warning"),
        ("process.crashed", "critical"),
        ("process.crashed", "critical"),
    ]
    assert "ZeroDivisionError" in told[1]["exception"] and "RuntimeError" in told[2]["exception"]


def test_a_file_gets_what_a_terminal_shows(tmp_path: Path) -> None:
    logger = logging.getLogger()
    before = [*logger.handlers]
    keep_log(tmp_path / "x.log")
    (added,) = [each for each in logger.handlers if each not in before]
    try:
        logging.getLogger("darkroom.x").error("went %s", "wrong", extra={"event": "x.wrong"})
    finally:
        logger.removeHandler(added)
        added.close()
    told = json.loads((tmp_path / "x.log").read_text())
    assert (told["event"], told["message"]) == ("x.wrong", "went wrong")
