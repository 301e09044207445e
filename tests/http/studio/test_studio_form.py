"""What PHP clients send, in all its spellings, ends in one job with the right images and options."""

import base64
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from factories import Tenant
from flask.testing import FlaskClient

from batch_api.studio.options import studio_actions
from jobs.actions.casting import casting_of
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
        [("imageUrls[]", URL), ("imageUrls[]", OTHER)],
        [("imageUrl", URL), ("imageUrls[0]", OTHER)],
        [("imageUrls", json.dumps([URL, OTHER]))],
        [("image_urls[0]", URL), ("imageUrls[0]", OTHER)],
        [("imageFile", URL), ("imageFiles[]", OTHER)],
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


@pytest.mark.parametrize("name", ["image_urls", "imageUrls", "imageUrl", "imageFiles"])
def test_json_knows_the_same_names(post: Any, tools: Tools, name: str) -> None:
    reply = post(None, json={"action": "bg-remove", name: [URL, OTHER]})
    assert [image.sources[0].url for image in images_of(tools, reply)] == [URL, OTHER]
    assert reply.json["warnings"] == []


def test_a_file_name_in_json_is_said_to_be_no_upload(post: Any) -> None:
    reply = post(None, json={"action": "bg-remove", "image_urls": [URL], "image_files": ["photo.jpg"]})
    assert any("no upload" in warning for warning in reply.json["warnings"])


@pytest.mark.parametrize("name", ["image_files[]", "image_file", "imageFile", "imageFiles[]", "imageFiles[2]"])
def test_uploads_in_every_spelling(post: Any, tools: Tools, pictures: Any, name: str) -> None:
    data = {"action": "bg-remove", name: (io.BytesIO(pictures.picture(64, 64)), "a.png")}
    reply = post(data, content_type="multipart/form-data")
    assert [image.sources[0].filename for image in images_of(tools, reply)] == ["a.png"]
    assert reply.json["warnings"] == []


@pytest.mark.parametrize("name", sorted(studio_actions()))
def test_the_document_lists_every_option_that_an_action_reads(client: FlaskClient, name: str) -> None:
    paths = client.get("/openapi.json").json["paths"]
    content = paths["/api/v1/batch.php"]["post"]["requestBody"]["content"]
    form, body = (content[kind]["schema"]["properties"] for kind in ("multipart/form-data", "application/json"))
    options = body["options"]["properties"]
    action = studio_actions()[name]
    for option, field in action.schema().fields.items():
        listed = {option, f"options[{option}]"} & set(form)
        assert listed and (option in options or option in body), option
        choices = set(getattr(field, "choices", {}).values())
        assert choices <= set(form[listed.pop()].get("enum", choices)), option
    for extra in casting_of(action).extras:
        assert extra.file_field in form and extra.option in options
    assert {f"options[{name}]" for name in ("async", *options)} <= set(form)


def test_the_documented_json_example_is_accepted(post: Any, client: FlaskClient) -> None:
    body = client.get("/openapi.json").json["paths"]["/api/v1/batch.php"]["post"]["requestBody"]
    reply = post(None, json=body["content"]["application/json"]["example"])
    assert reply.status_code == 200 and reply.json["warnings"] == []


def test_addresses_come_first_then_files_then_a_data_address_is_a_file(post: Any, tools: Tools, pictures: Any) -> None:
    picture = pictures.picture(64, 64)
    inline = "data:image/png;base64," + base64.b64encode(picture).decode()
    data = {
        "action": "bg-remove",
        "image_files[]": (io.BytesIO(picture), "a.png"),
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
