"""The same Idempotency-Key gets the same reply, another request under it is refused, and a refusal gives it back."""

import io
import threading
from datetime import timedelta
from typing import Any

import factories
import pytest
from engine_rig import Clock, SilentDoorbell
from flask import Flask
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.records import batches, ledger

URL = "https://images.example.com/a.png"


def post(client: FlaskClient, tenant: factories.Tenant, key: str, action: str = "wallart", **fields: Any) -> Any:
    body = {"image_urls": [URL], **fields}
    return client.post(f"/v1/batch/{action}", json=body, headers=tenant.headers(**{"Idempotency-Key": key}))


def batches_of(tools: Tools, tenant: factories.Tenant) -> int:
    with tools.database.read() as tx:
        return len(batches.list_batches(tx, tenant.account.id, dialect=None, filters={}, after=None, limit=50))


def test_a_repeat_gets_the_same_bytes_and_makes_nothing(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell
) -> None:
    first = post(client, tenant, "order-1")
    left = factories.available(tools, tenant)
    again = post(client, tenant, '"order-1"')
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotency-Expires"] == first.headers["Idempotency-Expires"]
    assert batches_of(tools, tenant) == 1 and factories.available(tools, tenant) == left
    assert len(doorbell.rung) == 1


def test_another_request_under_the_key_is_a_conflict(client: FlaskClient, tenant: factories.Tenant) -> None:
    post(client, tenant, "order-1")
    other = post(client, tenant, "order-1", title="Another")
    assert other.status_code == 409 and other.json["error"]["code"] == "idempotency_conflict"


def test_the_key_belongs_to_the_account_and_the_operation(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    ids = {post(client, tenant, "k").json["batch_id"], post(client, stranger, "k").json["batch_id"]}
    ids.add(post(client, tenant, "k", "poster").json["batch_id"])
    assert len(ids) == 3
    made = client.post("/v1/keys", json={"name": "new"}, headers=tenant.headers()).json
    head = {"Authorization": f"Bearer {made['key']}", "Idempotency-Key": "k"}
    rotated = client.post("/v1/batch/wallart", json={"image_urls": [URL]}, headers=head)
    assert rotated.headers["Idempotent-Replayed"] == "true"


def test_a_day_later_it_is_a_new_request(client: FlaskClient, tenant: factories.Tenant, clock: Clock) -> None:
    first = post(client, tenant, "k").json["batch_id"]
    clock.forward(timedelta(hours=23, minutes=59).total_seconds())
    assert post(client, tenant, "k").json["batch_id"] == first
    clock.forward(120)
    assert post(client, tenant, "k").json["batch_id"] != first


def test_a_refusal_is_not_remembered(client: FlaskClient, tools: Tools) -> None:
    poor = factories.tenant(tools, credits=10)
    assert post(client, poor, "k").status_code == 402
    with tools.database.write() as tx:
        ledger.grant(tx, poor.account.id, 500, ref="top-up", actor="tests", reason="", now=tools.clock())
    good = post(client, poor, "k")
    assert good.status_code == 202 and "Idempotent-Replayed" not in good.headers
    assert post(client, poor, "k").json["batch_id"] == good.json["batch_id"]
    invalid = post(client, poor, "k2", "upscale", scale=3)
    assert invalid.status_code == 400 and post(client, poor, "k2", "upscale", scale=2).status_code == 202


def multipart(
    boundary: str, parts: list[tuple[str, str | None, bytes]], header: str = "Content-Disposition"
) -> tuple[bytes, str]:
    out = io.BytesIO()
    for name, filename, data in parts:
        tail = f'; filename="{filename}"' if filename else ""
        out.write(f'--{boundary}\r\n{header}: form-data; name="{name}"{tail}\r\n\r\n'.encode())
        out.write(data + b"\r\n")
    out.write(f"--{boundary}--\r\n".encode())
    return out.getvalue(), f"multipart/form-data; boundary={boundary}"


def test_boundaries_and_the_order_of_fields_do_not_matter_but_that_of_files_does(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any
) -> None:
    one, two = ("images", "1.png", pictures.picture(40, 40, "red")), ("images", "2.png", pictures.picture(40, 40))
    title, label = ("title", None, b"Dunes"), ("client_job_id", None, b"7")

    def send(boundary: str, *parts: tuple[str, str | None, bytes], header: str = "Content-Disposition") -> Any:
        body, kind = multipart(boundary, list(parts), header)
        head = tenant.headers(**{"Idempotency-Key": "files", "Content-Type": kind})
        return client.post("/v1/batch/upscale", data=body, headers=head)

    first = send("aaa", title, label, one, two)
    assert first.status_code == 202, first.text
    assert send("another-boundary", label, one, title, two, header="content-DISPOSITION").data == first.data
    staged = [found.key for found in tools.objects.list("staging/")]
    assert len(staged) == 2  # what a replay uploads again is removed
    assert send("aaa", title, label, two, one).status_code == 409
    assert [found.key for found in tools.objects.list("staging/")] == staged


@pytest.mark.parametrize("value", ["", " ", "x" * 256, "a,b", '""', "schl\u00fcssel"])
def test_what_is_no_key_is_400(client: FlaskClient, tenant: factories.Tenant, value: str) -> None:
    reply = post(client, tenant, value)
    assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == "Idempotency-Key"


def test_two_key_headers_are_400(client: FlaskClient, tenant: factories.Tenant) -> None:
    head = [*tenant.headers().items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "a")]
    reply = client.post("/v1/batch/wallart", json={"image_urls": [URL]}, headers=head)
    assert reply.status_code == 400


