"""Trying the failed images of a finished batch again."""

import io
from typing import Any

import factories
from engine_rig import Clock
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.records import images


def submitted(client: FlaskClient, tenant: factories.Tenant, pictures: Any) -> Any:
    form = {
        "images": [
            (io.BytesIO(pictures.picture(60, 60, colour)), f"{colour}.png") for colour in ("red", "blue", "tan")
        ],
        "client_job_id": "shop 7",
        "scale": "2",
    }
    return client.post("/v1/batch/upscale", data=form, headers=tenant.headers()).json


def test_only_what_failed_is_tried_and_paid_again(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, pictures: Any
) -> None:
    first = submitted(client, tenant, pictures)
    path = f"/v1/batch/{first['batch_id']}/retry-failed"
    early = client.post(path, headers=tenant.headers())
    assert early.status_code == 409 and early.json["error"]["code"] == "not_ready"
    factories.finish_all(tools, first["batch_id"], failing=[0, 2])
    before = factories.available(tools, tenant)
    head = tenant.headers(**{"Idempotency-Key": "again"})
    second = client.post(path, headers=head)
    assert second.status_code == 202, second.text
    body = second.json
    assert [job["filename"] for job in body["jobs"]] == ["red.png", "tan.png"]
    assert body["retry_of"] == first["batch_id"] and body["client_job_id"] == "shop 7" and body["credit_cost"] == 4
    assert factories.available(tools, tenant) == before - 4
    assert client.post(path, headers=head).data == second.data
    with tools.database.read() as tx:
        sources = [image.sources[0] for image in images.list_images(tx, body["batch_id"])]
    assert all(tools.objects.stat(source.key or "").bytes == source.bytes for source in sources)
    factories.finish_all(tools, body["batch_id"])
    nothing = client.post(f"/v1/batch/{body['batch_id']}/retry-failed", headers=tenant.headers())
    assert nothing.status_code == 409 and nothing.json["error"]["code"] == "nothing_to_retry"


def test_after_the_retention_time_it_is_gone(
    client: FlaskClient,
    tools: Tools,
    tenant: factories.Tenant,
    stranger: factories.Tenant,
    pictures: Any,
    clock: Clock,
) -> None:
    first = submitted(client, tenant, pictures)
    factories.finish_all(tools, first["batch_id"], failing=[1])
    path = f"/v1/batch/{first['batch_id']}/retry-failed"
    assert client.post(path, headers=stranger.headers()).status_code == 404
    factories.a_day_later(clock)
    assert client.post(path, headers=tenant.headers()).status_code == 410
