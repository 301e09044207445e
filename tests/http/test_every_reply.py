"""What every reply is, made from the routes that are served: marked so that no browser guesses, frames or keeps it, and
without insides even when everything behind the door breaks."""

import re
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from batch_api.service import EXTENSION, Service
from jobs.tools import Tools
from storage.model import Dialect

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
RECIPE = "the secret recipe in /srv/darkroom/kitchen.py"
PROBLEM = "application/problem+json"


def address(rule: Rule, sample: str = "x") -> str:
    return re.sub(r"<[^>]*>", sample, rule.rule)


def dialect_of(app: Flask, path: str) -> Dialect | None:
    found: Service = app.extensions[EXTENSION]
    door = found.door_of_path(path)
    return door.dialect if door else None


def replies(client: FlaskClient, tenant: factories.Tenant) -> Iterator[tuple[str, Dialect | None, Any]]:
    """(what was asked, whose words, reply) of every route by every method, with a key, without one and to elsewhere."""
    app = client.application
    for rule in app.url_map.iter_rules():
        path = address(rule)
        dialect = dialect_of(app, path)
        for method in METHODS:
            for head in ({}, tenant.headers(dialect) if dialect else {"Authorization": "Bearer x"}):
                body = {"json": {}} if method in ("POST", "PATCH", "PUT") else {}
                yield f"{method} {path} {sorted(head)}", dialect, client.open(path, method=method, headers=head, **body)
        yield f"GET {path}/nowhere", dialect, client.get(f"{path}/nowhere")


def unguarded(reply: Any, *, secure: bool, public: bool) -> list[str]:
    """Which of the promised headers are missing or wrong."""
    head, policy = reply.headers, reply.headers.get("Content-Security-Policy", "")
    held = {
        "nosniff": head.get("X-Content-Type-Options") == "nosniff",
        "policy": "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy,
        "referrer": head.get("Referrer-Policy") == "no-referrer",
        "request id": bool(head.get("X-Request-Id")),
        "kept by nobody": public or head.get("Cache-Control") == "no-store",
        "no foreign origin": "Access-Control-Allow-Origin" not in head,
        "no boast": not {"Server", "X-Powered-By"} & set(head.keys()),
        "https": ("Strict-Transport-Security" in head) is secure,
    }
    return [name for name, kept in held.items() if not kept]


@pytest.mark.parametrize("base", ["http://localhost", "https://localhost"])
def test_every_route_by_every_method_is_guarded(make_client: Any, base: str) -> None:
    client, tools = make_client(rate_limits=False, base_url=base, sync_wait_seconds=0)
    tenant, seen, wrong = factories.tenant(tools), set(), []
    for asked, dialect, reply in replies(client, tenant):
        seen.add(reply.status_code)
        public = dialect is None and reply.status_code < 400
        missing = unguarded(reply, secure=base.startswith("https"), public=public)
        if missing or reply.status_code >= 500 and reply.status_code != 503:
            wrong.append((asked, reply.status_code, missing))
    assert wrong == []
    assert seen >= {200, 400, 401, 403, 404, 405, 422}


def test_errors_are_json_in_closed_words(make_client: Any) -> None:
    client, tools = make_client(rate_limits=False, sync_wait_seconds=0)
    wrong = []
    for asked, dialect, reply in replies(client, factories.tenant(tools)):
        if reply.status_code < 400 or asked.startswith("HEAD"):
            continue
        body = reply.get_json(silent=True) or {}
        error = body.get("error")
        code = error.get("code") if isinstance(error, dict) else body.get("code")
        kind = PROBLEM if dialect is None else "application/json"
        told = error["message"] if isinstance(error, dict) else error or body.get("detail")
        if reply.mimetype != kind or not code or not told or "Traceback" in reply.text:
            wrong.append((asked, reply.status_code, reply.mimetype, reply.text[:200]))
    assert wrong == []


def test_a_bug_behind_any_route_shows_no_insides(
    make_client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, tools = make_client(rate_limits=False)
    client.application.testing = False
    tenant, broken = factories.tenant(tools), set()

    def explode(*_: Any, **__: Any) -> None:
        raise RuntimeError(RECIPE)

    monkeypatch.setattr(type(tools.database), "read", explode)
    for asked, _, reply in replies(client, tenant):
        assert "recipe" not in reply.text and "kitchen" not in str(reply.headers), asked
        if reply.status_code == 500:
            broken.add(asked.split()[1])
            assert unguarded(reply, secure=False, public=False) == [], asked
    assert len(broken) > 30 and "recipe" in caplog.text


def test_a_refused_host_and_a_closed_door_are_guarded_too(make_client: Any, tools: Tools) -> None:
    client, _ = make_client(trusted_hosts=("api.example.com",))
    elsewhere = client.get("/v1/credits", base_url="http://elsewhere.example.com")
    for _ in range(21):
        closed = client.get("/v1/credits", base_url="http://api.example.com", headers={"X-API-Key": "pk_guess"})
    assert (elsewhere.status_code, closed.status_code) == (400, 429)
    for reply in (elsewhere, closed):
        assert unguarded(reply, secure=False, public=False) == []
