"""Photos sent directly to the shelf: a slot, one PUT, and an analysis that names it."""

from urllib.parse import urlsplit

import factories
from engine_rig import Clock
from flask.testing import FlaskClient

from jobs import purge
from jobs.tools import Tools
from storage.records import batches, images, uploads

PHOTO = b"\xff\xd8\xff\xe0" + bytes(200)


def open_slot(client: FlaskClient, headers: dict[str, str], **body: object) -> dict[str, object]:
    answer = client.post("/api/v1/uploads", json={"filename": "aisle 4.jpg", **body}, headers=headers)
    assert answer.status_code == 201, answer.json
    data: dict[str, object] = answer.json["data"]
    return data


def send(client: FlaskClient, slot: dict[str, object], data: bytes) -> int:
    url = urlsplit(str(slot["url"]))
    return client.open(f"{url.path}?{url.query}", method=slot["method"], data=data, headers=slot["headers"]).status_code


def test_a_sent_photo_is_analysed_by_its_slot(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    headers = tenant.headers("shelf")
    slot = open_slot(client, headers, bytes=len(PHOTO), contentType="image/jpeg")
    assert set(slot) == {"id", "method", "url", "headers", "maxBytes", "expiresAt"} and slot["maxBytes"] == len(PHOTO)
    assert send(client, slot, PHOTO) == 201
    given = f"upload:{slot['id']}"
    answer = client.post("/api/v1/analyses/batch", json={"images": [{"imageUrl": given}]}, headers=headers)
    assert answer.status_code == 202, answer.json
    assert answer.json["data"]["analyses"][0]["imageUrl"] == given
    with tools.database.read() as tx:
        source = images.list_images(tx, batches.get_batch(tx, answer.json["batchId"]).id)[0].sources[0]
    assert (source.kind, source.filename, source.bytes) == ("upload", "aisle 4.jpg", len(PHOTO))
    assert source.key is not None


def test_a_slot_that_is_empty_unknown_or_foreign_is_refused_by_its_field(
    client: FlaskClient, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    headers = tenant.headers("shelf")
    empty = open_slot(client, headers)
    foreign = open_slot(client, stranger.headers("shelf"), bytes=len(PHOTO))
    assert send(client, foreign, PHOTO) == 201
    for slot_id in (empty["id"], "upl_nothing", foreign["id"]):
        images_sent = [{"imageUrl": "https://example.com/a.jpg"}, {"imageUrl": f"upload:{slot_id}"}]
        answer = client.post("/api/v1/analyses/batch", json={"images": images_sent}, headers=headers)
        assert answer.status_code == 422
        assert answer.json["error"]["details"]["field"] == "images[1].imageUrl"


def test_a_length_that_is_none_or_too_large_opens_no_slot(client: FlaskClient, tenant: factories.Tenant) -> None:
    headers = tenant.headers("shelf")
    for length, status in ((0, 422), ("many", 422), (1 << 40, 413)):
        answer = client.post("/api/v1/uploads", json={"bytes": length}, headers=headers)
        assert answer.status_code == status and answer.json["error"]["code"] == "VALIDATION_FAILED"


def test_a_body_longer_than_declared_is_refused(client: FlaskClient, tenant: factories.Tenant) -> None:
    slot = open_slot(client, tenant.headers("shelf"), bytes=10)
    assert send(client, slot, PHOTO) == 413


def test_a_repeat_is_known_for_a_day_though_its_slot_lived_an_hour(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    slot = open_slot(client, tenant.headers("shelf"), bytes=len(PHOTO))
    assert send(client, slot, PHOTO) == 201
    body, head = {"imageUrl": f"upload:{slot['id']}"}, tenant.headers("shelf", **{"Idempotency-Key": "visit"})
    first = client.post("/api/v1/analyses", json=body, headers=head)
    for hours in (2, 21):
        clock.forward(hours * 3600)
        purge.collect_staging(tools)
        again = client.post("/api/v1/analyses", json=body, headers=head)
        assert (again.status_code, again.data) == (202, first.data)
    clock.forward(4 * 3600)
    purge.collect_staging(tools)
    with tools.database.read() as tx:
        assert uploads.stale(tx, tools.clock()) == []
