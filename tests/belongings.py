"""One of everything that a tenant can own, made through the API by a test client. Never looks into the records."""

from typing import Any

import factories
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect

URL = "https://photos.example.com/a.jpg"
HOOK = "https://shop.example.com/x"


def dialect_of(path: str) -> Dialect:
    """Whose operation a path of the document is; what lies outside of all dialects counts as the shelf's."""
    if path.startswith("/v1/") and not path.startswith(("/v1/analyses", "/v1/usage")):
        return Dialect.PRINT
    return Dialect.STUDIO if path.startswith(("/api/v1/batch", "/api/v1/jobs/")) else Dialect.SHELF


def belongings_of(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> dict[tuple[Dialect, str], str]:
    """Their ids by dialect and parameter, finished so that they can be read."""

    def send(dialect: Dialect, path: str, **body: Any) -> Any:
        reply = client.post(path, headers=tenant.headers(dialect), **body)
        assert reply.status_code in (200, 201, 202), reply.text
        return reply.json

    printed = send(Dialect.PRINT, "/v1/batch/upscale", json={"image_urls": [URL], "scale": 2})
    shelved = send(Dialect.SHELF, "/api/v1/analyses/batch", json={"images": [{"imageUrl": URL}]})
    form = {"action": "bg-remove", "image_urls[]": URL, "options[async]": "1"}
    job = send(Dialect.STUDIO, "/api/v1/batch.php", data=form)["job_id"]
    factories.finish_all(tools, printed["batch_id"], failing=())
    hook = send(Dialect.PRINT, "/v1/webhooks", json={"url": HOOK})["id"]
    shelf_hook = send(Dialect.SHELF, "/api/v1/webhooks", json={"url": HOOK, "events": ["*"]})["data"]["id"]
    return {
        (Dialect.PRINT, "batch_id"): printed["batch_id"],
        (Dialect.PRINT, "job_id"): printed["jobs"][0]["job_id"],
        (Dialect.PRINT, "webhook_id"): hook,
        (Dialect.PRINT, "delivery_id"): send(Dialect.PRINT, f"/v1/webhooks/{hook}/test", json={})["delivery_id"],
        (Dialect.PRINT, "key_id"): send(Dialect.PRINT, "/v1/keys", json={"name": "k"})["key_id"],
        (Dialect.STUDIO, "job_id"): job,
        (Dialect.SHELF, "batch_id"): shelved["batchId"],
        (Dialect.SHELF, "analysis_id"): shelved["analyses"][0]["id"],
        (Dialect.SHELF, "webhook_id"): shelf_hook,
        (Dialect.SHELF, "delivery_id"): send(Dialect.SHELF, f"/api/v1/webhooks/{shelf_hook}/test")["data"][
            "deliveryId"
        ],
    }
