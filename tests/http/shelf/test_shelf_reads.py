"""Reading from the shelf: states of analyses and batches, lists with filters and cursor, usage that adds up."""

import re
from datetime import timedelta
from typing import Any

import factories
import pytest
from engine_rig import Clock
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect

URL = "https://photos.example.com/shelf.jpg"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def submit(client: FlaskClient, tenant: factories.Tenant, *images: dict[str, Any]) -> Any:
    body = {"images": [{"imageUrl": URL, **image} for image in images]}
    reply = client.post("/api/v1/analyses/batch", json=body, headers=tenant.headers(Dialect.SHELF))
    assert reply.status_code == 202, reply.text
    return reply.json


def get(client: FlaskClient, tenant: factories.Tenant, path: str, **query: Any) -> Any:
    return client.get(f"/api/v1{path}", query_string=query, headers=tenant.headers(Dialect.SHELF))


def test_an_analysis_from_processing_to_its_end(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    labels = {"externalId": "e", "metadata": {"aisle": "4"}, "placeId": "pl_1", "taskId": "tsk_1"}
    good, bad = (each["id"] for each in submit(client, tenant, labels, {})["analyses"])
    waiting = get(client, tenant, f"/analyses/{good}").json
    assert set(waiting) == {"data"}
    counts = {"totalRuns": 1, "completedRuns": 0, "failedRuns": 0, "products": [], "productCount": 0}
    assert counts.items() <= waiting["data"].items() and waiting["data"]["completedAt"] is None
    assert waiting["data"]["status"] == "processing" and labels.items() <= waiting["data"].items()
    clock.forward(12)
    factories.finish_image(tools, good)
    factories.fail_image(tools, bad)
    done, failed = (get(client, tenant, f"/analyses/{each}").json["data"] for each in (good, bad))
    assert (done["status"], done["completedRuns"], done["failedRuns"]) == ("completed", 1, 0)
    assert MOMENT.fullmatch(done["completedAt"]) and done["completedAt"] > done["createdAt"]
    assert "error" not in done and done["imageUrl"] == URL
    assert (failed["status"], failed["completedRuns"], failed["failedRuns"]) == ("failed", 0, 1)
    assert (failed["error"], failed["errorCode"]) == ("It is damaged.", "corrupt_image")


def test_a_batch_goes_from_processing_over_partial_to_completed(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    made = submit(client, tenant, {}, {}, {})
    ids, path = [each["id"] for each in made["analyses"]], f"/analyses/batch/{made['batchId']}"

    def seen() -> tuple[str, int, int, int]:
        body = get(client, tenant, path).json
        assert set(body) == {"data", "batchId", "status", "analyses"}
        data = body["data"]
        assert [each["id"] for each in data["analyses"]] == ids and data["analyses"] == body["analyses"]
        assert body["status"] == data["status"] and body["batchId"] == data["batchId"] and data["total"] == 3
        return data["status"], data["processing"], data["completed"], data["failed"]

    assert seen() == ("processing", 3, 0, 0)
    factories.fail_image(tools, ids[0])
    assert seen() == ("partial", 2, 0, 1)
    factories.finish_image(tools, ids[1])
    factories.fail_image(tools, ids[2])
    assert seen() == ("completed", 0, 1, 2)


def test_the_list_is_newest_first_and_pages_without_gaps(client: FlaskClient, tenant: factories.Tenant) -> None:
    made = [each["id"] for each in submit(client, tenant, *({} for _ in range(7)))["analyses"]]
    seen: list[str] = []
    cursor: str | None = None
    for page in range(3):
        reply = get(client, tenant, "/analyses", limit=3, **({"cursor": cursor} if cursor else {})).json
        assert set(reply) == {"data", "pagination"} and set(reply["pagination"]) == {"cursor", "hasMore"}
        seen += [each["id"] for each in reply["data"]]
        cursor = reply["pagination"]["cursor"]
        assert reply["pagination"]["hasMore"] is (page < 2) and (cursor is None) is (page == 2)
    assert seen == sorted(made, reverse=True)
    item = get(client, tenant, "/analyses", limit=1).json["data"][0]
    assert {"id", "status", "totalRuns", "completedRuns", "failedRuns", "createdAt", "completedAt"} <= set(item)
    assert not {"products", "productCount", "callbackSecret"} & set(item)


def test_the_default_page_has_fifty(client: FlaskClient, tenant: factories.Tenant) -> None:
    submit(client, tenant, *({} for _ in range(60)))
    assert len(get(client, tenant, "/analyses").json["data"]) == 50
    assert len(get(client, tenant, "/analyses", limit=100).json["data"]) == 60


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(({"limit": limit}, "limit") for limit in ("0", "101", "-1", "x", "1.5", "", "٣", "9" * 5000)),
        ({"cursor": "nowhere"}, "cursor"),
        ({"status": "queued"}, "status"),
        ({"from": "yesterday"}, "from"),
        ({"externalId": "x" * 501}, "externalId"),
    ],
)
def test_a_faulty_query_is_named(
    client: FlaskClient, tenant: factories.Tenant, query: dict[str, str], field: str
) -> None:
    reply = get(client, tenant, "/analyses", **query)
    assert reply.status_code == 422, reply.text
    assert reply.json["error"]["code"] == "VALIDATION_FAILED" and reply.json["error"]["details"]["field"] == field


