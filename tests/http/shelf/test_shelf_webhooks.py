"""Registered webhooks of the shelf: the secret is shown once, every change is checked, a test is sent like a real one,
and what is delivered has the documented envelope."""

import json
import re
from typing import Any

import factories
import pytest
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Attempt, Delivery, Dialect
from storage.records import outbox

HOOK = "https://shop.example.com/hook"
URL = "https://photos.example.com/shelf.jpg"


def register(client: FlaskClient, tenant: factories.Tenant, key: str | None = None, **body: Any) -> Any:
    sent = {"url": HOOK, "events": ["analysis.completed"], **body}
    more = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/webhooks", json=sent, headers=tenant.headers(Dialect.SHELF, **more))


def ask(client: FlaskClient, tenant: factories.Tenant, method: str, path: str = "", body: Any = None) -> Any:
    return client.open(f"/api/v1/webhooks{path}", method=method, json=body, headers=tenant.headers(Dialect.SHELF))


def deliveries(tools: Tools, tenant: factories.Tenant) -> list[Delivery]:
    with tools.database.read() as tx:
        return outbox.list_deliveries(tx, tenant.account.id, limit=50)


def test_registering_shows_the_secret_once(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = register(client, tenant, events=["analysis.completed", "analysis.failed"], description="Orders")
    assert reply.status_code == 201 and set(reply.json) == {"data"}
    data = reply.json["data"]
    assert {"id", "url", "events", "secret", "status", "createdAt"} <= set(data)
    assert (data["url"], data["status"], data["description"]) == (HOOK, "active", "Orders")
    assert data["secret"].startswith("whsec_") and data["id"].startswith("wh_")
    one, all_ = ask(client, tenant, "GET", f"/{data['id']}"), ask(client, tenant, "GET")
    assert one.json["data"] == {name: value for name, value in data.items() if name != "secret"}
    assert all_.json == {"data": [one.json["data"]], "pagination": {"cursor": None, "hasMore": False}}


def test_a_repeat_registers_nothing_and_has_no_secret(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    first, again = register(client, tenant, "hook"), register(client, tenant, "hook")
    assert again.status_code == 201 and again.headers["X-Idempotent-Replayed"] == "true"
    assert again.json["data"] == {**first.json["data"], "secret": None}
    assert len(ask(client, tenant, "GET").json["data"]) == 1
    stored = (tools.settings.data_dir / "darkroom.sqlite3").read_bytes()
    assert first.json["data"]["secret"].encode() not in stored
    other = register(client, tenant, "hook", events=["*"])
    assert other.headers["X-Idempotent-Body-Mismatch"] == "true" and other.json == again.json


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": None}, "url"),
        ({"url": "http://shop.example.com/x"}, "url"),
        ({"url": "https://127.0.0.1/x"}, "url"),
        ({"url": 7}, "url"),
        ({"events": None}, "events"),
        ({"events": []}, "events"),
        ({"events": "*"}, "events"),
        ({"events": ["*", "batch.completed"]}, "events[1]"),
        ({"events": [{}]}, "events[0]"),
        ({"description": 7}, "description"),
        ({"description": "x" * 501}, "description"),
        ({"event": ["*"]}, "event"),
    ],
)
def test_a_faulty_field_is_named(
    client: FlaskClient, tenant: factories.Tenant, body: dict[str, Any], field: str
) -> None:
    made = register(client, tenant).json["data"]["id"]
    change = ask(client, tenant, "PATCH", f"/{made}", body)
    for reply in (register(client, tenant, **body), change):
        assert reply.status_code == 422, reply.text
        assert reply.json["error"]["details"]["field"] == field
    assert len(ask(client, tenant, "GET").json["data"]) == 1


