"""Submitting to the print dialect: every address, every spelling, every form of body; and what is refused."""

import base64
import io
import json
from typing import Any

import factories
import pytest
from engine_rig import SilentDoorbell
from flask.testing import FlaskClient

from batch_api.print_shop.schemas import Accepted
from jobs.tools import Tools
from storage.records import batches, images

URL = "https://images.example.com/a.png"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PRICES = {"wallart": 59, "poster": 55, "clipart": 29, "upscale": 2}
WIRE = {"wallart": "wall_art", "poster": "poster", "clipart": "clipart", "upscale": "upscale"}


def staged(tools: Tools) -> list[str]:
    return [found.key for found in tools.objects.list("staging/")]


@pytest.mark.parametrize("action", PRICES)
def test_each_address_accepts_one_image_and_holds_its_price(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell, action: str
) -> None:
    before = factories.available(tools, tenant)
    reply = client.post(
        f"/v1/batch/{action}", json={"image_urls": [URL], "client_job_id": "order 7"}, headers=tenant.headers()
    )
    assert reply.status_code == 202, reply.text
    body = reply.json
    assert Accepted().validate(body) == {}
    assert body["batch_id"] == body["id"] and body["batch_id"].startswith("bat_")
    assert body["job_type"] == WIRE[action] and body["status"] == "queued" and body["total"] == 1
    assert body["client_job_id"] == "order 7"
    assert body["credit_cost"] == PRICES[action]
    assert body["credits_remaining"] == factories.available(tools, tenant) == before - PRICES[action]
    assert body["jobs"][0]["job_id"].startswith("job_") and body["jobs"][0]["filename"] == "a.png"
    assert reply.headers["Location"] == body["status_url"] == f"http://localhost/v1/batch/{body['batch_id']}"
    assert doorbell.rung == [body["batch_id"]]


@pytest.mark.parametrize(("count", "price"), [(1, 29), (5, 29), (6, 39), (10, 39), (11, 49), (50, 119)])
def test_clipart_is_priced_by_started_blocks_of_five(
    client: FlaskClient, tenant: factories.Tenant, count: int, price: int
) -> None:
    reply = client.post("/v1/batch/clipart", json={"image_urls": [URL] * count}, headers=tenant.headers())
    assert reply.status_code == 202 and reply.json["credit_cost"] == price and len(reply.json["jobs"]) == count


@pytest.mark.parametrize("count", [0, 51])
@pytest.mark.parametrize("action", PRICES)
def test_none_and_fifty_one_are_refused_whole(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell, action: str, count: int
) -> None:
    before = factories.available(tools, tenant)
    reply = client.post(f"/v1/batch/{action}", json={"image_urls": [URL] * count}, headers=tenant.headers())
    assert reply.status_code == 400
    assert reply.json["error"]["code"] == ("batch_size_exceeded" if count else "no_images")
    assert reply.json["error"].get("max") == (50 if count else None)
    assert factories.available(tools, tenant) == before and doorbell.rung == []


