"""Who may do what on the shelf, how often, and what every reply says about it."""

import time
from datetime import timedelta
from typing import Any

import factories
import pytest
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records import accounts, keys

URL = "https://photos.example.com/shelf.jpg"
ONE = {"imageUrl": URL}
LIMITS = {"free": (5, 60, 20), "starter": (10, 120, 40), "growth": (30, 300, 80), "pro": (60, 600, 150)}
LIMITS |= {"scale": (150, 1200, 300)}


def head(tenant: factories.Tenant) -> dict[str, str]:
    return tenant.headers(Dialect.SHELF)


def rates(reply: Any) -> tuple[int, int]:
    assert abs(int(reply.headers["X-RateLimit-Reset"]) - time.time()) <= 62
    return int(reply.headers["X-RateLimit-Limit"]), int(reply.headers["X-RateLimit-Remaining"])


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "sf_live_x"])
def test_a_missing_or_malformed_header(client: FlaskClient, header: str | None) -> None:
    reply = client.get("/api/v1/analyses", headers={} if header is None else {"Authorization": header})
    assert (reply.status_code, reply.json["error"]["code"]) == (401, "AUTH_REQUIRED")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_unknown_revoked_expired_and_foreign_keys(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    expired = factories.tenant(tools, name="old", expires_at=tools.clock() - timedelta(seconds=1))
    wrong = ["sf_live_" + "0" * 64, "x", expired.keys[Dialect.SHELF], tenant.keys[Dialect.PRINT]]
    wrong.append(tenant.keys[Dialect.STUDIO])
    with tools.database.write() as tx:
        mine = next(key for key in keys.list_keys(tx, tenant.account.id) if key.dialect is Dialect.SHELF)
        keys.revoke_key(tx, tenant.account.id, mine.id, tools.clock())
    wrong.append(tenant.keys[Dialect.SHELF])
    for key in wrong:
        for method, path in (("get", "/api/v1/analyses"), ("post", "/api/v1/analyses")):
            reply = client.open(path, method=method.upper(), headers={"Authorization": f"Bearer {key}"})
            assert (reply.status_code, reply.json["error"]["code"]) == (401, "INVALID_API_KEY"), key


def test_a_suspended_account_is_forbidden(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    with tools.database.write() as tx:
        accounts.suspend(tx, tenant.account.id, tools.clock())
    reply = client.get("/api/v1/analyses", headers=head(tenant))
    assert (reply.status_code, reply.json["error"]["code"]) == (403, "FORBIDDEN")


def test_roles_from_read_over_write_to_admin(client: FlaskClient, tools: Tools) -> None:
    hook = {"url": "https://shop.example.com/x", "events": ["*"]}
    asks: list[tuple[str, str, Any, tuple[str, ...]]] = [
        ("GET", "/api/v1/analyses", None, ("read", "write", "admin")),
        ("GET", "/api/v1/usage", None, ("read", "write", "admin")),
        ("POST", "/api/v1/analyses", ONE, ("write", "admin")),
        ("POST", "/api/v1/analyses/batch", {"images": [ONE]}, ("write", "admin")),
        ("POST", "/api/v1/uploads", {}, ("write", "admin")),
        ("GET", "/api/v1/webhooks", None, ("admin",)),
        ("POST", "/api/v1/webhooks", hook, ("admin",)),
        ("PATCH", "/api/v1/webhooks/wh_x", {}, ("admin",)),
        ("DELETE", "/api/v1/webhooks/wh_x", None, ("admin",)),
        ("POST", "/api/v1/webhooks/wh_x/test", None, ("admin",)),
    ]
    for role in ("read", "write", "admin"):
        customer = factories.tenant(tools, name=role, role=role)
        for method, path, body, allowed in asks:
            reply = client.open(path, method=method, json=body, headers=head(customer))
            assert (reply.status_code == 403) is (role not in allowed), (role, method, path, reply.text)
            rates(reply)
            if reply.status_code == 403:
                assert reply.json["error"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("plan", LIMITS)
def test_the_three_buckets_of_every_plan(client: FlaskClient, tools: Tools, plan: str) -> None:
    customer, (analyses, reads, writes) = factories.tenant(tools, plan=plan, name=plan), LIMITS[plan]
    assert rates(client.get("/api/v1/analyses", headers=head(customer))) == (reads, reads - 1)
    assert rates(client.post("/api/v1/analyses", json=ONE, headers=head(customer))) == (analyses, analyses - 1)
    assert rates(client.post("/api/v1/uploads", json={}, headers=head(customer))) == (writes, writes - 1)
    assert rates(client.get("/api/v1/usage", headers=head(customer))) == (reads, reads - 2)


def test_a_full_bucket_says_when_to_come_back_and_leaves_the_others(client: FlaskClient, tools: Tools) -> None:
    small = factories.tenant(tools, plan="free", name="small")
    replies = [client.post("/api/v1/analyses", json=ONE, headers=head(small)) for _ in range(6)]
    assert [rates(reply) for reply in replies] == [(5, 4), (5, 3), (5, 2), (5, 1), (5, 0), (5, 0)]
    over = replies[-1]
    assert (over.status_code, over.json["error"]["code"]) == (429, "RATE_LIMITED")
    wait = int(over.headers["Retry-After"])
    assert 1 <= wait <= 61
    assert over.json["error"]["details"] == {"retryAfter": wait, "limit": 5, "window": "60s"}
    assert client.get("/api/v1/analyses", headers=head(small)).status_code == 200
    assert factories.available(tools, small) == 10_000 - 5


def test_a_batch_needs_one_place_and_takes_one_for_each_image(client: FlaskClient, tools: Tools) -> None:
    small = factories.tenant(tools, plan="free", name="small")
    reply = client.post("/api/v1/analyses/batch", json={"images": [ONE] * 20}, headers=head(small))
    assert reply.status_code == 202 and rates(reply) == (5, 0)
    assert client.post("/api/v1/analyses", json=ONE, headers=head(small)).status_code == 429


def test_limits_are_counted_for_each_key(client: FlaskClient, tools: Tools) -> None:
    small = factories.tenant(tools, plan="free", name="small")
    client.post("/api/v1/analyses/batch", json={"images": [ONE] * 5}, headers=head(small))
    with tools.database.write() as tx:
        other = keys.create_key(tx, small.account.id, Dialect.SHELF, name="second", now=tools.clock())[1]
    reply = client.post("/api/v1/analyses", json=ONE, headers={"Authorization": f"Bearer {other}"})
    assert reply.status_code == 202 and rates(reply) == (5, 4)


def test_every_error_of_a_known_key_tells_its_limits(client: FlaskClient, tools: Tools) -> None:
    poor = factories.tenant(tools, credits=0, name="poor", plan="growth")
    asks = [
        (client.post("/api/v1/analyses", json={}, headers=head(poor)), 422, 30),
        (client.post("/api/v1/analyses", data=b"{", content_type="application/json", headers=head(poor)), 422, 30),
        (client.post("/api/v1/analyses", data={"a": "b"}, headers=head(poor)), 415, 30),
        (client.post("/api/v1/analyses", json=ONE, headers=head(poor)), 402, 30),
        (client.get("/api/v1/analyses/an_none", headers=head(poor)), 404, 300),
        (client.get("/api/v1/analyses?limit=0", headers=head(poor)), 422, 300),
        (client.post("/api/v1/webhooks", json={}, headers=head(poor)), 422, 80),
    ]
    for reply, status, limit in asks:
        assert (reply.status_code, rates(reply)[0]) == (status, limit)


def test_replies_are_guarded(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.get("/api/v1/analyses", headers=head(tenant))
    assert reply.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in reply.headers["Cache-Control"]
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in reply.headers
