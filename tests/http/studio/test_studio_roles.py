"""Requests of actions that compose several pictures: who becomes what, and what is refused."""

import io
from typing import Any

import pytest
from factories import Tenant
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records.images import list_images

URLS = [f"https://images.example/product-{number}.jpg" for number in range(9)]


@pytest.fixture
def post(client: FlaskClient, tenant: Tenant) -> Any:
    def send(data: dict[str, Any], **more: Any) -> Any:
        headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async")
        return client.post("/api/v1/batch.php", data=data, headers=headers, **more)

    return send


def roles_of(tools: Tools, reply: Any) -> list[list[tuple[str, str]]]:
    with tools.database.read() as tx:
        images = list_images(tx, reply.json["job_id"])
    return [[(source.filename, source.role) for source in image.sources] for image in images]


def test_a_group_is_one_image_of_all_products(post: Any, tools: Tools) -> None:
    reply = post({"action": "group-shot", "image_urls[]": URLS[:3]})
    assert reply.status_code == 200, reply.json
    assert roles_of(tools, reply) == [[(f"product-{number}.jpg", "input") for number in range(3)]]
    assert reply.json["total_count"] == 1 and reply.json["credits_used"] == 1


@pytest.mark.parametrize(("count", "code"), [(1, "missing_image"), (9, "too_many_images")])
def test_a_group_has_two_to_eight_products(post: Any, count: int, code: str) -> None:
    reply = post({"action": "group-shot", "image_urls[]": URLS[:count]})
    assert (reply.status_code, reply.json["code"]) == (400, code)


def test_variations_are_paid_each(post: Any) -> None:
    reply = post({"action": "group-shot", "image_urls[]": URLS[:2], "options[variations]": "3"})
    assert reply.json["credits_used"] == 3


def test_a_file_with_a_role_that_the_action_has_not_is_said_to_be_ignored(post: Any, pictures: Any) -> None:
    logo = (io.BytesIO(pictures.picture(64, 64)), "logo.png")
    data = {"action": "group-shot", "image_urls[]": URLS[:2], "logo_file": logo}
    reply = post(data, content_type="multipart/form-data")
    assert "This action does not use 'logo_file'; it was ignored." in reply.json["warnings"]


@pytest.mark.parametrize(("action", "role"), [("lookalike", "reference"), ("studio-template", "template")])
def test_the_last_picture_is_the_one_to_follow(post: Any, tools: Tools, action: str, role: str) -> None:
    reply = post({"action": action, "image_urls[]": URLS[:3]})
    assert roles_of(tools, reply) == [
        [("product-0.jpg", "input"), ("product-2.jpg", role)],
        [("product-1.jpg", "input"), ("product-2.jpg", role)],
    ]
    assert reply.json["credits_used"] == 4


@pytest.mark.parametrize(("action", "role"), [("lookalike", "reference"), ("studio-template", "template")])
def test_an_address_or_an_upload_may_be_followed_instead(
    post: Any, tools: Tools, pictures: Any, action: str, role: str
) -> None:
    by_address = post({"action": action, "image_urls[]": URLS[:1], f"options[{role}_url]": URLS[5]})
    assert roles_of(tools, by_address) == [[("product-0.jpg", "input"), ("product-5.jpg", role)]]
    assert by_address.json["warnings"] == []
    upload = (io.BytesIO(pictures.picture(64, 64)), "mood.png")
    by_file = post(
        {"action": action, "image_urls[]": URLS[:1], f"{role}_file": upload}, content_type="multipart/form-data"
    )
    assert roles_of(tools, by_file) == [[("product-0.jpg", "input"), ("mood.png", role)]]


@pytest.mark.parametrize(("action", "role"), [("lookalike", "reference"), ("studio-template", "template")])
def test_nothing_to_follow_is_refused_and_holds_nothing(
    client: FlaskClient, tenant: Tenant, action: str, role: str
) -> None:
    headers = tenant.headers(Dialect.STUDIO)
    reply = client.post("/api/v1/batch.php", data={"action": action, "image_urls[]": URLS[0]}, headers=headers)
    assert (reply.status_code, reply.json["code"]) == (400, "missing_reference")
    assert reply.json["details"]["role"] == role


def test_a_mock_up_takes_a_template_only_in_image_mode(post: Any, tools: Tools) -> None:
    text = post({"action": "mockup", "image_urls[]": URLS[:2]})
    assert roles_of(tools, text) == [[("product-0.jpg", "input")], [("product-1.jpg", "input")]]
    image = post({"action": "mockup", "image_urls[]": URLS[:2], "options[mode]": "image"})
    assert roles_of(tools, image) == [[("product-0.jpg", "input"), ("product-1.jpg", "template")]]


def test_a_logo_goes_with_every_poster(post: Any, tools: Tools) -> None:
    reply = post({"action": "ad-poster", "image_urls[]": URLS[:2], "options[logo_url]": URLS[7]})
    assert [roles[1] for roles in roles_of(tools, reply)] == [("product-7.jpg", "logo")] * 2


@pytest.mark.parametrize("address", ["ftp://images.example/a.png", "not an address", "http://"])
def test_a_role_address_that_cannot_be_one_is_refused(post: Any, address: str) -> None:
    reply = post({"action": "ad-poster", "image_urls[]": URLS[0], "options[logo_url]": address})
    assert (reply.status_code, reply.json["code"]) == (422, "image_fetch_failed")
    assert reply.json["details"]["field"] == "options[logo_url]"
