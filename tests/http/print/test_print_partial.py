"""What a customer has of a batch that is still at work: finished files, and every attempt at each image."""

from datetime import timedelta
from typing import Any

import factories
from engine_rig import Clock
from flask.testing import FlaskClient

from jobs.tools import Tools
from storage.records import images

URL = "https://images.example.com/a.png"


def submit(client: FlaskClient, tenant: factories.Tenant, count: int) -> Any:
    made = client.post("/v1/batch/wallart", json={"image_urls": [URL] * count}, headers=tenant.headers())
    assert made.status_code == 202, made.text
    return made.json


def test_a_finished_image_is_fetched_before_its_batch_ends(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    made = submit(client, tenant, 2)
    first, second = (job["job_id"] for job in made["jobs"])
    factories.finish_image(tools, first)
    shown = client.get(f"/v1/batch/{made['batch_id']}", headers=tenant.headers()).json
    assert (shown["status"], shown["zip_url"]) == ("processing", None)
    done, waiting = shown["jobs"]
    assert (done["job_id"], waiting["job_id"], waiting["files"]) == (first, second, [])
    got = client.get(done["files"][0]["url"].removeprefix("http://localhost"))
    assert (got.status_code, got.data) == (200, b"made")


def test_every_attempt_is_told_with_its_times_and_its_code(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    made = submit(client, tenant, 1)
    job = made["jobs"][0]["job_id"]
    with tools.database.write() as tx:
        claimed = images.claim_image(tx, job, clock(), 60)
        assert claimed is not None
        later = clock() + timedelta(seconds=2)
        token, message = claimed[1].token, "Connection to 10.0.0.7 lost on worker-3."
        clock.forward(1)
        images.retry_later(tx, job, token, code="source_unavailable", message=message, not_before=later, now=clock())
    clock.forward(2)
    waiting = client.get(f"/v1/jobs/{job}", headers=tenant.headers()).json
    assert (waiting["status"], waiting["attempts"]) == ("queued", 1)
    factories.finish_image(tools, job)
    reply = client.get(f"/v1/jobs/{job}", headers=tenant.headers())
    log = reply.json["attempt_log"]
    assert [(each["number"], each["outcome"], each["code"]) for each in log] == [
        (1, "retry", "source_unavailable"),
        (2, "succeeded", None),
    ]
    assert all(each["started_at"] <= each["ended_at"] for each in log)
    assert "worker-3" not in reply.text and "10.0.0.7" not in reply.text
