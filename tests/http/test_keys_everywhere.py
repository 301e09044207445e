"""Every operation that creates something or spends credits takes an Idempotency-Key: it is documented there, and a key
that is none is refused there."""

from typing import Any

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient

from batch_api.openapi import document
from storage.model import Dialect

MAKERS = {
    "/v1/batch": Dialect.PRINT,
    "/v1/batch/wallart": Dialect.PRINT,
    "/v1/batch/poster": Dialect.PRINT,
    "/v1/batch/clipart": Dialect.PRINT,
    "/v1/batch/upscale": Dialect.PRINT,
    "/v1/keys": Dialect.PRINT,
    "/v1/uploads": Dialect.PRINT,
    "/v1/webhooks": Dialect.PRINT,
    "/api/v1/batch.php": Dialect.STUDIO,
    "/api/v1/analyses": Dialect.SHELF,
    "/api/v1/analyses/batch": Dialect.SHELF,
    "/api/v1/uploads": Dialect.SHELF,
    "/api/v1/webhooks": Dialect.SHELF,
}
RETRY = "/v1/batch/{batch_id}/retry-failed"  # needs a finished batch; its use of the key has a test of its own
# What changes or repeats something that is there already, and the documented operations that are still to come.
OTHERS = ("/cancel", "/redeliver", "/replay", "/rotate", "/test", "/v1/mockups", "/v1/mockups/templates")
URL = "https://images.example.com/a.png"
BODIES: dict[str, dict[str, Any]] = {
    "/v1/batch": {"image_urls": [URL], "job_type": "upscale"},
    "/v1/keys": {"name": "till"},
    "/v1/uploads": {"filename": "a.png", "bytes": 10},
    "/v1/webhooks": {"url": "https://shop.example.com/hook"},
    "/api/v1/analyses": {"imageUrl": URL},
    "/api/v1/analyses/batch": {"images": [{"imageUrl": URL}]},
    "/api/v1/uploads": {"filename": "a.png", "bytes": 10},
    "/api/v1/webhooks": {"url": "https://shop.example.com/hook", "events": ["*"]},
}


def test_what_creates_or_spends_documents_its_key(app: Flask) -> None:
    paths = {path: item["post"] for path, item in document(app)["paths"].items() if "post" in item}
    keyed = {
        path
        for path, told in paths.items()
        if any(each.get("name") == "Idempotency-Key" for each in told.get("parameters", ()))
    }
    assert keyed == {*MAKERS, RETRY}
    assert all(path.endswith(OTHERS) for path in paths.keys() - keyed)


@pytest.mark.parametrize("path", MAKERS)
def test_a_key_of_no_length_or_too_much_is_refused(client: FlaskClient, tenant: factories.Tenant, path: str) -> None:
    dialect = MAKERS[path]
    for key in ("", "x" * 256):
        head = tenant.headers(dialect, **{"Idempotency-Key": key})
        if dialect is Dialect.STUDIO:
            reply = client.post(path, data={"action": "bg-remove", "image_urls[]": URL}, headers=head)
        else:
            reply = client.post(path, json=BODIES.get(path, {"image_urls": [URL]}), headers=head)
        assert reply.status_code in (400, 422) and "Idempotency-Key" in reply.text, reply.text


@pytest.mark.parametrize("path", MAKERS)
def test_a_repeat_is_replayed_and_makes_nothing(client: FlaskClient, tenant: factories.Tenant, path: str) -> None:
    dialect = MAKERS[path]
    head = tenant.headers(dialect, **{"Idempotency-Key": "once"})
    for again in (False, True):
        if dialect is Dialect.STUDIO:
            form = {"action": "bg-remove", "image_urls[]": URL, "options[async]": "1"}
            reply = client.post(path, data=form, headers=head)
        else:
            reply = client.post(path, json=BODIES.get(path, {"image_urls": [URL]}), headers=head)
        assert reply.status_code < 300, reply.text
        marked = reply.headers.get("Idempotent-Replayed") or reply.headers.get("X-Idempotent-Replayed")
        assert marked == ("true" if again else None)
