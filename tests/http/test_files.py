"""Signed downloads, ranges, uploads to a slot, and the studio's plain result addresses."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import factories
import pytest
from engine_rig import Clock
from flask.testing import FlaskClient

from config import Settings
from jobs.tools import Tools
from storage.model import Batch, Dialect, ImageOrder, Order, Pool, Quote, Source
from storage.records import batches, images

DATA = bytes(range(256)) * 40


@pytest.fixture
def link(tools: Tools) -> str:
    tools.objects.put("out/b/i/t/001.jpg", DATA, content_type="image/jpeg")
    url = tools.objects.url("out/b/i/t/001.jpg", ttl_s=60, filename="Dünen \u202e.jpg", content_type="image/jpeg")
    return url.removeprefix("http://localhost")


def changed(link: str, **fields: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query, keep_blank_values=True)), **fields})}"


def test_a_link_opens_without_a_key(client: FlaskClient, link: str) -> None:
    reply = client.get(link)
    assert reply.status_code == 200 and reply.data == DATA
    assert reply.headers["Content-Type"] == "image/jpeg" and reply.headers["Content-Length"] == str(len(DATA))
    assert reply.headers["Content-Disposition"].startswith("attachment;")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    head = client.head(link)
    assert head.status_code == 200 and head.data == b"" and head.headers["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=100-", 206, 100, len(DATA)),
        ("bytes=-5", 206, len(DATA) - 5, len(DATA)),
        ("bytes=0-999999", 206, 0, len(DATA)),
        ("bytes=5-2", 200, 0, len(DATA)),
        ("bytes=0-1,4-5", 200, 0, len(DATA)),
        ("lines=1-2", 200, 0, len(DATA)),
    ],
)
def test_ranges(client: FlaskClient, link: str, asked: str, status: int, start: int, end: int) -> None:
    reply = client.get(link, headers={"Range": asked})
    assert reply.status_code == status and reply.data == DATA[start:end]
    if status == 206:
        assert reply.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


def test_a_range_outside_is_416(client: FlaskClient, link: str) -> None:
    reply = client.get(link, headers={"Range": f"bytes={len(DATA)}-"})
    assert reply.status_code == 416 and reply.headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_an_etag_saves_the_bytes(client: FlaskClient, link: str) -> None:
    tag = client.get(link).headers["ETag"]
    again = client.get(link, headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.data == b""
    assert client.get(link, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "fields", [{"exp": "9999999999"}, {"fn": "x.exe"}, {"ct": "text/html"}, {"in": "1"}, {"sig": "x"}, {"kid": "k9"}]
)
def test_a_changed_link_is_403(client: FlaskClient, link: str, fields: dict[str, str]) -> None:
    reply = client.get(changed(link, **fields))
    assert reply.status_code == 403 and reply.json["code"] == "link_invalid"


def test_links_outlive_the_rotation_of_the_secret(make_client: Any, settings: Settings) -> None:
    def signing(path: str, **secrets: str) -> tuple[FlaskClient, str]:
        folder = settings.data_dir / path
        client, tools = make_client(data_dir=folder, **secrets)
        tools.objects.put("out/a.jpg", DATA, content_type="image/jpeg")
        url = tools.objects.url("out/a.jpg", ttl_s=60, filename="a.jpg", content_type="image/jpeg")
        return client, url.removeprefix("http://localhost")

    _, before = signing("old", secret_key="o" * 40)
    rotated, after = signing("new", secret_key="n" * 40, secret_key_previous="o" * 40)
    assert rotated.get(before).status_code == rotated.get(after).status_code == 200
    names = [dict(parse_qsl(urlsplit(each).query))["kid"] for each in (before, after)]
    assert rotated.get(changed(before, kid=names[1])).status_code == 403
    alone, _ = signing("later", secret_key="n" * 40)
    assert (alone.get(before).status_code, alone.get(after).status_code) == (403, 200)


def test_another_key_or_method_is_403(client: FlaskClient, tools: Tools, link: str) -> None:
    tools.objects.put("out/b/i/t/002.jpg", DATA, content_type="image/jpeg")
    assert client.get(link.replace("001.jpg", "002.jpg", 1)).status_code == 403
    assert client.put(link, data=b"x").status_code == 403
    assert client.get("/files/out/b/i/t/001.jpg").status_code == 403
    assert client.get("/files/../../etc/passwd").status_code in (403, 404)


def test_an_old_link_is_403_and_a_deleted_file_404(client: FlaskClient, tools: Tools, link: str, clock: Clock) -> None:
    tools.objects.delete("out/b/i/t/001.jpg")
    assert client.get(link).status_code == 404
    clock.forward(61)
    reply = client.get(link)
    assert reply.status_code == 403 and reply.json["code"] == "link_expired"


def test_an_upload_that_is_too_long_or_cut_leaves_nothing(client: FlaskClient, tools: Tools) -> None:
    ticket = tools.objects.upload_url("staging/upl_1", ttl_s=60, max_bytes=100, content_type="image/png")
    path = ticket.url.removeprefix("http://localhost")
    assert client.put(path, data=b"x" * 101).status_code == 413
    assert list(tools.objects.list("staging/")) == []
    assert client.put(path, data=b"x" * 100).status_code == 201
    assert tools.objects.stat("staging/upl_1").bytes == 100
    assert client.get(path).status_code == 403


@pytest.fixture
def studio_batch(tools: Tools, tenant: factories.Tenant) -> Batch:
    order = Order(
        tenant.account.id,
        Dialect.STUDIO,
        "bg-remove",
        Pool.MODELS,
        (ImageOrder((Source("url", "a.png", url="https://images.example.com/a.png"),)),),
        Quote(1),
    )
    with tools.database.write() as tx:
        batch = batches.create_batch(tx, order, now=tools.clock(), deadline_s=3600)
        image = images.list_images(tx, batch.id)[0]
    factories.finish_image(tools, image.id, DATA)
    return factories.finish_batch(tools, batch.id)


def test_a_studio_result_has_a_plain_address_for_a_week(
    client: FlaskClient, tools: Tools, studio_batch: Batch, clock: Clock
) -> None:
    path = f"/output/{studio_batch.id}/result_001.jpg"
    reply = client.get(path)
    assert reply.status_code == 200 and reply.data == DATA and reply.headers["Content-Type"] == "image/jpeg"
    assert client.head(path).headers["Content-Length"] == str(len(DATA))
    assert client.get(f"/output/{studio_batch.id}/result_009.jpg").status_code == 404
    assert client.get(f"/output/{studio_batch.id[:-2]}zz/result_001.jpg").status_code == 404
    factories.a_day_later(clock, 167)
    assert client.get(path).status_code == 200
    factories.a_day_later(clock, 2)
    gone = client.get(path)
    assert gone.status_code == 410 and gone.json["code"] == "assets_expired"


def test_print_results_have_no_plain_address(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    made: Any = client.post(
        "/v1/batch/upscale", json={"image_urls": ["https://images.example.com/a.png"]}, headers=tenant.headers()
    ).json
    factories.finish_all(tools, made["batch_id"])
    assert client.get(f"/output/{made['batch_id']}/result_001.jpg").status_code == 404