def test_many_at_once_make_one_batch(app: Flask, tools: Tools, tenant: factories.Tenant) -> None:
    replies: list[Any] = []
    gate = threading.Barrier(8)

    def go() -> None:
        client = app.test_client()
        gate.wait()
        replies.append(post(client, tenant, "race"))

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert batches_of(tools, tenant) == 1
    assert factories.available(tools, tenant) == 10_000 - 59
    for reply in replies:
        assert reply.status_code in (202, 409), reply.text
        if reply.status_code == 409:
            assert reply.headers["Retry-After"] == "1"
            assert reply.json["error"]["code"] == "idempotency_in_progress"
    assert len({reply.data for reply in replies if reply.status_code == 202}) == 1


def test_secrets_are_not_remembered(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    head = tenant.headers(**{"Idempotency-Key": "hook"})
    body = {"url": "https://shop.example.com/hook"}
    first = client.post("/v1/webhooks", json=body, headers=head)
    again = client.post("/v1/webhooks", json=body, headers=head)
    assert first.json["secret"].startswith("whsec_") and again.json["secret"] is None
    assert {**first.json, "secret": None} == again.json and again.headers["Idempotent-Replayed"] == "true"
    assert len(client.get("/v1/webhooks", headers=tenant.headers()).json["webhooks"]) == 1
    keyed = client.post("/v1/keys", json={"name": "a"}, headers=tenant.headers(**{"Idempotency-Key": "key"}))
    repeat = client.post("/v1/keys", json={"name": "a"}, headers=tenant.headers(**{"Idempotency-Key": "key"}))
    assert keyed.json["key"] and repeat.json["key"] is None and repeat.json["key_id"] == keyed.json["key_id"]


def test_a_label_is_no_idempotency_key(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    for _ in range(2):
        client.post("/v1/batch/upscale", json={"image_urls": [URL], "client_job_id": "same"}, headers=tenant.headers())
    assert batches_of(tools, tenant) == 2


def test_an_abandoned_claim_is_taken_over(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batch_api import submissions

    def die(*_args: Any, **_more: Any) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(submissions, "submit", die)
        patch.setattr("storage.records.idempotency.release", lambda *_: None)
        with pytest.raises(SystemExit):
            post(client, tenant, "k")
    assert post(client, tenant, "k").status_code == 409
    clock.forward(121)
    assert post(client, tenant, "k").status_code == 202
    assert batches_of(tools, tenant) == 1
