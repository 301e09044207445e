"""Every documented error of the studio: its status, its code, a plain sentence, and nothing charged or left behind."""

import io
from typing import Any

import factories
import pytest
from factories import Tenant, available
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect

URL = "https://example.com/p.jpg"
GOOD = {"action": "bg-remove", "image_urls[]": URL, "options[async]": "1"}


def send(client: FlaskClient, headers: dict[str, str], **changes: Any) -> Any:
    data = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return client.post("/api/v1/batch.php", data=data, headers=headers)


def check(reply: Any, status: int, code: str) -> None:
    assert reply.status_code == status, reply.json
    assert reply.content_type == "application/json"
    body = reply.json
    assert body["success"] is False and body["code"] == code
    assert isinstance(body["error"], str) and body["request_id"].startswith("req_")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"action": None}, 400, "missing_action"),
        ({"action": "teleport"}, 400, "unsupported_action"),
        ({"action": "BG-REMOVE"}, 400, "unsupported_action"),
        ({"action": "model"}, 503, "provider_unavailable"),
        ({"image_urls[]": None}, 400, "missing_image"),
        ({"image_urls[]": ""}, 400, "missing_image"),
        ({"image_urls[]": "ftp://example.com/a.jpg"}, 422, "image_fetch_failed"),
        ({"image_urls[]": "data:image/png;base64,@@@"}, 400, "invalid_option"),
        ({"resolution": "8K"}, 400, "invalid_resolution"),
        ({"aspect_ratio": "2:1"}, 400, "invalid_aspect_ratio"),
        ({"options[platform]": "bazaar"}, 400, "invalid_option"),
        ({"options[async]": "perhaps"}, 400, "invalid_option"),
        ({"options[bg_prompt]": "x" * 2001}, 400, "invalid_option"),
        ({"webhook_url": "http://example.com/hook"}, 400, "invalid_webhook_url"),
        ({"webhook_url": "https://127.0.0.1/hook"}, 400, "invalid_webhook_url"),
        ({"action[x]": "y", "action": None}, 400, "invalid_option"),
    ],
)
def test_a_bad_field_is_refused_and_costs_nothing(
    client: FlaskClient, tenant: Tenant, tools: Tools, changes: dict[str, Any], status: int, code: str
) -> None:
    before = available(tools, tenant)
    check(send(client, tenant.headers(Dialect.STUDIO), **changes), status, code)
    assert available(tools, tenant) == before
    assert list(tools.objects.list("staging/")) == []


def test_too_many_images_are_refused_by_the_plan(client: FlaskClient, tools: Tools) -> None:
    small = factories.tenant(tools, plan="free")
    urls = [f"https://example.com/{number}.jpg" for number in range(21)]
    reply = send(client, small.headers(Dialect.STUDIO), **{"image_urls[]": urls})
    check(reply, 400, "too_many_images")
    assert reply.json["details"]["max"] == 20


def test_short_credits_refuse_the_whole_request(client: FlaskClient, tools: Tools) -> None:
    poor = factories.tenant(tools, credits=1)
    reply = send(client, poor.headers(Dialect.STUDIO), **{"image_urls[]": [URL, URL]})
    check(reply, 402, "insufficient_credits")
    assert (reply.json["details"]["required"], reply.json["details"]["available"]) == (2, 1)
    assert available(tools, poor) == 1


@pytest.mark.parametrize(
    ("drop", "replace", "status", "code"),
    [
        (("Authorization", "X-Merchant-Id"), {}, 401, "missing_api_key"),
        (("Authorization",), {"Authorization": "Basic abc"}, 401, "missing_api_key"),
        ((), {"Authorization": "Bearer sk_live_nobody"}, 401, "invalid_api_key"),
        (("X-Merchant-Id",), {}, 401, "missing_merchant_id"),
        ((), {"X-Merchant-Id": "merchant_1"}, 403, "merchant_mismatch"),
        ((), {"Authorization": "Bearer sk_live_nobody", "X-Merchant-Id": "merchant_1"}, 401, "invalid_api_key"),
    ],
)
def test_both_headers_are_needed(
    client: FlaskClient, tenant: Tenant, drop: tuple[str, ...], replace: dict[str, str], status: int, code: str
) -> None:
    headers = {name: value for name, value in tenant.headers(Dialect.STUDIO).items() if name not in drop} | replace
    reply = send(client, headers)
    check(reply, status, code)
    if status == 401:
        assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_another_dialects_key_is_no_key_here(client: FlaskClient, tenant: Tenant) -> None:
    headers = tenant.headers(Dialect.STUDIO) | {"Authorization": f"Bearer {tenant.keys[Dialect.SHELF]}"}
    check(send(client, headers), 401, "invalid_api_key")


def test_uploads_of_which_none_is_an_image_are_refused(client: FlaskClient, tenant: Tenant, tools: Tools) -> None:
    for body in (b"<html>no</html>", b"%PDF-1.7", b"GIF8"):
        data = {"action": "bg-remove", "image_files[]": (io.BytesIO(body), "a.jpg")}
        check(client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO)), 422, "invalid_image")
    assert list(tools.objects.list("staging/")) == []


def test_a_bad_upload_among_good_ones_fails_alone(client: FlaskClient, tenant: Tenant, pictures: Any) -> None:
    files = [(io.BytesIO(pictures.picture(64, 64)), "a.png"), (io.BytesIO(b"nonsense"), "b.png")]
    data = {"action": "bg-remove", "image_files[]": files, "options[async]": "1"}
    reply = client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO))
    assert (reply.status_code, reply.json["total_count"]) == (200, 2)


def test_a_file_over_the_limit_is_refused(make_client: Any) -> None:
    client, tools = make_client(max_file_mb=1)
    tenant = factories.tenant(tools)
    data = {"action": "bg-remove", "image_files[]": (io.BytesIO(b"\xff\xd8\xff" + b"x" * 1_100_000), "a.jpg")}
    check(client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO)), 413, "file_too_large")
    assert list(tools.objects.list("staging/")) == []


def test_a_body_that_is_no_form_is_refused(client: FlaskClient, tenant: Tenant) -> None:
    headers = tenant.headers(Dialect.STUDIO)
    reply = client.post("/api/v1/batch.php", data=b"x", content_type="text/plain", headers=headers)
    check(reply, 415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_told_which_there_are(client: FlaskClient, tenant: Tenant, method: str) -> None:
    reply = getattr(client, method)("/api/v1/batch.php", headers=tenant.headers(Dialect.STUDIO))
    check(reply, 405, "method_not_allowed")
    assert {"POST", "GET"} <= set(reply.headers["Allow"].split(", "))


def test_a_get_without_a_job_is_a_wrong_method(client: FlaskClient, tenant: Tenant) -> None:
    reply = client.get("/api/v1/batch.php", headers=tenant.headers(Dialect.STUDIO))
    check(reply, 405, "method_not_allowed")
    assert reply.headers["Allow"] == "POST, GET, OPTIONS"


def test_a_read_key_may_poll_and_not_submit(client: FlaskClient, tools: Tools) -> None:
    reader = factories.tenant(tools, role="read")
    check(send(client, reader.headers(Dialect.STUDIO)), 403, "key_disabled")
