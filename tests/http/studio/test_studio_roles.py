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
