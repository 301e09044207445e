"""How the web server is run: limits on time and on what a client may send, nobody's forwarded headers, one log form."""

import json
import logging
import runpy
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config

FILE = Path(__file__).resolve().parents[3] / "scripts" / "gunicorn.conf.py"


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    for name, value in {"SECRET_KEY": "s" * 40, "DATA_DIR": str(tmp_path), "LOG_FORMAT": "json"}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(FILE))


def test_time_and_size_are_limited_and_processes_renewed(options: dict[str, Any]) -> None:
    assert options["worker_class"] == "gthread"
    assert 30 <= options["timeout"] <= 300 and options["graceful_timeout"] >= 30
    assert 0 < options["max_requests_jitter"] < options["max_requests"]
    assert 0 < options["limit_request_line"] <= 8190 and 0 < options["limit_request_fields"] <= 100
    assert options["bind"].startswith("127.0.0.1:")


def test_nobodys_forwarded_headers_are_believed(options: dict[str, Any]) -> None:
    assert options["forwarded_allow_ips"] == "127.0.0.1"
    assert options["forwarder_headers"] == "" and options["accesslog"] is None


def test_its_own_lines_are_those_of_the_house_and_repeat_no_request(
    options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    log = options["logger_class"](Config())
    try:
        log.warning("Invalid request from ip=203.0.113.9: Invalid HTTP Header: 'AUTHORIZATION HUSH'")
        log.warning("Worker (pid:%s) was sent SIGTERM!", 7)
        log.error("Error handling request %s", "/v1/batch?token=hush")
    finally:
        for handler in list(logging.getLogger("gunicorn.error").handlers):
            logging.getLogger("gunicorn.error").removeHandler(handler)
    told = capsys.readouterr().err
    assert "hush" not in told.lower() and "203.0.113.9" not in told
    assert [json.loads(line)["message"] for line in told.splitlines()] == [
        "unreadable request: Invalid HTTP Header",
        "Worker (pid:7) was sent SIGTERM!",
        "Error handling request /v1/batch?[hidden]",
    ]