def test_a_cursor_of_somebody_else_is_unknown(
    client: FlaskClient, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    theirs = submit(client, stranger, {})["analyses"][0]["id"]
    assert get(client, tenant, "/analyses", cursor=theirs).status_code == 422


def test_every_filter(client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock) -> None:
    first = submit(client, tenant, {"externalId": "a", "placeId": "p"}, {"taskId": "t", "metadata": {"aisle 4": "x"}})
    one, two = (each["id"] for each in first["analyses"])
    factories.finish_image(tools, one)
    factories.fail_image(tools, two)
    clock.forward(timedelta(days=1).total_seconds())
    three = submit(client, tenant, {"externalId": "b"})["analyses"][0]["id"]
    expected = [
        ({"status": "processing"}, [three]), ({"status": "completed"}, [one]), ({"status": "failed"}, [two]),
        ({"externalId": "a"}, [one]), ({"externalId": "A"}, []), ({"placeId": "p"}, [one]), ({"taskId": "t"}, [two]),
        ({"metadata.aisle 4": "x"}, [two]), ({"metadata.aisle 4": "y"}, []), ({"metadata.q\"": "y"}, []),
        ({"batchId": first["batchId"]}, [two, one]), ({"batchId": "batch_none"}, []),
        ({"from": "2026-03-02"}, [three]), ({"to": "2026-03-02T00:00:00Z"}, [two, one]),
        ({"from": "2026-03-01T13:00:00+01:00", "to": "2026-03-01T12:30:00"}, [two, one]),
        ({"externalId": "a", "status": "failed"}, []),
    ]  # fmt: skip
    for query, ids in expected:
        assert [each["id"] for each in get(client, tenant, "/analyses", **query).json["data"]] == ids, query
    spaced = client.get("/api/v1/analyses?from=2026-03-02T12:00:00+00:00", headers=tenant.headers(Dialect.SHELF))
    assert [each["id"] for each in spaced.json["data"]] == [three]


def test_usage_adds_up_with_what_was_submitted_and_refunded(client: FlaskClient, tools: Tools, clock: Clock) -> None:
    customer = factories.tenant(tools, credits=50, plan="growth", name="Grower")
    reply = get(client, customer, "/usage")
    data = reply.json["data"]
    assert set(data) == {"maxBatchSize", "credits", "plan", "rateLimits"}
    assert data["credits"] == {"remaining": 50, "usedThisPeriod": 0, "plan": 0, "payg": 50}
    assert data["plan"]["tier"] == reply.json["plan"] == "growth" and data["plan"]["billingInterval"] == "monthly"
    assert data["plan"]["periodEnd"] == reply.json["billingCycleEnd"] == "2026-04-01T00:00:00Z"
    assert {name: limit["limit"] for name, limit in data["rateLimits"].items()} == {
        "analyses": 30, "reads": 300, "writes": 80,
    }  # fmt: skip
    assert all(MOMENT.fullmatch(limit["resetAt"]) for limit in data["rateLimits"].values())
    made = submit(client, customer, {}, {}, {})["analyses"]
    factories.finish_image(tools, made[0]["id"])
    factories.fail_image(tools, made[1]["id"], code="unreadable_photo", message="Too dark.")
    body = get(client, customer, "/usage").json
    assert body["data"]["credits"] == {"remaining": 48, "usedThisPeriod": 2, "plan": 0, "payg": 48}
    assert body["totalRemaining"] == body["planCredits"]["remaining"] + body["paygCredits"]["remaining"] == 48
    assert body["data"]["rateLimits"]["analyses"]["remaining"] == 27


@pytest.mark.parametrize("dialect", list(Dialect))
def test_usage_answers_keys_of_every_dialect(client: FlaskClient, tenant: factories.Tenant, dialect: Dialect) -> None:
    for path in ("/api/v1/usage", "/v1/usage"):
        assert client.get(path, headers=tenant.headers(dialect)).json["data"]["maxBatchSize"] == 200
