"""What a log line hides, whoever wrote it, and that hiding never breaks the line."""

import json
import logging
import time
from typing import Any

import pytest

from jobs.job_log import JobLines, JobText, redact


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
