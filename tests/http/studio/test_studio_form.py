"""What PHP clients send, in all its spellings, ends in one job with the right images and options."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from factories import Tenant
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect, Image
from storage.records.batches import get_batch
from storage.records.images import list_images

URL = "https://example.com/p.jpg"
OTHER = "https://example.com/q.png"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def post(client: FlaskClient, tenant: Tenant) -> Any:
    """post(pairs or dict, **kwargs) → reply; never waits for the result."""

    def send(data: Any, **more: Any) -> Any:
        headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async") | more.pop("headers", {})
        body = urlencode(data) if isinstance(data, list) else data
        kind = {"content_type": FORM} if isinstance(data, list) else {}
        return client.post("/api/v1/batch.php", data=body, headers=headers, **kind, **more)

    return send


def images_of(tools: Tools, reply: Any) -> list[Image]:
    assert reply.status_code == 200, reply.json
    with tools.database.read() as tx:
        return list_images(tx, reply.json["job_id"])


def options_of(tools: Tools, reply: Any) -> dict[str, Any]:
    with tools.database.read() as tx:
        return dict(get_batch(tx, reply.json["job_id"]).options)


@pytest.mark.parametrize(
    "pairs",
    [
        [("image_urls[]", URL), ("image_urls[]", OTHER)],
        [("image_urls[0]", URL), ("image_urls[1]", OTHER)],
        [("image_urls[a]", URL), ("image_urls[b]", OTHER)],
        [("image_urls", URL), ("image_urls", OTHER)],
        [("image_urls", json.dumps([URL, OTHER]))],
        [("image_url", URL), ("image_urls[]", OTHER)],
        [("image_urls[]", URL), ("image_urls[]", ""), ("image_urls[]", OTHER)],
        [("image_files[]", URL), ("image_urls[]", OTHER)],
        [(" image.urls[]", URL), ("image urls[]", OTHER)],
    ],
)
def test_every_spelling_of_the_list_keeps_its_order(post: Any, tools: Tools, pairs: list[tuple[str, str]]) -> None:
    found = images_of(tools, post([("action", "bg-remove"), *pairs]))
    assert [image.sources[0].url for image in found] == [URL, OTHER]


@pytest.mark.parametrize(
    "pairs",
    [
        [("options[platform]", "amazon"), ("options[preserve_edges]", "")],
        [("options[platform]", "Amazon"), ("options[preserve_edges]", "False")],
        [("options", json.dumps({"platform": "amazon", "preserve_edges": False}))],
    ],
)
def test_options_in_every_spelling(post: Any, tools: Tools, pairs: list[tuple[str, str]]) -> None:
    reply = post([("action", "bg-remove"), ("image_urls[]", URL), *pairs])
    options = options_of(tools, reply)
    assert (options["platform"], options["preserve_edges"]) == ("amazon", False)
    assert reply.json["warnings"] == []


def test_a_bare_option_and_an_unknown_one_are_said(post: Any) -> None:
    reply = post([("action", "bg-remove"), ("image_urls[]", URL), ("options", "amazon"), ("options", "1")])
    assert any("bare 'options'" in warning for warning in reply.json["warnings"])
    reply = post([("action", "bg-remove"), ("image_urls[]", URL), ("options[shine]", "1")])
    assert any("shine" in warning for warning in reply.json["warnings"])


def test_json_is_read_too(client: FlaskClient, tenant: Tenant, tools: Tools) -> None:
    body = {"action": "bg-remove", "image_urls": [URL], "options": {"platform": "etsy", "async": True}}
    reply = client.post("/api/v1/batch.php", json=body, headers=tenant.headers(Dialect.STUDIO))
    assert options_of(tools, reply)["platform"] == "etsy"
    assert len(images_of(tools, reply)) == 1


def test_addresses_come_first_then_files_then_a_data_address_is_a_file(post: Any, tools: Tools, pictures: Any) -> None:
    picture = pictures.picture(64, 64)
    inline = "data:image/png;base64," + base64.b64encode(picture).decode()
    data = {
        "action": "bg-remove",
        "image_files[]": (__import__("io").BytesIO(picture), "a.png"),
        "image_urls[]": [URL, inline],
    }
    found = images_of(tools, post(data, content_type="multipart/form-data"))
    assert [image.sources[0].kind for image in found] == ["url", "upload", "upload"]
    assert found[2].sources[0].filename == "a.png"
    assert tools.objects.stat(str(found[1].sources[0].key)).bytes == len(picture)


@pytest.mark.parametrize("path", ["/api/v1/batch.php", "/api/v1/batch.php/", "/api/v1/batch", "/api/v1/batch/"])
def test_every_address_takes_a_post_and_never_redirects(client: FlaskClient, tenant: Tenant, path: str) -> None:
    data = {"action": "bg-remove", "image_urls[]": URL, "options[async]": "1"}
    assert client.post(path, data=data, headers=tenant.headers(Dialect.STUDIO)).status_code == 200


def test_resolution_and_ratio_in_any_case_come_back_canonical(post: Any) -> None:
    pairs = [("action", "bg-remove"), ("image_urls[]", URL), ("resolution", " 2k "), ("aspect_ratio", "3:4 ")]
    assert {"resolution": "2K", "aspect_ratio": "3:4"}.items() <= post(pairs).json["metadata"].items()


def test_a_reference_is_echoed(post: Any) -> None:
    pairs = [("action", "bg-remove"), ("image_urls[]", URL), ("client_ref", "order-7")]
    assert post(pairs).json["client_ref"] == "order-7"