def test_fifty_one_uploads_are_refused_and_leave_nothing(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any
) -> None:
    data = pictures.picture(40, 40)
    form = {"images": [(io.BytesIO(data), f"{n}.png") for n in range(51)]}
    reply = client.post("/v1/batch/upscale", data=form, headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["code"] == "batch_size_exceeded"
    assert staged(tools) == [] and list(tools.objects.scratch_dir().iterdir()) == []


@pytest.mark.parametrize("name", ["images", "images[]", "files", "files[]", "file", "image", "image_0"])
def test_uploads_are_taken_under_every_name_in_their_order(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any, name: str
) -> None:
    first, second = pictures.picture(60, 50, "red"), pictures.picture(60, 50, "blue", "JPEG")
    form = {name: [(io.BytesIO(first), "one.png"), (io.BytesIO(second), "C:\\fakepath\\two ü.jpg")]}
    reply = client.post("/v1/batch/upscale", data=form, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    assert [job["filename"] for job in reply.json["jobs"]] == ["one.png", "two ü.jpg"]
    with tools.database.read() as tx:
        found = images.list_images(tx, reply.json["batch_id"])
    sources = [image.sources[0] for image in found]
    assert [source.bytes for source in sources] == [len(first), len(second)]
    for source, data in zip(sources, (first, second), strict=True):
        with tools.objects.read(source.key) as stream:
            assert stream.read() == data


def test_addresses_and_uploads_mix_and_their_sum_is_capped(
    client: FlaskClient, tenant: factories.Tenant, pictures: Any
) -> None:
    def form(urls: int) -> dict[str, Any]:
        return {"image_urls": [URL] * urls, "images": [(io.BytesIO(pictures.picture(40, 40)), "u.png")]}

    good = client.post("/v1/batch/upscale", data=form(49), headers=tenant.headers())
    assert good.status_code == 202 and [job["filename"] for job in good.json["jobs"]][-1] == "u.png"
    bad = client.post("/v1/batch/upscale", data=form(50), headers=tenant.headers())
    assert bad.status_code == 400 and bad.json["error"]["code"] == "batch_size_exceeded"


@pytest.mark.parametrize(
    "fields",
    [
        {"image_urls": [URL, URL]},
        {"images": [URL, {"url": URL, "filename": "b.png", "title": "B"}]},
        {"urls": [URL, URL]},
        {"image_url": URL, "image_urls": [URL]},
        {"image_urls": json.dumps([URL, URL])},
    ],
)
def test_addresses_are_taken_in_every_json_spelling(
    client: FlaskClient, tenant: factories.Tenant, fields: dict[str, Any]
) -> None:
    reply = client.post("/v1/batch/upscale", json=fields, headers=tenant.headers())
    assert reply.status_code == 202 and reply.json["total"] == 2, reply.text


@pytest.mark.parametrize(
    "body",
    [
        f"image_urls={URL}&image_urls={URL}",
        f"image_urls%5B%5D={URL}&image_urls[]={URL}",
        f"image_urls[0]={URL}&image_urls[1]={URL}",
        f"urls[]={URL}&image_url={URL}",
        f'image_urls=["{URL}","{URL}"]',
        f'options={{"image_urls":["{URL}"]}}&image_urls={URL}',
    ],
)
def test_addresses_are_taken_in_every_form_spelling(client: FlaskClient, tenant: factories.Tenant, body: str) -> None:
    reply = client.post(
        "/v1/batch/upscale", data=body, content_type="application/x-www-form-urlencoded", headers=tenant.headers()
    )
    assert reply.status_code == 202 and reply.json["total"] == 2, reply.text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"job_type": "wall_art"}, "wall_art"),
        ({"type": "wallart"}, "wall_art"),
        ({"product_type": "Poster"}, "poster"),
        ({"scale": 2}, "upscale"),
        ({"factor": 2}, "upscale"),
        ({"target_px": 4000}, "upscale"),
        ({"watermark": True}, "clipart"),
        ({"listing_pdf": True}, "clipart"),
        ({"size": "18x24"}, "poster"),
        ({"shipping_profile_id": 5}, "poster"),
        ({"drive": True}, "wall_art"),
        ({"job_type": "clipart", "drive": True}, "clipart"),
    ],
)
def test_the_generic_address_routes_by_fields(
    client: FlaskClient, tenant: factories.Tenant, fields: dict[str, Any], expected: str
) -> None:
    reply = client.post("/v1/batch", json={"image_urls": [URL], **fields}, headers=tenant.headers())
    assert reply.status_code == 202 and reply.json["job_type"] == expected, reply.text


@pytest.mark.parametrize(
    "fields", [{}, {"scale": 2, "watermark": True}, {"job_type": "sculpture"}, {"drive": True, "size": "a1"}]
)
def test_the_generic_address_never_guesses(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, fields: dict[str, Any]
) -> None:
    before = factories.available(tools, tenant)
    reply = client.post("/v1/batch", json={"image_urls": [URL], **fields}, headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["code"] == "job_type_undetermined"
    assert factories.available(tools, tenant) == before


def test_a_job_type_that_contradicts_the_address_is_refused(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/v1/batch/poster", json={"image_urls": [URL], "job_type": "clipart"}, headers=tenant.headers())
    assert reply.json["error"]["code"] == "job_type_undetermined"


@pytest.mark.parametrize("url", ["ftp://x.example.com/a.png", "not an address", "https://", "https://x y/", 7, "a" * 9])
def test_what_is_no_address_fails_the_request(client: FlaskClient, tenant: factories.Tenant, url: Any) -> None:
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL, url]}, headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["code"] == "invalid_image_url"


