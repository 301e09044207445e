"""Odd but real requests: JSON inside a form that is none, unknown fields, file names of all alphabets, running jobs."""

import io
from typing import Any

import pytest
from factories import Tenant
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records.images import list_images

URL = "https://example.com/p.jpg"


@pytest.fixture
def post(client: FlaskClient, tenant: Tenant) -> Any:
    def send(data: Any, **more: Any) -> Any:
        headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async")
        return client.post("/api/v1/batch.php", data={"action": "bg-remove", **data}, headers=headers, **more)

    return send


@pytest.mark.parametrize(
    "text",
    ["[" * 30_000, '["' + "\\ud800" + '"]', '["https://a.example/\\u0000"]', "[1e999]", '[{"a":1}]', "[[]]", "[nope"],
)
def test_a_list_that_is_no_list_of_addresses_is_refused(post: Any, text: str) -> None:
    reply = post({"image_urls": text})
    assert reply.status_code in (400, 422), reply.text
    assert isinstance(reply.json["error"], str) and reply.json["success"] is False


@pytest.mark.parametrize("text", ['{"a":' * 9_000, '{"x":"\\ud800"}', '{"x":"\\u0000"}', "[1]", "{nope"])
def test_options_that_are_no_object_are_told(post: Any, text: str) -> None:
    reply = post({"image_urls[]": URL, "options": text})
    assert reply.status_code == 200, reply.text
    assert any("bare 'options'" in warning for warning in reply.json["warnings"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"action":"bg-remove","image_urls":["https://a.example/x.jpg"],"options":'
        + b'{"a":' * 700
        + b"1"
        + b"}" * 701,
        b'{"action":"bg-remove","image_urls":["https://a.example/x.jpg"],"options":{"x":1e999}}',
        b'{"action":"bg-remove","image_urls":["https://a.example/\\ud800.jpg"]}',
    ],
)
def test_json_that_nobody_can_keep_is_refused(client: FlaskClient, tenant: Tenant, body: bytes) -> None:
    headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async")
    reply = client.post("/api/v1/batch.php", data=body, content_type="application/json", headers=headers)
    assert (reply.status_code, reply.json["code"]) == (400, "invalid_option"), reply.text


@pytest.mark.parametrize("data", [{"options[async][x]": "1"}, {"options[async][]": "1"}, {"options[async]": "maybe"}])
def test_a_switch_that_is_no_switch_is_refused(post: Any, data: dict[str, str]) -> None:
    reply = post({"image_urls[]": URL, **data})
    assert (reply.status_code, reply.json["code"]) == (400, "invalid_option"), reply.text


def test_a_field_in_the_wrong_place_is_told(client: FlaskClient, tenant: Tenant, post: Any) -> None:
    reply = post({"image_urls[]": URL, "platform": "amazon", "image_urll[]": URL})
    assert [warning for warning in reply.json["warnings"] if "platform" in warning and "ignored" in warning]
    assert [warning for warning in reply.json["warnings"] if "image_urll" in warning]
    body = {"action": "bg-remove", "image_urls": [URL], "platform": "amazon", "options": {"async": True}}
    told = client.post("/api/v1/batch.php", json=body, headers=tenant.headers(Dialect.STUDIO)).json["warnings"]
    assert [warning for warning in told if "platform" in warning]


def test_a_long_reference_is_refused_instead_of_cut(post: Any) -> None:
    assert post({"image_urls[]": URL, "client_ref": "x" * 128}).json["client_ref"] == "x" * 128
    reply = post({"image_urls[]": URL, "client_ref": "x" * 129})
    assert (reply.status_code, reply.json["details"]["field"]) == (400, "client_ref")


@pytest.mark.parametrize("name", ["Füße größer.png", "商品 写真.png", "a;b.png", "🙂.png", "..\\..\\x.png"])
def test_file_names_of_all_alphabets_arrive(post: Any, tools: Tools, pictures: Any, name: str) -> None:
    reply = post({"image_files[]": (io.BytesIO(pictures.picture(40, 40)), name)})
    assert reply.status_code == 200, reply.text
    with tools.database.read() as tx:
        kept = list_images(tx, reply.json["job_id"])[0].sources[0].filename
    assert kept == name.replace("\\", "/").rsplit("/", 1)[-1] or kept == name


def test_a_running_job_says_when_to_look_again(post: Any, client: FlaskClient, tenant: Tenant) -> None:
    reply = post({"image_urls[]": URL})
    assert reply.headers["Retry-After"] == "2" and reply.json["status"] == "queued" and reply.json["progress"] == 0
    poll = client.get(f"/api/v1/batch.php?job_id={reply.json['job_id']}", headers=tenant.headers(Dialect.STUDIO))
    assert poll.headers["Retry-After"] == "2"


def test_a_thousand_fields_are_read_and_more_are_refused(post: Any) -> None:
    few = {f"options[k{number}]": "v" for number in range(990)}
    form = "application/x-www-form-urlencoded"
    assert post({"image_urls[]": URL, **few}, content_type=form).status_code == 200
    many = {f"options[k{number}]": "v" for number in range(1001)}
    reply = post({"image_urls[]": URL, **many}, content_type=form)
    assert reply.status_code == 400 and "1000" in reply.json["error"]
