"""Who gets into the print dialect: keys, sessions, roles, rate limits; and keys, webhooks and uploads as things."""

from datetime import timedelta
from typing import Any

import factories
import jwt
import pytest
from engine_rig import Clock
from flask.testing import FlaskClient
from marshmallow import RAISE

from batch_api.print_shop import schemas
from jobs.tools import Tools
from storage.model import Attempt, Dialect
from storage.records import accounts, keys, outbox

URL = "https://images.example.com/a.png"
HOOK = "https://shop.example.com/hook"


def test_a_key_is_taken_as_bearer_and_as_x_api_key(client: FlaskClient, tenant: factories.Tenant) -> None:
    key = tenant.keys[Dialect.PRINT]
    for head in ({"Authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key} "}, {"X-API-Key": key}):
        assert client.get("/v1/credits", headers=head).status_code == 200


def test_a_partner_key_works(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    with tools.database.write() as tx:
        _, key = keys.create_key(tx, tenant.account.id, Dialect.PRINT, name="partner", now=tools.clock(), partner=True)
    assert key.startswith("ptr_")
    assert client.get("/v1/credits", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({}, "missing_credentials"),
        ({"Authorization": "Basic abc"}, "missing_credentials"),
        ({"Authorization": "Bearer "}, "missing_credentials"),
        ({"Authorization": "Bearer pk_unknown"}, "invalid_api_key"),
        ({"Authorization": "Bearer sk_live_" + "x" * 22}, "invalid_api_key"),
        ({"Authorization": "Bearer " + "x" * 9000}, "invalid_api_key"),
        ({"X-API-Key": "pk_unknown"}, "invalid_api_key"),
        ({"Authorization": "Bearer a.b.c"}, "invalid_api_key"),
    ],
)
def test_a_bad_credential_is_401(client: FlaskClient, head: dict[str, str], code: str) -> None:
    reply = client.get("/v1/credits", headers=head)
    assert reply.status_code == 401 and reply.json["error"]["code"] == code
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_keys_in_the_address_are_not_taken(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.get(f"/v1/credits?api_key={tenant.keys[Dialect.PRINT]}")
    assert reply.status_code == 401 and "header only" in reply.json["error"]["message"]


def test_another_dialects_key_is_unknown_here(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.get("/v1/credits", headers=tenant.headers(Dialect.SHELF))
    assert reply.status_code == 401 and reply.json["error"]["code"] == "invalid_api_key"


def test_a_revoked_key_fails_at_once(client: FlaskClient, tenant: factories.Tenant) -> None:
    made = client.post("/v1/keys", json={"name": "short"}, headers=tenant.headers()).json
    head = {"Authorization": f"Bearer {made['key']}"}
    assert client.get("/v1/credits", headers=head).status_code == 200
    assert client.delete(f"/v1/keys/{made['key_id']}", headers=tenant.headers()).status_code == 204
    assert client.get("/v1/credits", headers=head).status_code == 401


def test_an_expired_key_says_so(client: FlaskClient, tenant: factories.Tenant, clock: Clock) -> None:
    until = (clock() + timedelta(hours=1)).isoformat()
    made = client.post("/v1/keys", json={"name": "hour", "expires_at": until}, headers=tenant.headers())
    assert schemas.NewKey(unknown=RAISE).validate(made.json) == {}
    clock.forward(3601)
    reply = client.get("/v1/credits", headers={"Authorization": f"Bearer {made.json['key']}"})
    assert reply.status_code == 401 and reply.json["error"]["code"] == "token_expired"


def session(tenant: factories.Tenant, secret: str = "j" * 40, **claims: Any) -> dict[str, str]:
    token = jwt.encode({"sub": tenant.account.id, "exp": 4_000_000_000, **claims}, secret, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def test_a_session_token_is_an_admin(client: FlaskClient, tenant: factories.Tenant) -> None:
    assert client.get("/v1/keys", headers=session(tenant)).status_code == 200
    expired = client.get("/v1/keys", headers=session(tenant, exp=1))
    assert expired.status_code == 401 and expired.json["error"]["code"] == "token_expired"
    forged = client.get("/v1/keys", headers=session(tenant, "k" * 40))
    assert forged.status_code == 401 and forged.json["error"]["code"] == "invalid_api_key"
    nobody = client.get("/v1/keys", headers=session(tenant, sub="acct_nobody"))
    assert nobody.status_code == 401
    unsigned = jwt.encode({"sub": tenant.account.id, "exp": 4_000_000_000}, None, algorithm="none")
    assert client.get("/v1/keys", headers={"Authorization": f"Bearer {unsigned}"}).status_code == 401


def test_a_suspended_account_is_403(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    with tools.database.write() as tx:
        accounts.suspend(tx, tenant.account.id, tools.clock())
    reply = client.get("/v1/credits", headers=tenant.headers())
    assert reply.status_code == 403 and reply.json["error"]["code"] == "account_suspended"


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("read", ["GET /v1/batch"], ["POST /v1/batch/upscale", "POST /v1/webhooks", "GET /v1/keys"]),
        ("write", ["GET /v1/batch", "POST /v1/batch/upscale"], ["POST /v1/webhooks", "GET /v1/keys", "POST /v1/keys"]),
        ("admin", ["POST /v1/batch/upscale", "GET /v1/keys"], []),
    ],
)
def test_roles(client: FlaskClient, tools: Tools, role: str, allowed: list[str], refused: list[str]) -> None:
    found = factories.tenant(tools, role=role)
    for asked in (*allowed, *refused):
        method, path = asked.split()
        body = {"image_urls": [URL]} if method == "POST" else None
        reply = client.open(path, method=method, json=body, headers=found.headers())
        assert (reply.status_code == 403) == (asked in refused), (asked, reply.text)


def test_the_twenty_first_submission_of_a_minute_is_429(client: FlaskClient, tenant: factories.Tenant) -> None:
    for _ in range(20):
        reply = client.post("/v1/batch/upscale", json={"image_urls": [URL]}, headers=tenant.headers())
        assert reply.status_code == 202
    assert (reply.headers["X-RateLimit-Limit"], reply.headers["X-RateLimit-Remaining"]) == ("20", "0")
    over = client.post("/v1/batch/poster", json={"image_urls": [URL]}, headers=tenant.headers())
    assert over.status_code == 429 and over.json["error"]["code"] == "rate_limited"
    assert 1 <= int(over.headers["Retry-After"]) <= 60
    assert over.headers["X-RateLimit-Limit"] == "20" and int(over.headers["X-RateLimit-Reset"]) > 1_000_000_000
    assert client.get("/v1/credits", headers=tenant.headers()).status_code == 200


def test_the_hundred_and_first_request_of_a_minute_is_429_for_the_whole_account(
    client: FlaskClient, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    for number in range(100):
        reply = client.get("/v1/credits", headers=tenant.headers())
        assert reply.status_code == 200
        assert int(reply.headers["X-RateLimit-Remaining"]) == 99 - number
    other = client.get("/v1/credits", headers=session(tenant))
    assert other.status_code == 429 and "Retry-After" in other.headers
    assert client.get("/v1/credits", headers=stranger.headers()).status_code == 200


def test_twenty_failures_of_an_address_close_the_door(client: FlaskClient, tenant: factories.Tenant) -> None:
    for _ in range(20):
        assert client.get("/v1/credits", headers={"X-API-Key": "pk_guess"}).status_code == 401
    reply = client.get("/v1/credits", headers=tenant.headers())
    assert reply.status_code == 429 and "Retry-After" in reply.headers


def test_keys_are_listed_without_themselves(client: FlaskClient, tenant: factories.Tenant) -> None:
    made = client.post("/v1/keys", json={"name": "ci", "role": "read"}, headers=tenant.headers()).json
    listed = client.get("/v1/keys", headers=tenant.headers())
    assert schemas.KeyList(unknown=RAISE).validate(listed.json) == {}
    assert made["key"] not in listed.text and made["key_id"] in listed.text
    bad = client.post("/v1/keys", json={"role": "owner"}, headers=tenant.headers())
    assert bad.status_code == 400 and bad.json["error"]["details"][0]["field"] == "role"


def test_a_webhook_through_its_life(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    made = client.post("/v1/webhooks", json={"url": HOOK, "description": "mine"}, headers=tenant.headers())
    assert made.status_code == 201 and schemas.NewWebhook(unknown=RAISE).validate(made.json) == {}
    assert made.json["secret"].startswith("whsec_")
    assert made.json["events"] == ["job.completed", "job.failed", "batch.completed", "batch.failed"]
    path = f"/v1/webhooks/{made.json['webhook_id']}"
    assert made.json["secret"] not in client.get("/v1/webhooks", headers=tenant.headers()).text
    changed = client.patch(path, json={"events": ["job.queued"], "status": "disabled"}, headers=tenant.headers())
    assert changed.json["events"] == ["job.queued"] and changed.json["status"] == "disabled"
    client.patch(path, json={"status": "active"}, headers=tenant.headers())

    tested = client.post(f"{path}/test", headers=tenant.headers())
    assert tested.status_code == 202
    with tools.database.write() as tx:
        due = outbox.claim_due(tx, tools.clock(), limit=5, lease_s=60)
    assert [each.id for each in due] == [tested.json["delivery_id"]] and b'"test":true' in due[0].body
    assert tested.json["delivery_id"].encode() in due[0].body
    assert due[0].secrets == (made.json["secret"],)
    log = client.get(f"{path}/deliveries", headers=tenant.headers()).json
    assert schemas.DeliveryPage(unknown=RAISE).validate(log) == {}
    assert log["deliveries"][0]["state"] == "pending"
    again = client.post(f"{path}/deliveries/{tested.json['delivery_id']}/redeliver", headers=tenant.headers())
    assert again.status_code == 202

    rotated = client.post(f"{path}/rotate", headers=tenant.headers())
    assert rotated.status_code == 200 and rotated.json["secret"] != made.json["secret"]
    twice = client.post(f"{path}/rotate", headers=tenant.headers())
    assert twice.status_code == 409 and twice.json["error"]["code"] == "rotation_in_progress"
    assert client.post(f"{path}/rotate", json={"force": True}, headers=tenant.headers()).status_code == 200
    assert client.delete(path, headers=tenant.headers()).status_code == 204
    assert client.get(path, headers=tenant.headers()).status_code == 404


def test_a_leaked_secret_stops_at_once(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    made = client.post("/v1/webhooks", json={"url": HOOK}, headers=tenant.headers()).json
    path = f"/v1/webhooks/{made['webhook_id']}"
    fresh = client.post(f"{path}/rotate", json={"grace_seconds": 0}, headers=tenant.headers()).json["secret"]
    client.post(f"{path}/test", headers=tenant.headers())
    with tools.database.write() as tx:
        (due,) = outbox.claim_due(tx, tools.clock(), limit=5, lease_s=60)
    assert due.secrets == (fresh,)
    for wrong in (-1, 86401, "soon", True, 1.5, []):
        reply = client.post(f"{path}/rotate", json={"grace_seconds": wrong}, headers=tenant.headers())
        assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == "grace_seconds", wrong


def test_a_replay_sends_what_is_missing_and_nothing_twice(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    path = f"/v1/webhooks/{client.post('/v1/webhooks', json={'url': HOOK}, headers=tenant.headers()).json['id']}"
    ids = [client.post(f"{path}/test", headers=tenant.headers()).json["delivery_id"] for _ in range(2)]
    with tools.database.write() as tx:
        for each in outbox.claim_due(tx, tools.clock(), limit=5, lease_s=60):
            status = 200 if each.id == ids[0] else 500
            tried = Attempt(each.id, 1, tools.clock(), 12, status, None, "said")
            outbox.record_attempt(tx, tried, str(each.token), delivered=status == 200, next_at=None)
    shown = client.get(f"{path}/deliveries", headers=tenant.headers()).json["deliveries"]
    assert {each["id"]: (each["state"], each["attempts"][0]["response"]) for each in shown} == {
        ids[0]: ("delivered", "said"),
        ids[1]: ("failed", "said"),
    }
    for since, count in (("2099-01-01T00:00:00+05:00", 0), ("2020-01-01T00:00:00Z", 1), ("2020-01-01T00:00:00Z", 0)):
        reply = client.post(f"{path}/replay?since={since}", headers=tenant.headers())
        assert reply.status_code == 202 and schemas.Replayed(unknown=RAISE).validate(reply.json) == {}
        assert reply.json["replayed"] == count
    with tools.database.write() as tx:
        assert [each.id for each in outbox.claim_due(tx, tools.clock(), limit=5, lease_s=60)] == [ids[1]]
    for query in ("", "?since=", "?since=soon", "?since=2026-01-01T00:00:00", "?since=0001-01-01T00:00:00%2B14:00"):
        reply = client.post(f"{path}/replay{query}", headers=tenant.headers())
        assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == "since"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "http://shop.example.com/x"}, "url"),
        ({"url": "https://192.168.1.1/x"}, "url"),
        ({"url": HOOK, "events": ["job.exploded"]}, "events"),
        ({"url": HOOK, "description": "x" * 501}, "description"),
    ],
)
def test_a_webhook_is_refused(client: FlaskClient, tenant: factories.Tenant, body: Any, field: str) -> None:
    reply = client.post("/v1/webhooks", json=body, headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == field


def test_a_file_sent_to_a_slot_can_be_ordered(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant, pictures: Any
) -> None:
    data = pictures.picture(700, 700)
    slot = client.post(
        "/v1/uploads", json={"filename": "a/b/dunes.png", "bytes": len(data)}, headers=tenant.headers()
    ).json
    assert schemas.UploadSlot(unknown=RAISE).validate(slot) == {}
    order = {"upload_ids": [slot["upload_id"]]}
    empty = client.post("/v1/batch/upscale", json=order, headers=tenant.headers())
    assert empty.status_code == 400
    path = slot["url"].removeprefix("http://localhost")
    assert client.put(path, data=data + b"x", headers=slot["headers"]).status_code == 413
    sent = client.put(path, data=data, headers=slot["headers"])
    assert sent.status_code == 201 and sent.json["bytes"] == len(data)
    theirs = client.post("/v1/batch/upscale", json=order, headers=stranger.headers())
    assert theirs.status_code == 400 and theirs.json["error"]["details"][0]["issue"] == "unknown"
    good = client.post("/v1/batch/upscale", json=order, headers=tenant.headers())
    assert good.status_code == 202 and good.json["jobs"][0]["filename"] == "dunes.png"
    assert client.put(path, data=data, headers=slot["headers"]).status_code == 409


@pytest.mark.parametrize(("size", "status"), [(0, 400), (-1, 400), ("x", 400), (21 << 20, 413), (20 << 20, 201)])
def test_a_slot_has_the_limit_of_a_file(client: FlaskClient, tenant: factories.Tenant, size: Any, status: int) -> None:
    reply = client.post("/v1/uploads", json={"filename": "a.png", "bytes": size}, headers=tenant.headers())
    assert reply.status_code == status, reply.text
