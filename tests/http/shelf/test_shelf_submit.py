"""Submitting to the shelf: reply shapes of both documents, limits of every field, credits, HTTP codes."""

import re
from typing import Any

import factories
import pytest
from engine_rig import SilentDoorbell
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records.images import get_image
from storage.records.ledger import grant

URL = "https://photos.example.com/shelf.jpg"
CALLBACK = "https://shop.example.com/done"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def head(tenant: factories.Tenant, **more: str) -> dict[str, str]:
    return tenant.headers(Dialect.SHELF, **more)


def one(client: FlaskClient, tenant: factories.Tenant, **fields: Any) -> Any:
    return client.post("/api/v1/analyses", json={"imageUrl": URL, **fields}, headers=head(tenant))


def many(client: FlaskClient, tenant: factories.Tenant, images: Any, **fields: Any) -> Any:
    return client.post("/api/v1/analyses/batch", json={"images": images, **fields}, headers=head(tenant))


def test_one_image_with_everything(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    labels = {"externalId": "store-7", "metadata": {"aisle": "4"}, "placeId": "pl_1", "taskId": "tsk_1"}
    reply = one(client, tenant, callbackUrl=CALLBACK, **labels)
    assert reply.status_code == 202 and reply.content_type == "application/json"
    data = reply.json["data"]
    assert set(reply.json) == {"data"}
    assert re.fullmatch(r"an_[0-9a-z]+", data["id"]) and data["status"] == "processing"
    assert MOMENT.fullmatch(data["createdAt"]) and data["imageUrl"] == URL
    assert {name: data[name] for name in labels} == labels
    assert re.fullmatch(r"whsec_[0-9a-f]{64}", data["callbackSecret"])
    assert factories.available(tools, tenant) == 9_999


def test_what_was_never_given_is_left_out(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = one(client, tenant, externalId=None, metadata={})
    assert set(reply.json["data"]) == {"id", "status", "imageUrl", "createdAt", "metadata"}
    assert reply.json["data"]["metadata"] == {}


def test_a_batch_answers_in_both_shapes_and_in_order(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell
) -> None:
    images = [{"imageUrl": f"{URL}?{number}", "metadata": {"n": str(number)}} for number in range(12)]
    reply = many(client, tenant, images, callbackUrl=CALLBACK)
    assert reply.status_code == 202
    body, data = reply.json, reply.json["data"]
    assert set(body) == {"data", "batchId", "status", "analyses"}
    assert set(data) == {"batchId", "status", "analyses", "creditsConsumed", "createdAt"}
    assert [body[name] for name in ("batchId", "status", "analyses")] == [
        data[name] for name in ("batchId", "status", "analyses")
    ]
    assert (data["creditsConsumed"], data["status"], data["batchId"][:6]) == (12, "processing", "batch_")
    assert [each["imageUrl"] for each in data["analyses"]] == [image["imageUrl"] for image in images]
    assert [each["metadata"]["n"] for each in data["analyses"]] == [str(number) for number in range(12)]
    assert len({each["callbackSecret"] for each in data["analyses"]}) == 12
    assert factories.available(tools, tenant) == 10_000 - 12
    assert doorbell.rung == [data["batchId"]]


def test_the_alias_makes_the_same(client: FlaskClient, tenant: factories.Tenant) -> None:
    assert client.post("/v1/analyses", json={"imageUrl": URL}, headers=head(tenant)).status_code == 202
    made = client.post("/v1/analyses/batch", json={"images": [{"imageUrl": URL}]}, headers=head(tenant)).json
    assert client.get(f"/v1/analyses/batch/{made['batchId']}", headers=head(tenant)).json["batchId"] == made["batchId"]
    key = head(tenant, **{"Idempotency-Key": "same"})
    first = client.post("/v1/analyses", json={"imageUrl": URL}, headers=key)
    again = client.post("/api/v1/analyses", json={"imageUrl": URL}, headers=key)
    assert again.data == first.data and again.headers["X-Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("image", "field"),
    [
        ({}, "imageUrl"),
        ({"imageUrl": ""}, "imageUrl"),
        ({"imageUrl": 7}, "imageUrl"),
        ({"imageUrl": "shelf.jpg"}, "imageUrl"),
        ({"imageUrl": "ftp://example.com/a.jpg"}, "imageUrl"),
        ({"imageUrl": "https://example.com/" + "a" * 2100}, "imageUrl"),
        ({"imageUrl": URL, "externalId": "x" * 256}, "externalId"),
        ({"imageUrl": URL, "externalId": 9}, "externalId"),
        ({"imageUrl": URL, "placeId": ["pl_1"]}, "placeId"),
        ({"imageUrl": URL, "metadata": "aisle 4"}, "metadata"),
        ({"imageUrl": URL, "metadata": {str(n): "v" for n in range(11)}}, "metadata"),
        ({"imageUrl": URL, "metadata": {"a": "v" * 501}}, "metadata.a"),
        ({"imageUrl": URL, "metadata": {"a": 1}}, "metadata.a"),
        ({"imageUrl": URL, "metadata": {"a": None}}, "metadata.a"),
        ({"imageUrl": URL, "metadata": {"": "v"}}, "metadata"),
    ],
)
def test_a_faulty_field_is_named_alone_and_in_a_batch(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, image: dict[str, Any], field: str
) -> None:
    alone = client.post("/api/v1/analyses", json=image, headers=head(tenant))
    batch = many(client, tenant, [{"imageUrl": URL}, {"imageUrl": URL}, {"imageUrl": URL}, image])
    for reply, path in ((alone, field), (batch, f"images[3].{field}")):
        assert reply.status_code == 422, reply.text
        error = reply.json["error"]
        assert set(reply.json) == {"error"} and error["code"] == "VALIDATION_FAILED" and error["message"]
        assert error["details"]["field"] == path and error["details"]["reason"]
    assert factories.available(tools, tenant) == 10_000
    assert one_listed(client, tenant) == []


def one_listed(client: FlaskClient, tenant: factories.Tenant) -> list[Any]:
    listed: list[Any] = client.get("/api/v1/analyses", headers=head(tenant)).json["data"]
    return listed


def test_a_missing_image_says_required(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/api/v1/analyses", json={}, headers=head(tenant))
    assert reply.json["error"]["details"] == {"field": "imageUrl", "reason": "required"}


def test_the_largest_allowed_metadata(client: FlaskClient, tenant: factories.Tenant) -> None:
    metadata = {f"{n:064d}": "ü" * 500 for n in range(10)}
    assert one(client, tenant, metadata=metadata).json["data"]["metadata"] == metadata


@pytest.mark.parametrize("address", ["http://shop.example.com/x", "https://127.0.0.1/x", "https://localhost/x", 5, ""])
def test_a_callback_must_be_https_and_public(client: FlaskClient, tenant: factories.Tenant, address: Any) -> None:
    for reply in (
        one(client, tenant, callbackUrl=address),
        many(client, tenant, [{"imageUrl": URL}], callbackUrl=address),
    ):
        assert reply.status_code == 422 and reply.json["error"]["details"]["field"] == "callbackUrl"


def test_what_is_not_known_is_ignored_and_said(client: FlaskClient, tenant: factories.Tenant) -> None:
    """Clients in use send more than is documented; a misspelt field is not dropped in silence either."""
    reply = many(client, tenant, [{"imageUrl": URL, "callbackUrl": CALLBACK, "external_id": "7"}])
    assert reply.status_code == 202
    assert reply.json["data"]["warnings"] == [
        "images[0].callbackUrl is not known and was ignored.",
        "images[0].external_id is not known and was ignored.",
    ]
    alone = client.post("/api/v1/analyses", json={"imageUrl": URL, "colour": "red"}, headers=head(tenant))
    assert alone.json["data"]["warnings"] == ["colour is not known and was ignored."]
    plain = client.post("/api/v1/analyses", json={"imageUrl": URL}, headers=head(tenant))
    assert "warnings" not in plain.json["data"]


@pytest.mark.parametrize(
    ("plan", "most"), [("free", 20), ("starter", 20), ("growth", 50), ("pro", 100), ("scale", 200)]
)
def test_a_batch_is_as_large_as_the_plan_allows(client: FlaskClient, tools: Tools, plan: str, most: int) -> None:
    customer = factories.tenant(tools, plan=plan, name=plan)
    usage = client.get("/api/v1/usage", headers=head(customer)).json
    assert usage["data"]["maxBatchSize"] == usage["maxBatchSize"] == most
    too_many = many(client, customer, [{"imageUrl": URL}] * (most + 1))
    assert too_many.status_code == 422 and too_many.json["error"]["details"]["field"] == "images"
    assert str(most) in too_many.json["error"]["message"]
    assert many(client, customer, [{"imageUrl": URL}] * most).json["data"]["creditsConsumed"] == most


@pytest.mark.parametrize("images", [None, [], {}, "x", [URL], [None], [[]]])
def test_what_is_no_list_of_images(client: FlaskClient, tenant: factories.Tenant, images: Any) -> None:
    reply = many(client, tenant, images)
    assert reply.status_code == 422 and reply.json["error"]["details"]["field"] in ("images", "images[0]")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"nul", b'{"imageUrl": NaN}', b"\xff", b'{"imageUrl":"\\u0000"}',
                                  b'{"imageUrl":"https://a.example/\\ud800"}', b"[" * 100_000])  # fmt: skip
def test_what_is_no_json_object(client: FlaskClient, tenant: factories.Tenant, body: bytes) -> None:
    for path in ("/api/v1/analyses", "/api/v1/analyses/batch"):
        reply = client.post(path, data=body, headers=head(tenant), content_type="application/json")
        assert reply.status_code == 422 and reply.json["error"]["code"] == "VALIDATION_FAILED", reply.text


def test_credits_are_all_or_nothing(client: FlaskClient, tools: Tools) -> None:
    poor = factories.tenant(tools, credits=3, plan="scale", name="poor")
    reply = many(client, poor, [{"imageUrl": URL}] * 5)
    assert reply.status_code == 402
    error = reply.json["error"]
    assert error["code"] == "INSUFFICIENT_CREDITS"
    assert (error["details"]["required"], error["details"]["available"]) == (5, 3)
    assert factories.available(tools, poor) == 3 and one_listed(client, poor) == []
    with tools.database.write() as tx:
        grant(tx, poor.account.id, 2, ref="more", actor="tests", reason="", now=tools.clock())
    assert many(client, poor, [{"imageUrl": URL}] * 5).status_code == 202
    assert factories.available(tools, poor) == 0


def test_forms_methods_and_sizes_keep_honest_statuses(client: FlaskClient, tenant: factories.Tenant) -> None:
    form = client.post("/api/v1/analyses", data={"imageUrl": URL}, headers=head(tenant))
    assert (form.status_code, form.json["error"]["code"]) == (415, "VALIDATION_FAILED")
    wrong = client.put("/api/v1/analyses", headers=head(tenant))
    assert (wrong.status_code, wrong.json["error"]["code"]) == (405, "VALIDATION_FAILED")
    assert set(wrong.headers["Allow"].split(", ")) >= {"GET", "POST"}
    large = one(client, tenant, externalId="x" * (9 << 20))
    assert (large.status_code, large.json["error"]["code"]) == (413, "VALIDATION_FAILED")
    nowhere = client.get("/api/v1/nothing", headers=head(tenant))
    assert (nowhere.status_code, nowhere.json["error"]["code"]) == (404, "NOT_FOUND")


def test_what_a_later_version_brings_says_so_and_costs_nothing(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    for path in ("products", "places", "reports/share-of-shelf", "tasks/tsk_1"):
        reply = client.get(f"/api/v1/{path}", headers=head(tenant))
        assert (reply.status_code, reply.json["error"]["code"]) == (503, "INTERNAL_ERROR")
        assert "not available" in reply.json["error"]["message"]
    assert factories.available(tools, tenant) == 10_000


def test_secrets_are_sealed_and_shown_once(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    data = one(client, tenant, callbackUrl=CALLBACK).json["data"]
    assert "whsec_" not in client.get(f"/api/v1/analyses/{data['id']}", headers=head(tenant)).text
    assert "whsec_" not in client.get("/api/v1/analyses", headers=head(tenant)).text
    with tools.database.read() as tx:
        image = get_image(tx, data["id"])
    assert image.callback_secret == data["callbackSecret"]
    status = client.get(f"/api/v1/analyses/batch/{image.batch_id}", headers=head(tenant))
    assert status.status_code == 200 and "whsec_" not in status.text
