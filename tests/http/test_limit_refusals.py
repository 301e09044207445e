"""Whoever is refused by a limit reads which one, what came, and which plan would do: every limit of every dialect."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import factories
import pytest
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records.plans import PLANS

URL = "https://images.example.com/a.png"
PNG = b"\x89PNG\r\n\x1a\n"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Case:
    """What a shop on the smallest plan sends, and the sentence that it reads."""

    dialect: Dialect
    path: str
    sent: Callable[[], dict[str, Any]]
    status: int
    told: str


def files(count: int, field: str, size: int = 9) -> Callable[[], dict[str, Any]]:
    return lambda: {
        "data": {
            "action": "bg-remove",
            field: [(io.BytesIO(PNG + b"x" * (size - 8)), f"{n}.png") for n in range(count)],
        }
    }


def json(**body: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"json": body}


PRINT, STUDIO, SHELF = "/v1/batch/upscale", "/api/v1/batch.php", "/api/v1/analyses/batch"
TAIL = "The whole request was refused."
CASES = {
    "print addresses": Case(
        Dialect.PRINT, PRINT, json(image_urls=[URL] * 51), 400,
        f"At most 50 images are accepted in one batch; 51 came. {TAIL}",
    ),
    "print files": Case(
        Dialect.PRINT, PRINT, files(51, "images"), 400,
        f"At most 50 images are accepted in one batch; more came. {TAIL}",
    ),
    "studio addresses": Case(
        Dialect.STUDIO, STUDIO, json(action="bg-remove", image_urls=[URL] * 30), 400,
        f"At most 20 images are accepted in one batch; 30 came. {TAIL} The plan 'growth' allows 50.",
    ),
    "studio files": Case(
        Dialect.STUDIO, STUDIO, files(21, "image_files[]"), 400,
        f"At most 20 images are accepted in one batch; more came. {TAIL} The plan 'growth' allows 50.",
    ),
    "studio, more than any plan": Case(
        Dialect.STUDIO, STUDIO, json(action="bg-remove", image_urls=[URL] * 201), 400,
        f"At most 20 images are accepted in one batch; 201 came. {TAIL}",
    ),
    "studio, of one action": Case(
        Dialect.STUDIO, STUDIO, json(action="group-shot", image_urls=[URL] * 9), 400,
        "This action takes at most 8 images; 9 came.",
    ),
    "shelf": Case(
        Dialect.SHELF, SHELF, json(images=[{"imageUrl": URL}] * 120), 422,
        f"At most 20 images are accepted in one batch; 120 came. {TAIL} The plan 'scale' allows 200.",
    ),
    "a file": Case(
        Dialect.PRINT, PRINT, files(1, "images", (1 << 20) + 1), 413,
        "A file is larger than the limit of 1 MB (1048576 bytes).",
    ),
    "a studio file": Case(
        Dialect.STUDIO, STUDIO, files(1, "image_files[]", (1 << 20) + 1), 413,
        "A file is larger than the limit of 1 MB (1048576 bytes).",
    ),
    "a request": Case(
        Dialect.PRINT, PRINT, files(40, "images", 1 << 20), 413,
        "A request may have 10485760 bytes; this one has 4194",
    ),
    "a field of a form": Case(
        Dialect.PRINT, PRINT, lambda: {"data": {"images": (io.BytesIO(PNG), "a.png"), "title": "x" * 70_000}}, 413,
        "The field 'title' is longer than the limit of 65536 bytes.",
    ),
    "a field of a plain form": Case(
        Dialect.STUDIO, STUDIO, lambda: {"data": b"prompt=" + b"x" * 70_000, "content_type": FORM}, 413,
        "The field 'prompt' is longer than the limit of 65536 bytes.",
    ),
    "fields": Case(
        Dialect.STUDIO, STUDIO, lambda: {"data": b"&".join([b"a=1"] * 1001), "content_type": FORM}, 400,
        "At most 1000 form fields are read.",
    ),
    "an announced upload": Case(
        Dialect.PRINT, "/v1/uploads", json(filename="a.png", bytes=1048577), 413,
        "A file may have 1048576 bytes; 1048577 are announced.",
    ),
    "a shelf upload": Case(
        Dialect.SHELF, "/api/v1/uploads", json(filename="a.png", bytes=1048577), 413,
        "A file may have 1048576 bytes; 1048577 are announced.",
    ),
    "credits": Case(
        Dialect.PRINT, PRINT, json(image_urls=[URL] * 40), 402,
        "This batch costs 80 credits; 60 are available.",
    ),
    "images that wait": Case(
        Dialect.PRINT, PRINT, json(image_urls=[URL] * 30), 429,
        "At most 25 images of one account may wait at a time; 0 wait and 30 came.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_limit_and_what_came_are_named(make_client: Any, name: str) -> None:
    client, tools = make_client(
        max_file_mb=1, max_request_mb=10, print_queue_cap=25 if name == "images that wait" else 99
    )
    shop, case = factories.tenant(tools, credits=60, plan="free"), CASES[name]
    reply = client.post(case.path, headers=shop.headers(case.dialect), **case.sent())
    error = reply.json["error"]
    told = error if isinstance(error, str) else error["message"]
    assert (reply.status_code, told[: len(case.told)]) == (case.status, case.told)
    assert factories.available(tools, shop) == 60 and list(tools.objects.list("staging/")) == []


def test_a_rate_names_its_limit_and_the_next_plan(client: FlaskClient, tools: Tools) -> None:
    told = {}
    for plan in ("free", "scale"):
        shop = factories.tenant(tools, plan=plan, name=plan)
        for _ in range(PLANS[plan].writes_per_minute + 1):
            reply = client.post("/api/v1/uploads", json={}, headers=shop.headers(Dialect.SHELF))
        assert reply.status_code == 429
        told[plan] = reply.json["error"]["message"]
    assert told == {
        "free": "Too many requests: 20 in 60 seconds are allowed, and all were used. The plan 'starter' allows 40.",
        "scale": "Too many requests: 300 in 60 seconds are allowed, and all were used.",
    }


def test_a_body_longer_than_its_slot_is_told_the_declared_length(client: FlaskClient, tenant: factories.Tenant) -> None:
    slot = client.post("/v1/uploads", json={"filename": "a.png", "bytes": 10}, headers=tenant.headers()).json
    reply = client.put(slot["url"].removeprefix("http://localhost"), data=b"x" * 11, headers=slot["headers"])
    assert reply.status_code == 413
    assert reply.json["detail"] == "The body is longer than the 10 bytes declared for this upload."


@pytest.mark.parametrize("plan", PLANS)
def test_the_limits_of_every_plan_are_shown_and_kept(client: FlaskClient, tools: Tools, plan: str) -> None:
    shop = factories.tenant(tools, plan=plan, credits=10_000)
    most = {"free": 20, "starter": 20, "growth": 50, "pro": 100, "scale": 200}[plan]
    assert client.get("/api/v1/usage", headers=shop.headers(Dialect.SHELF)).json["data"]["maxBatchSize"] == most
    for count, status in ((most + 1, 422), (most, 202)):
        body = {"images": [{"imageUrl": URL}] * count}
        assert (
            client.post("/api/v1/analyses/batch", json=body, headers=shop.headers(Dialect.SHELF)).status_code == status
        )
    shown = client.get("/v1/account", headers=shop.headers()).json["limits"]
    assert (shown["max_batch_size"], shown["max_file_bytes"]) == (50, 20 << 20)
