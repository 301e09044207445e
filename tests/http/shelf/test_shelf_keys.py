"""Safe retries of the shelf: the header replays for a day and costs nothing, and images have keys of their own."""

import threading
from datetime import timedelta
from typing import Any

import factories
import pytest
from engine_rig import Clock, SilentDoorbell
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from jobs.tools import Tools
from storage.model import Dialect
from storage.records import idempotency as records
from storage.records.border_tables import idempotency_keys
from storage.records.ledger import grant

URL = "https://photos.example.com/shelf.jpg"
REPLAYED, MISMATCH = "X-Idempotent-Replayed", "X-Idempotent-Body-Mismatch"


def post(client: FlaskClient, tenant: factories.Tenant, key: str, url: str = URL, **fields: Any) -> Any:
    headers = tenant.headers(Dialect.SHELF, **{"Idempotency-Key": key})
    return client.post("/api/v1/analyses", json={"imageUrl": url, **fields}, headers=headers)


def batch(client: FlaskClient, tenant: factories.Tenant, *keys: str | None, **more: str) -> Any:
    images = [
        {"imageUrl": f"{URL}?{place}", **({"idempotencyKey": key} if key else {})} for place, key in enumerate(keys)
    ]
    return client.post("/api/v1/analyses/batch", json={"images": images}, headers=tenant.headers(Dialect.SHELF, **more))


def ids(reply: Any) -> list[str]:
    assert reply.status_code == 202, reply.text
    return [each["id"] for each in reply.json["data"]["analyses"]]


def listed(client: FlaskClient, tenant: factories.Tenant) -> list[str]:
    reply = client.get("/api/v1/analyses", query_string={"limit": 100}, headers=tenant.headers(Dialect.SHELF))
    return [each["id"] for each in reply.json["data"]]


def test_a_repeat_is_the_same_bytes_for_a_day(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock, doorbell: SilentDoorbell
) -> None:
    first = post(client, tenant, "visit-1", callbackUrl="https://shop.example.com/x")
    assert REPLAYED not in first.headers
    clock.forward(timedelta(hours=23, minutes=59).total_seconds())
    again = post(client, tenant, "visit-1", callbackUrl="https://shop.example.com/x")
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers[REPLAYED] == "true" and MISMATCH not in again.headers
    assert factories.available(tools, tenant) == 9_999 and len(doorbell.rung) == 1
    clock.forward(120)
    assert post(client, tenant, "visit-1").json["data"]["id"] != first.json["data"]["id"]


def test_secrets_are_replayed_and_not_kept_in_the_clear(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    body = {"images": [{"imageUrl": URL}, {"imageUrl": URL}], "callbackUrl": "https://shop.example.com/x"}
    headers = tenant.headers(Dialect.SHELF, **{"Idempotency-Key": "k"})
    first, again = (client.post("/api/v1/analyses/batch", json=body, headers=headers) for _ in range(2))
    assert again.data == first.data and again.headers[REPLAYED] == "true"
    secrets = {each["callbackSecret"] for each in first.json["analyses"]}
    assert len(secrets) == 2 and all(secret.startswith("whsec_") for secret in secrets)
    assert first.json["analyses"] == first.json["data"]["analyses"]
    with tools.database.read() as tx:
        (kept,) = tx.scalars(select(idempotency_keys.c.body))
    assert b"whsec_" not in kept and b'"callbackSecret":null' in kept


def test_another_body_gets_the_first_reply_with_a_warning(client: FlaskClient, tenant: factories.Tenant) -> None:
    first = post(client, tenant, "k")
    other = post(client, tenant, "k", url=URL + "?other")
    assert other.data == first.data
    assert (other.headers[REPLAYED], other.headers[MISMATCH]) == ("true", "true")


def test_the_key_belongs_to_the_organisation_and_the_operation(
    client: FlaskClient, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    mine, theirs = post(client, tenant, "k"), post(client, stranger, "k")
    of_batch = batch(client, tenant, None, **{"Idempotency-Key": "k"})
    assert len({mine.json["data"]["id"], theirs.json["data"]["id"], *ids(of_batch)}) == 3


def test_a_refusal_is_not_remembered(client: FlaskClient, tools: Tools) -> None:
    poor = factories.tenant(tools, credits=0, name="poor")
    assert post(client, poor, "k").status_code == 402
    with tools.database.write() as tx:
        grant(tx, poor.account.id, 5, ref="more", actor="tests", reason="", now=tools.clock())
    assert post(client, poor, "k", url="nonsense").status_code == 422
    good = post(client, poor, "k")
    assert good.status_code == 202 and REPLAYED not in good.headers


@pytest.mark.parametrize("key", ["Store 7, Berlin, 2026-03-01", "x" * 255, "~!@#$%^&*()"])
def test_any_printable_text_is_a_key(client: FlaskClient, tenant: factories.Tenant, key: str) -> None:
    first, again = post(client, tenant, key), post(client, tenant, key)
    assert first.status_code == 202 and again.data == first.data and again.headers[REPLAYED] == "true"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "schl\u00fcssel"])
def test_what_is_no_key_is_422(client: FlaskClient, tenant: factories.Tenant, key: str) -> None:
    reply = post(client, tenant, key)
    assert reply.status_code == 422 and reply.json["error"]["details"]["field"] == "Idempotency-Key"


def test_a_replay_takes_no_place_of_the_rate_limit(client: FlaskClient, tools: Tools) -> None:
    small = factories.tenant(tools, plan="free", name="small")
    first = post(client, small, "k")
    for _ in range(6):
        again = post(client, small, "k")
        assert again.status_code == 202 and again.headers["X-RateLimit-Remaining"] == "4"
    assert first.headers["X-RateLimit-Remaining"] == "4"