def test_a_private_address_is_left_to_its_job(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/v1/batch/upscale", json={"image_urls": ["http://10.0.0.1/a.png"]}, headers=tenant.headers())
    assert reply.status_code == 202


@pytest.mark.parametrize("form", ["GIF", "BMP"])
def test_an_upload_of_another_format_fails_the_request(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any, form: str
) -> None:
    before = factories.available(tools, tenant)
    data = {"images": (io.BytesIO(pictures.picture(40, 40, form=form)), "looks-like.png")}
    reply = client.post("/v1/batch/upscale", data=data, headers=tenant.headers())
    assert reply.status_code == 415 and reply.json["error"]["code"] == "unsupported_image_type"
    assert staged(tools) == [] and factories.available(tools, tenant) == before


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_formats_are_told_by_content(client: FlaskClient, tenant: factories.Tenant, pictures: Any, form: str) -> None:
    data = {"images": (io.BytesIO(pictures.picture(40, 40, form=form)), "wrong.txt")}
    assert client.post("/v1/batch/upscale", data=data, headers=tenant.headers()).status_code == 202


def test_a_data_address_becomes_a_staged_file(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any
) -> None:

    data = pictures.picture(700, 700)
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    reply = client.post("/v1/batch/upscale", json={"image_urls": [uri]}, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    with tools.database.read() as tx:
        source = images.list_images(tx, reply.json["batch_id"])[0].sources[0]
    assert source.kind == "upload" and source.url is None and source.bytes == len(data)
    bad = client.post("/v1/batch/upscale", json={"image_urls": [uri, "nonsense"]}, headers=tenant.headers())
    assert bad.status_code == 400 and staged(tools) == [source.key]


@pytest.mark.parametrize(
    ("sent", "canonical", "value"),
    [
        ({"orientation": "Landscape"}, "orientation", "landscape"),
        ({"seo": {"title": "Dunes", "tags": "sand, sea"}}, "keywords", ["sand", "sea"]),
        ({"readiness_state_id": 9}, "processing_profile_id", "9"),
        ({"options": '{"title": "Packed"}'}, "title", "Packed"),
        ({"options": {"title": "Packed"}, "title": "Wins"}, "title", "Wins"),
    ],
)
def test_options_reach_the_action_under_canonical_names(
    client: FlaskClient,
    tools: Tools,
    tenant: factories.Tenant,
    sent: dict[str, Any],
    canonical: str,
    value: Any,
) -> None:
    reply = client.post("/v1/batch/poster", json={"image_urls": [URL], **sent}, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    with tools.database.read() as tx:
        assert batches.get_batch(tx, reply.json["batch_id"]).options[canonical] == value


@pytest.mark.parametrize("factor", ["scale", "factor", "upscale_factor"])
def test_the_factor_has_three_names(client: FlaskClient, tools: Tools, tenant: factories.Tenant, factor: str) -> None:
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL], factor: "8"}, headers=tenant.headers())
    with tools.database.read() as tx:
        assert batches.get_batch(tx, reply.json["batch_id"]).options["scale"] == 8


def test_an_option_out_of_bounds_names_its_field(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL], "scale": 3}, headers=tenant.headers())
    assert reply.status_code == 400
    assert reply.json["error"]["code"] == "invalid_request"
    assert reply.json["error"]["details"][0]["field"] == "scale"


def test_what_is_not_made_yet_is_said_and_not_refused(client: FlaskClient, tenant: factories.Tenant) -> None:
    fields = {"image_urls": [URL], "drive": True, "video": True, "mockup_count": 5}
    reply = client.post("/v1/batch/wallart", json=fields, headers=tenant.headers())
    assert reply.status_code == 202
    said = " ".join(reply.json["warnings"])
    assert "Mockups" in said and "videos" in said and "Share folders" in said


def test_unknown_fields_are_ignored(client: FlaskClient, tenant: factories.Tenant) -> None:
    reply = client.post("/v1/batch/wallart", json={"image_urls": [URL], "flux": 1}, headers=tenant.headers())
    assert reply.status_code == 202
    assert any("'flux'" in said for said in reply.json["warnings"])


