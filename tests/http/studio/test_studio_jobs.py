"""From the queued reply to the finished one: polls in every spelling, results, partial failure, replays, tenants."""

import threading
import time
from typing import Any

import factories
import pytest
from factories import Tenant, available
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.model import Dialect, Role
from storage.records.images import list_images

URL = "https://example.com/p.jpg"


@pytest.fixture
def submit(client: FlaskClient, tenant: Tenant) -> Any:
    def send(count: int = 1, **headers: str) -> Any:
        data = {"action": "bg-remove", "image_urls[]": [f"{URL}?{n}" for n in range(count)], "options[async]": "1"}
        return client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO, **headers))

    return send


def finish(tools: Tools, job_id: str, failing: tuple[int, ...] = ()) -> None:
    """Settle as the workers do, with a cut-out named as theirs."""
    with tools.database.read() as tx:
        images = list_images(tx, job_id)
    for image in images:
        if image.index in failing:
            factories.fail_image(tools, image.id)
        else:
            finish_one(tools, image.id, image.index)
    factories.finish_batch(tools, job_id)


def finish_one(tools: Tools, image_id: str, index: int) -> None:
    from dataclasses import replace

    from storage.records import images

    now = tools.clock()
    with tools.database.write() as tx:
        claimed = images.claim_image(tx, image_id, now, 60)
        assert claimed is not None
        image, lease = claimed
        name = f"result_{index + 1:03d}.jpg"
        made = factories.store(tools, image.batch_id, image_id, lease.token, b"jpeg", {"filename": name})
        made = replace(made, role=Role.CUTOUT)
        facts = {"aspect_ratio": "1:1", "width": 1024, "height": 1024, "engine": "local", "warnings": ["A note."]}
        images.settle_success(tx, image_id, lease.token, result=facts, artifacts=[made], now=now)


def test_the_queued_reply_has_every_key_a_client_reads(submit: Any, tools: Tools, tenant: Tenant) -> None:
    before = available(tools, tenant)
    body = submit().json
    assert body["success"] is True and body["job_id"].startswith("job_")
    assert (body["status"], body["output_url"], body["output_urls"]) == ("queued", None, [])
    assert body["metadata"]["processing_time_ms"] is None
    assert available(tools, tenant) == before - 1


def test_polls_in_every_spelling_give_the_same_job(client: FlaskClient, tenant: Tenant, submit: Any) -> None:
    job = submit().json["job_id"]
    headers = tenant.headers(Dialect.STUDIO)
    replies = [
        client.get(f"/api/v1/batch.php?job_id={job}", headers=headers),
        client.get(f"/api/v1/batch.php?action=status&job_id={job}", headers=headers),
        client.post("/api/v1/batch.php", data={"action": "status", "job_id": job}, headers=headers),
        client.get(f"/api/v1/jobs/{job}", headers=headers),
    ]
    assert [reply.status_code for reply in replies] == [200] * 4
    assert {reply.get_data() for reply in replies} == {replies[0].get_data()}
    assert replies[0].headers["Retry-After"] == "2"


def test_a_finished_job_has_its_files_in_input_order(
    client: FlaskClient, tenant: Tenant, tools: Tools, submit: Any
) -> None:
    job = submit(3).json["job_id"]
    finish(tools, job, failing=(1,))
    reply = client.get(f"/api/v1/batch.php?job_id={job}", headers=tenant.headers(Dialect.STUDIO))
    body = reply.json
    assert (body["status"], body["completed_count"], body["failed_count"]) == ("completed", 2, 1)
    assert [url.rsplit("/", 1)[-1] for url in body["output_urls"]] == ["result_001.jpg", "result_003.jpg"]
    assert body["output_url"] == body["output_urls"][0]
    assert [(each["index"], each["code"]) for each in body["errors"]] == [(1, "invalid_image")]
    assert body["warnings"] == ["A note."] and body["credits_used"] == 2
    assert "Retry-After" not in reply.headers
    path = body["output_url"].removeprefix("http://localhost")
    assert client.get(path).get_data() == b"jpeg"


def test_a_job_of_which_nothing_succeeds_has_failed_and_costs_nothing(
    client: FlaskClient, tenant: Tenant, tools: Tools, submit: Any
) -> None:
    before = available(tools, tenant)
    job = submit(2).json["job_id"]
    finish(tools, job, failing=(0, 1))
    body = client.get(f"/api/v1/jobs/{job}", headers=tenant.headers(Dialect.STUDIO)).json
    assert (body["success"], body["status"], body["credits_used"]) == (False, "failed", 0)
    assert body["error"] == "It is damaged."
    assert available(tools, tenant) == before


def test_another_merchants_job_does_not_exist(client: FlaskClient, stranger: Tenant, submit: Any) -> None:
    job = submit().json["job_id"]
    for found in (job, "job_unknown"):
        reply = client.get(f"/api/v1/jobs/{found}", headers=stranger.headers(Dialect.STUDIO))
        assert (reply.status_code, reply.json["code"]) == (404, "job_not_found")
        assert reply.json["error"] == "There is no such job."


def test_an_idempotency_key_gives_the_same_job(submit: Any, tools: Tools, tenant: Tenant) -> None:
    first = submit(**{"Idempotency-Key": "order-7"})
    held = available(tools, tenant)
    again = submit(**{"Idempotency-Key": "order-7"})
    assert again.json["job_id"] == first.json["job_id"]
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert available(tools, tenant) == held
    other = submit(2, **{"Idempotency-Key": "order-7"})
    assert (other.status_code, other.json["code"]) == (409, "idempotency_conflict")


def test_the_post_waits_for_its_result(make_client: Any) -> None:
    client, tools = make_client(sync_wait_seconds=20.0)
    tenant = factories.tenant(tools)

    def work() -> None:
        from sqlalchemy import text

        for _ in range(200):
            with tools.database.read() as tx:
                found = tx.execute(text("select id from batches")).scalars().all()
            if found:
                return finish(tools, found[0])
            time.sleep(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    data = {"action": "bg-remove", "image_urls[]": URL}
    body = client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO)).json
    worker.join()
    assert body["status"] == "completed" and body["output_url"].endswith("/result_001.jpg")


def test_the_wait_is_bounded(make_client: Any) -> None:
    client, tools = make_client(sync_wait_seconds=0.3)
    tenant = factories.tenant(tools)
    began = time.monotonic()
    data = {"action": "bg-remove", "image_urls[]": URL}
    body = client.post("/api/v1/batch.php", data=data, headers=tenant.headers(Dialect.STUDIO)).json
    assert body["status"] == "queued" and time.monotonic() - began < 5


def test_rate_limits_are_shown_and_kept(client: FlaskClient, submit: Any) -> None:
    first = submit()
    assert int(first.headers["X-RateLimit-Limit"]) == 120
    for _ in range(119):
        submit()
    refused = submit()
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