def race(app: Flask, number: int, send: Any) -> list[Any]:
    replies: list[Any] = []
    gate = threading.Barrier(number)

    def go() -> None:
        client = app.test_client()
        gate.wait()
        replies.append(send(client))

    threads = [threading.Thread(target=go) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def test_twins_wait_for_the_first_and_get_its_reply(app: Flask, tools: Tools, tenant: factories.Tenant) -> None:
    replies = race(app, 6, lambda client: post(client, tenant, "race"))
    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.data for reply in replies}) == 1
    assert sum(REPLAYED in reply.headers for reply in replies) == 5
    assert factories.available(tools, tenant) == 9_999


def test_a_known_image_is_answered_in_its_place_and_not_paid_again(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    first = batch(client, tenant, "a", None, "b")
    made = ids(first)
    second = batch(client, tenant, "new", "b", None, "a")
    shown = ids(second)
    assert (shown[1], shown[3]) == (made[2], made[0]) and not {shown[0], shown[2]} & set(made)
    assert second.json["data"]["creditsConsumed"] == 2
    assert second.json["batchId"] != first.json["batchId"]
    assert [each["imageUrl"][-2:] for each in second.json["analyses"]] == ["?0", "?2", "?2", "?0"]
    assert factories.available(tools, tenant) == 10_000 - 5
    assert len(listed(client, tenant)) == 5


def test_the_same_key_twice_in_a_request_is_one_analysis(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    reply = batch(client, tenant, "twin", None, "twin")
    shown = ids(reply)
    assert shown[0] == shown[2] != shown[1] and reply.json["data"]["creditsConsumed"] == 2
    assert factories.available(tools, tenant) == 9_998 and len(listed(client, tenant)) == 2


def test_when_all_are_known_there_is_no_new_batch(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell
) -> None:
    first = batch(client, tenant, "a", "b")
    factories.finish_image(tools, ids(first)[0])
    again = batch(client, tenant, "a", "b", **{"Idempotency-Key": "whole"})
    assert ids(again) == ids(first)
    assert (again.json["data"]["creditsConsumed"], again.json["batchId"]) == (0, first.json["batchId"])
    assert again.json["status"] == again.json["data"]["status"] == "partial"
    assert [each["status"] for each in again.json["analyses"]] == ["completed", "processing"]
    third = batch(client, tenant, "c")
    mixed = batch(client, tenant, "c", "a")
    assert ids(mixed) == [ids(third)[0], ids(first)[0]] and mixed.json["batchId"] is None
    assert factories.available(tools, tenant) == 9_997 and len(doorbell.rung) == 2
    replay = batch(client, tenant, "a", "b", **{"Idempotency-Key": "whole"})
    assert replay.data == again.data and replay.headers[REPLAYED] == "true"


def test_keys_of_images_end_after_a_day_and_with_a_refusal(client: FlaskClient, tools: Tools, clock: Clock) -> None:
    poor = factories.tenant(tools, credits=2, name="poor")
    assert batch(client, poor, "a", "b", "c").status_code == 402
    made = ids(batch(client, poor, "a", "b"))
    factories.a_day_later(clock)
    with tools.database.write() as tx:
        grant(tx, poor.account.id, 5, ref="more", actor="tests", reason="", now=tools.clock())
    assert not set(ids(batch(client, poor, "a", "b"))) & set(made)


def test_keys_of_images_belong_to_the_organisation(
    client: FlaskClient, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    assert ids(batch(client, tenant, "a")) != ids(batch(client, stranger, "a"))


def test_rivals_with_the_same_images_make_each_once(app: Flask, tools: Tools, tenant: factories.Tenant) -> None:
    orders = [("a", "b", "c"), ("c", "a", "b"), ("b", "c", "d"), ("d", "a", "c")]
    turns = iter(orders)
    lock = threading.Lock()

    def send(client: FlaskClient) -> Any:
        with lock:
            keys = next(turns)
        return keys, batch(client, tenant, *keys)

    replies = race(app, len(orders), send)
    by_key: dict[str, set[str]] = {}
    for keys, reply in replies:
        for key, made in zip(keys, ids(reply), strict=True):
            by_key.setdefault(key, set()).add(made)
    assert {key: len(made) for key, made in by_key.items()} == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert factories.available(tools, tenant) == 10_000 - 4


def test_a_key_in_flight_is_waited_for_and_then_refused(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batch_api.shelf.image_keys.time.sleep", lambda _s: None)
    ticks = iter(range(0, 10_000, 20))
    monkeypatch.setattr("batch_api.shelf.image_keys.time.monotonic", lambda: next(ticks))
    with tools.database.write() as tx:
        records.claim(tx, tenant.account.id, "shelf:image", "busy", "", now=tools.clock())
    reply = batch(client, tenant, "free", "busy")
    assert reply.status_code == 422 and reply.headers["Retry-After"] == "1"
    assert batch(client, tenant, "free").status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 256, 7, "line\nbreak"])
def test_a_faulty_key_of_an_image_is_named(client: FlaskClient, tenant: factories.Tenant, key: Any) -> None:
    body = {"images": [{"imageUrl": URL}, {"imageUrl": URL, "idempotencyKey": key}]}
    reply = client.post("/api/v1/analyses/batch", json=body, headers=tenant.headers(Dialect.SHELF))
    assert reply.status_code == 422
    assert reply.json["error"]["details"]["field"] == "images[1].idempotencyKey"