def test_what_is_not_read_inside_seo_and_image_objects_is_said(client: FlaskClient, tenant: factories.Tenant) -> None:
    body = {"images": [{"url": URL, "filename": "a.png", "alt": "A"}, URL], "seo": {"title": "Sea", "slogan": "B"}}
    reply = client.post("/v1/batch/upscale", json=body, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    assert [said.split("'")[1] for said in reply.json["warnings"]] == ["alt", "seo.slogan"]


@pytest.mark.parametrize("word", [True, "true", "1", "yes", "True"])
def test_a_dry_run_costs_nothing(client: FlaskClient, tools: Tools, tenant: factories.Tenant, word: Any) -> None:
    before = factories.available(tools, tenant)
    reply = client.post("/v1/batch/wallart", json={"image_urls": [URL], "dry_run": word}, headers=tenant.headers())
    assert reply.status_code == 202 and reply.json["credit_cost"] == 0 and reply.json["dry_run"] is True
    assert factories.available(tools, tenant) == before


def test_short_credit_refuses_the_whole_batch(client: FlaskClient, tools: Tools, doorbell: SilentDoorbell) -> None:
    poor = factories.tenant(tools, credits=75)
    two = client.post("/v1/batch/wallart", json={"image_urls": [URL, URL]}, headers=poor.headers())
    assert two.status_code == 402
    error = two.json["error"]
    assert (error["code"], error["required"], error["available"]) == ("insufficient_credits", 118, 75)
    assert doorbell.rung == []
    one = client.post("/v1/batch/wallart", json={"image_urls": [URL]}, headers=poor.headers())
    assert one.status_code == 202 and one.json["credits_remaining"] == 16


def test_a_full_queue_is_429_with_retry_after_before_credits_are_held(make_client: Any) -> None:
    client, tools = make_client(print_queue_cap=3)
    found = factories.tenant(tools)
    client.post("/v1/batch/upscale", json={"image_urls": [URL] * 2}, headers=found.headers())
    before = factories.available(tools, found)
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL] * 2}, headers=found.headers())
    assert reply.status_code == 429 and reply.json["error"]["code"] == "queue_full"
    assert int(reply.headers["Retry-After"]) > 0 and factories.available(tools, found) == before


def test_an_overloaded_installation_is_503_with_retry_after(make_client: Any) -> None:
    client, tools = make_client(queue_cap=1)
    found = factories.tenant(tools)
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL] * 2}, headers=found.headers())
    assert reply.status_code == 503 and reply.json["error"]["code"] == "service_unavailable"
    assert int(reply.headers["Retry-After"]) > 0 and factories.available(tools, found) == 10_000
    assert client.get("/v1/credits", headers=found.headers()).status_code == 200


@pytest.mark.parametrize("url", ["http://shop.example.com/x", "https://127.0.0.1/x", "https://localhost/x", "x"])
def test_a_callback_must_be_public_https(client: FlaskClient, tenant: factories.Tenant, url: str) -> None:
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL], "callback_url": url}, headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == "webhook_url"


def test_a_callback_is_kept_with_a_secret(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    url = "https://shop.example.com/hook"
    reply = client.post("/v1/batch/upscale", json={"image_urls": [URL], "webhook_url": url}, headers=tenant.headers())
    own = client.post(
        "/v1/batch/upscale",
        json={"image_urls": [URL], "webhook_url": url, "webhook_secret": SECRET},
        headers=tenant.headers(),
    )
    assert own.json["warnings"] == [] and "whsec" not in own.text
    with tools.database.read() as tx:
        kept = batches.get_batch(tx, reply.json["batch_id"])
        assert (kept.callback_url, kept.callback_secret) == (url, tenant.account.webhook_secret)
        assert batches.get_batch(tx, own.json["batch_id"]).callback_secret == SECRET
    for wrong in ("plain", "whsec_", "whsec_x", "whsec_!!!!!!!!!!!!!!!!!!!!!!!!"):
        fields = {"image_urls": [URL], "webhook_url": url, "webhook_secret": wrong}
        refused = client.post("/v1/batch/upscale", json=fields, headers=tenant.headers())
        assert refused.status_code == 400 and refused.json["error"]["details"][0]["field"] == "webhook_secret"


@pytest.mark.parametrize("label", ["x" * 129, "a\nb", {"a": 1}])
def test_a_label_is_a_short_text(client: FlaskClient, tenant: factories.Tenant, label: Any) -> None:
    reply = client.post(
        "/v1/batch/upscale", json={"image_urls": [URL], "client_job_id": label}, headers=tenant.headers()
    )
    assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == "client_job_id"


def test_mockup_addresses_say_that_they_are_not_available_yet(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    before = factories.available(tools, tenant)
    for method, path in (("POST", "/v1/mockups"), ("GET", "/v1/mockups/templates"), ("POST", "/v1/mockups/templates")):
        reply = client.open(path, method=method, headers=tenant.headers())
        assert reply.status_code == 503 and reply.json["error"]["code"] == "action_unavailable"
    assert factories.available(tools, tenant) == before