@pytest.mark.parametrize("data", [b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_object(client: FlaskClient, tenant: factories.Tenant, data: bytes) -> None:
    reply = client.post(
        "/api/v1/webhooks", data=data, content_type="application/json", headers=tenant.headers(Dialect.SHELF)
    )
    assert reply.status_code == 422 and reply.json["error"]["code"] == "VALIDATION_FAILED"


def test_a_small_request_has_a_bound(client: FlaskClient, tenant: factories.Tenant) -> None:
    assert register(client, tenant, description="x" * 100_000).status_code == 413


def test_changing_and_deleting(client: FlaskClient, tenant: factories.Tenant) -> None:
    path = f"/{register(client, tenant).json['data']['id']}"
    changes = {"events": ["*"], "url": HOOK + "/2", "description": "n", "status": "disabled"}
    reply = ask(client, tenant, "PATCH", path, changes)
    assert reply.status_code == 200 and changes.items() <= reply.json["data"].items()
    assert "secret" not in reply.json["data"]
    assert ask(client, tenant, "PATCH", path, {"status": "asleep"}).json["error"]["details"]["field"] == "status"
    assert ask(client, tenant, "PATCH", path, {}).json["data"]["events"] == ["*"]
    gone = ask(client, tenant, "DELETE", path)
    assert (gone.status_code, gone.data) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        assert ask(client, tenant, method, path, {}).status_code == 404
    assert ask(client, tenant, "POST", path + "/test").status_code == 404


def test_the_event_of_an_analysis(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    from jobs import settling

    hook = register(client, tenant, events=["*"]).json["data"]["id"]
    labels = {"externalId": "e", "metadata": {"a": "b"}, "placeId": "p", "taskId": "t"}
    body = {"images": [{"imageUrl": URL, **labels}], "callbackUrl": HOOK + "/once"}
    made = client.post("/api/v1/analyses/batch", json=body, headers=tenant.headers(Dialect.SHELF)).json
    image = factories.fail_image(tools, made["analyses"][0]["id"])
    with tools.database.write() as tx:
        from storage.records.batches import get_batch

        settling.tell_image(tools, tx, "image.failed", get_batch(tx, made["batchId"]), image)
    sent = {each.endpoint_id: each for each in deliveries(tools, tenant)}
    assert set(sent) == {hook, None}
    for endpoint_id, each in sent.items():
        envelope = json.loads(each.body)
        assert list(envelope) == ["event", "data", "timestamp", "webhookId", "sequence"]
        assert envelope["sequence"] == 1 and envelope["timestamp"].endswith("Z")
        assert envelope["event"] == each.event == "analysis.failed"
        assert envelope["webhookId"] == (endpoint_id or f"cb_{image.id}")
        data = envelope["data"]
        assert (data["generationId"], data["status"], data["error"]) == (image.id, "failed", "It is damaged.")
        assert labels.items() <= data.items() and "id" not in data and data["createdAt"].endswith("Z")
    assert sent[None].url == HOOK + "/once" and sent[None].secrets == (made["analyses"][0]["callbackSecret"],)


def test_a_test_event_is_queued_like_a_real_one(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    hook = register(client, tenant).json["data"]["id"]
    reply = ask(client, tenant, "POST", f"/{hook}/test")
    assert reply.status_code == 202
    (sent,) = deliveries(tools, tenant)
    assert sent.id == reply.json["data"]["deliveryId"] and re.match(r"evt_", sent.id)
    body = json.loads(sent.body)
    assert body["data"]["metadata"] == {"test": "true"} and sent.endpoint_id == hook
    assert list(body)[-1] == "sequence" and body["sequence"] == 0


def test_the_log_of_deliveries_pages_and_tells_attempts(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    hook = register(client, tenant).json["data"]["id"]
    ids = sorted(ask(client, tenant, "POST", f"/{hook}/test").json["data"]["deliveryId"] for _ in range(3))
    first = ask(client, tenant, "GET", f"/{hook}/deliveries?limit=2").json
    assert [each["id"] for each in first["data"]] == ids[:0:-1] and first["pagination"]["hasMore"] is True
    rest = ask(client, tenant, "GET", f"/{hook}/deliveries?cursor={first['pagination']['cursor']}").json
    assert [each["id"] for each in rest["data"]] == ids[:1]
    assert rest["pagination"] == {"cursor": None, "hasMore": False}
    assert rest["data"][0]["nextAttemptAt"] == rest["data"][0]["createdAt"]
    assert rest["data"][0] | {"createdAt": "", "nextAttemptAt": ""} == {
        "id": ids[0], "event": "analysis.completed", "url": HOOK, "status": "pending", "createdAt": "",
        "nextAttemptAt": "", "attempts": [],
    }  # fmt: skip
    assert ask(client, tenant, "GET", f"/{hook}/deliveries?cursor=evt_none").status_code == 422


def test_print_and_shelf_receivers_are_kept_apart(client: FlaskClient, tenant: factories.Tenant) -> None:
    printed = client.post("/v1/webhooks", json={"url": HOOK}, headers=tenant.headers(Dialect.PRINT)).json
    assert ask(client, tenant, "GET").json["data"] == []
    asked = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries"), ("POST", "/rotate")]
    for method, tail in (*asked, ("POST", "/replay"), ("POST", "/deliveries/evt_1/redeliver")):
        assert ask(client, tenant, method, f"/{printed['id']}{tail}", {}).status_code == 404


def attempt(tools: Tools, *, status: int, answer: str) -> list[str]:
    """Note the same outcome for all that is due; their ids. Anything but 200 failed for good."""
    with tools.database.write() as tx:
        due = outbox.claim_due(tx, tools.clock(), limit=9, lease_s=60)
        for each in due:
            made = Attempt(each.id, 1, tools.clock(), 84, status, None if status == 200 else "http", answer)
            assert outbox.record_attempt(tx, made, str(each.token), delivered=status == 200, next_at=None)
    return [each.id for each in due]


def test_an_attempt_shows_what_the_receiver_answered(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    hook = register(client, tenant).json["data"]["id"]
    ask(client, tenant, "POST", f"/{hook}/test")
    attempt(tools, status=500, answer="out of paper")
    (logged,) = ask(client, tenant, "GET", f"/{hook}/deliveries").json["data"]
    assert (logged["status"], logged["nextAttemptAt"]) == ("failed", None)
    (tried,) = logged["attempts"]
    assert (tried["httpStatus"], tried["error"], tried["response"]) == (500, "http", "out of paper")


def test_a_delivery_is_sent_again_as_it_was(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    hook, other = (register(client, tenant).json["data"]["id"] for _ in range(2))
    sent = ask(client, tenant, "POST", f"/{hook}/test").json["data"]["deliveryId"]
    (before,) = deliveries(tools, tenant)
    assert attempt(tools, status=200, answer="ok") == [sent]
    assert ask(client, tenant, "POST", f"/{other}/deliveries/{sent}/redeliver").status_code == 404
    for _ in range(2):
        reply = ask(client, tenant, "POST", f"/{hook}/deliveries/{sent}/redeliver")
        assert (reply.status_code, reply.json) == (202, {"data": {"deliveryId": sent}})
    (after,) = deliveries(tools, tenant)
    assert (after.id, after.body, after.state) == (before.id, before.body, "pending")


def test_a_replay_sends_what_is_missing_and_nothing_twice(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    hook = register(client, tenant).json["data"]["id"]
    delivered = ask(client, tenant, "POST", f"/{hook}/test").json["data"]["deliveryId"]
    assert attempt(tools, status=200, answer="ok") == [delivered]
    failed = ask(client, tenant, "POST", f"/{hook}/test").json["data"]["deliveryId"]
    assert attempt(tools, status=500, answer="") == [failed]
    past, future = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    for since, count in ((future, 0), (past, 1), (past, 0)):
        reply = ask(client, tenant, "POST", f"/{hook}/replay?since={since}")
        assert (reply.status_code, reply.json) == (202, {"data": {"since": since, "replayed": count}})
    assert attempt(tools, status=200, answer="ok") == [failed]
    assert ask(client, tenant, "POST", f"/{hook}/replay?since={past}").json["data"]["replayed"] == 0
    for query in ("", "?since=", "?since=soon", "?since=9999-12-31T23:59:59-14:00"):
        refused = ask(client, tenant, "POST", f"/{hook}/replay{query}")
        assert refused.status_code == 422 and refused.json["error"]["details"]["field"] == "since"


def test_a_secret_is_rotated_once_a_day_unless_forced(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    made = register(client, tenant).json["data"]
    path = f"/{made['id']}/rotate"
    first = ask(client, tenant, "POST", path)
    assert first.status_code == 200 and first.json["data"]["secret"] != made["secret"]
    assert first.json["data"] | {"secret": made["secret"]} == made
    ask(client, tenant, "POST", f"/{made['id']}/test")
    with tools.database.write() as tx:
        (due,) = outbox.claim_due(tx, tools.clock(), limit=9, lease_s=60)
    assert due.secrets == (first.json["data"]["secret"], made["secret"])
    second = ask(client, tenant, "POST", path)
    assert second.status_code == 409 and int(second.headers["Retry-After"]) > 86000
    assert second.json["error"]["code"] == "VALIDATION_FAILED"
    assert second.json["error"]["details"]["reason"] == "rotation_in_progress"
    forced = ask(client, tenant, "POST", path, {"force": True, "graceSeconds": 0})
    assert forced.status_code == 200
    assert ask(client, tenant, "POST", path).status_code == 200  # a leak leaves no grace time to wait for
    for body in ({"force": "yes"}, {"graceSeconds": 86401}, {"graceSeconds": -1}, {"graceSeconds": True}, {"x": 1}):
        refused = ask(client, tenant, "POST", path, body)
        assert refused.status_code == 422 and refused.json["error"]["details"]["field"] == next(iter(body))
