"""Webhook addresses of the inside in every spelling, and links that were meddled with: always the documented refusal,
in every dialect, before anything is stored."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import factories
import pytest
from engine_rig import Clock
from flask.testing import FlaskClient
from sqlalchemy import func, select

from jobs.purge import purge_batches
from jobs.tools import Tools
from storage.model import Dialect
from storage.records.tables import batches

sys.path.append(str(Path(__file__).parents[1] / "unit" / "jobs" / "egress"))

from test_urls import _INNER, MALFORMED  # noqa: E402

URL = "https://images.example.com/a.png"
CODES = {Dialect.PRINT: (400, "invalid_request"), Dialect.SHELF: (422, "VALIDATION_FAILED")}
PLACES: dict[str, tuple[Dialect, dict[str, Any], str]] = {
    "/v1/batch/upscale": (Dialect.PRINT, {"image_urls": [URL]}, "webhook_url"),
    "/v1/webhooks": (Dialect.PRINT, {}, "url"),
    "/api/v1/batch.php": (Dialect.STUDIO, {"action": "bg-remove", "image_urls": [URL]}, "webhook_url"),
    "/api/v1/analyses": (Dialect.SHELF, {"imageUrl": URL}, "callbackUrl"),
    "/api/v1/analyses/batch": (Dialect.SHELF, {"images": [{"imageUrl": URL}]}, "callbackUrl"),
    "/api/v1/webhooks": (Dialect.SHELF, {"events": ["analysis.completed"]}, "url"),
}


@pytest.mark.parametrize("path", PLACES)
def test_no_spelling_of_an_inner_address_takes_webhooks(make_client: Any, path: str) -> None:
    client, tools = make_client(rate_limits=False)
    tenant = factories.tenant(tools)
    dialect, body, field = PLACES[path]
    odd = [url for url in MALFORMED if url.strip() == url and url and url.isprintable()]
    for url in [*_INNER.split(), *odd, "http://shop.example.com/x", ["https://127.0.0.1/"], {"a": 1}, 7]:
        reply = client.post(path, json={**body, field: url}, headers=tenant.headers(dialect))
        if dialect is Dialect.STUDIO and isinstance(url, dict):
            assert (reply.status_code, reply.json["code"]) == (400, "invalid_option"), (url, reply.text)
        elif dialect is Dialect.STUDIO:
            assert (reply.status_code, reply.json["code"]) == (400, "invalid_webhook_url"), (url, reply.text)
        else:
            assert (reply.status_code, reply.json["error"]["code"]) == CODES[dialect], (url, reply.text)
    with tools.database.read() as tx:
        assert tx.execute(select(func.count()).select_from(batches)).scalar() == 0
    assert factories.available(tools, tenant) == 10_000


@pytest.fixture
def link(tools: Tools) -> str:
    tools.objects.put("out/b/i/t/001.jpg", b"picture", content_type="image/jpeg")
    url = tools.objects.url("out/b/i/t/001.jpg", ttl_s=60, filename="a.jpg", content_type="image/jpeg")
    return url.removeprefix("http://localhost")


@pytest.fixture
def slot(client: FlaskClient, tenant: factories.Tenant) -> Any:
    made = client.post("/v1/uploads", json={"filename": "a.png", "bytes": 100}, headers=tenant.headers())
    return made.json


ODD = ["", " ", "0", "-1", "²", "9" * 5000, "a\0b", "\r\nX: y", "\u202e", "../../etc/passwd", "k2", "None"]


def test_every_field_of_a_link_is_signed(client: FlaskClient, link: str, slot: Any) -> None:
    upload = slot["url"].removeprefix("http://localhost")
    for method, address in (("GET", link), ("PUT", upload)):
        parts = urlsplit(address)
        fields = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name in fields:
            kept = {key: value for key, value in fields.items() if key != name}
            for query in (kept, *({**kept, name: odd} for odd in ODD if odd != fields[name])):
                reply = client.open(f"{parts.path}?{urlencode(query)}", method=method, data=b"x")
                assert reply.status_code in (400, 403), (name, query.get(name), reply.text)
        assert (
            client.open(
                f"{parts.path}?{parts.query}&max=999999999&exp=99999999999", method=method, data=b"x"
            ).status_code
            < 300
        )
    mixed = f"{urlsplit(link).path}?{urlsplit(upload).query}"
    assert client.get(mixed).status_code == 403 and client.put(mixed, data=b"x").status_code == 403


@pytest.mark.parametrize(
    "path", ["..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "out", "x" * 5000, "%00", "%ff%fe", "C:%5cx"]
)
def test_no_path_leads_out_of_the_store(client: FlaskClient, link: str, path: str) -> None:
    query = urlsplit(link).query
    assert client.get(f"/files/{path}?{query}").status_code in (403, 404)
    assert client.put(f"/files/{path}?{query}", data=b"x").status_code in (403, 404)
    assert client.get(f"/output/{path}/{path}").status_code in (404, 308)


RANGES = ["bytes=" + "9" * 5000 + "-", "bytes=²-", "bytes=--1", "bytes=0-0," * 1000, "bytes", "=", "\xff", "bytes=-0"]


@pytest.mark.parametrize("asked", RANGES)
def test_an_odd_range_is_ignored_or_outside(client: FlaskClient, link: str, asked: str) -> None:
    reply = client.get(link, headers={"Range": asked, "If-None-Match": asked, "If-Modified-Since": asked})
    assert reply.status_code in (200, 416)


def test_an_upload_takes_what_was_declared_and_only_until_it_is_used(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant, slot: Any, clock: Clock
) -> None:
    path = slot["url"].removeprefix("http://localhost")
    assert client.put(path, data=b"x" * 101).status_code == 413
    assert list(tools.objects.list("staging/")) == []
    assert (client.get(path).status_code, client.post(path, data=b"x").status_code) == (403, 405)
    assert client.put(path, data=b"\x89PNG\r\n\x1a\n" + b"x" * 92).status_code == 201
    body = {"upload_ids": [slot["upload_id"]]}
    assert client.post("/v1/batch/upscale", json=body, headers=stranger.headers()).status_code == 400
    assert client.post("/v1/batch/upscale", json=body, headers=tenant.headers()).status_code == 202
    again = client.put(path, data=b"x" * 100)
    assert (again.status_code, again.json["code"]) == (409, "upload_used")
    clock.forward(3601)
    late = client.put(path, data=b"x" * 100)
    assert (late.status_code, late.json["code"]) == (403, "link_expired")


def test_what_was_purged_is_gone(client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock) -> None:
    body = {"image_urls": [URL]}
    made = client.post("/v1/batch/upscale", json=body, headers=tenant.headers()).json["batch_id"]
    factories.finish_all(tools, made)
    address = client.get(f"/v1/batch/{made}/download", headers=tenant.headers()).headers["Location"]
    clock.forward(8 * 86400)
    purge_batches(tools)
    assert client.get(address.removeprefix("http://localhost")).status_code in (403, 404)
    gone = client.get(f"/v1/batch/{made}/download", headers=tenant.headers())
    assert (gone.status_code, gone.json["error"]["code"]) == (410, "assets_expired")
