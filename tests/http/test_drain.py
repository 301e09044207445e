"""While the operator takes no new work: submissions of every dialect are told to come back and leave nothing behind,
and what was accepted is served as ever."""

import io
from typing import Any

import factories
import pytest
from engine_rig import SilentDoorbell, picture
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect
from storage.records import switches

KEY = {"Idempotency-Key": "k-1"}


def submit(client: FlaskClient, tenant: factories.Tenant, dialect: Dialect, **more: str) -> Any:
    headers = tenant.headers(dialect, **more)
    if dialect is Dialect.PRINT:
        form = {"images": [(io.BytesIO(picture(1, (600, 400))), "a.png")]}
        return client.post("/v1/batch/wallart", data=form, headers=headers)
    if dialect is Dialect.STUDIO:
        form = {"action": "bg-remove", "image_files[]": [(io.BytesIO(picture(1)), "a.png")]}
        return client.post("/api/v1/batch.php", data=form, headers={**headers, "Prefer": "respond-async"})
    body = {"imageUrl": "https://example.com/a.jpg"}
    return client.post("/api/v1/analyses", json=body, headers=headers)


def drain(tools: Tools, on: bool) -> None:
    with tools.database.write() as tx:
        if on:
            switches.turn_on(tx, switches.DRAINED, "new disk", tools.clock())
        else:
            switches.turn_off(tx, switches.DRAINED)


@pytest.mark.parametrize("dialect", Dialect)
def test_new_work_is_put_off_and_leaves_nothing(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell, dialect: Dialect
) -> None:
    before = factories.available(tools, tenant)
    drain(tools, True)
    reply = submit(client, tenant, dialect, **KEY)
    assert reply.status_code == 503 and int(reply.headers["Retry-After"]) >= 1
    assert "disk" not in reply.text, "the reason is the operator's"
    assert [*tools.objects.list("")] == [] and doorbell.rung == [] and factories.available(tools, tenant) == before
    drain(tools, False)
    assert submit(client, tenant, dialect, **KEY).status_code in (200, 202), "the same key, not spent by the refusal"


@pytest.mark.parametrize("dialect", [Dialect.PRINT, Dialect.SHELF])
def test_reads_and_repeats_are_served(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, dialect: Dialect
) -> None:
    first = submit(client, tenant, dialect, **KEY)
    drain(tools, True)
    assert client.get("/readyz").status_code == client.get("/healthz").status_code == 200
    again = submit(client, tenant, dialect, **KEY)
    assert (again.status_code, again.data) == (first.status_code, first.data)
    place = f"/v1/batch/{first.json['batch_id']}" if dialect is Dialect.PRINT else "/api/v1/analyses"
    assert client.get(place, headers=tenant.headers(dialect)).status_code == 200
