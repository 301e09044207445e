"""Polling, lists, downloads, cancelling, account and ledger of the print dialect; and that strangers see nothing."""

from typing import Any

import factories
import pytest
from engine_rig import Clock, SilentDoorbell
from flask.testing import FlaskClient
from marshmallow import RAISE

from batch_api.print_shop import schemas
from jobs.tools import Tools

URL = "https://images.example.com/a.png"


def submit(client: FlaskClient, tenant: factories.Tenant, count: int = 2, action: str = "wallart", **more: Any) -> Any:
    reply = client.post(f"/v1/batch/{action}", json={"image_urls": [URL] * count, **more}, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    return reply.json


@pytest.mark.parametrize("path", ["/v1/batch/{id}", "/v1/batches/{id}", "/v1/batch/{id}/status"])
def test_a_finished_batch_is_shown_with_everything(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, path: str
) -> None:
    made = submit(client, tenant, client_job_id="x")
    factories.finish_all(tools, made["batch_id"], failing=[1])
    reply = client.get(path.format(id=made["batch_id"]), headers=tenant.headers())
    assert reply.status_code == 200
    body = schemas.BatchDetail(unknown=RAISE).load(reply.json) and reply.json
    assert body["status"] == "completed" and body["partial"] is True and body["progress"] == 1.0
    assert body["counts"] == {"queued": 0, "processing": 0, "completed": 1, "failed": 1, "canceled": 0}
    assert body["credit_cost"] == 59
    assert body["zip_url"] == body["download_url"] and body["zip_size_bytes"] == 22
    good, bad = body["jobs"]
    assert good["parent_batch_id"] == body["batch_id"] and good["credit_cost"] == 59 and good["error"] is None
    assert good["files"][0]["url"] == good["assets"]["download_urls"][0]
    assert good["files"][0]["width"] == 7200 and good["files"][0]["kind"] == "print"
    assert good["assets"]["video_url"] is None and good["assets"]["mockup_urls"] == []
    assert bad["credit_cost"] == 0 and bad["error"]["code"] == "image_decode_failed" and bad["files"] == []


def test_a_waiting_batch_says_when_to_ask_again(client: FlaskClient, tenant: factories.Tenant) -> None:
    made = submit(client, tenant)
    reply = client.get(f"/v1/batch/{made['batch_id']}", headers=tenant.headers())
    assert reply.json["status"] == "queued" and reply.json["zip_url"] is None
    assert int(reply.headers["Retry-After"]) == reply.json["poll_after_seconds"]


def test_links_are_fresh_at_each_poll_and_open_without_a_key(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    made = submit(client, tenant, 1)
    factories.finish_all(tools, made["batch_id"])
    job = client.get(f"/v1/jobs/{made['jobs'][0]['job_id']}", headers=tenant.headers()).json
    assert schemas.Job(unknown=RAISE).validate(job) == {}
    assert job["attempt_log"][0]["outcome"] == "succeeded"
    got = client.get(job["assets"]["download_urls"][0].removeprefix("http://localhost"))
    assert got.status_code == 200 and got.data == b"made"
    alias = client.get(f"/v1/batch/{made['batch_id']}/jobs/{job['job_id']}", headers=tenant.headers())
    assert alias.json["job_id"] == job["job_id"]


def test_download_is_409_then_302_then_410(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    made = submit(client, tenant, 1)
    path = f"/v1/batch/{made['batch_id']}/download"
    early = client.get(path, headers=tenant.headers())
    assert early.status_code == 409 and early.json["error"]["code"] == "not_ready"
    factories.finish_all(tools, made["batch_id"])
    ready = client.get(path, headers=tenant.headers())
    assert ready.status_code == 302
    assert client.get(ready.headers["Location"].removeprefix("http://localhost")).data.startswith(b"PK")
    factories.a_day_later(clock)
    late = client.get(path, headers=tenant.headers())
    assert late.status_code == 410 and late.json["error"]["code"] == "assets_expired"
    still = client.get(f"/v1/batch/{made['batch_id']}", headers=tenant.headers()).json
    assert still["zip_url"] is None and still["jobs"][0]["assets"]["download_urls"] == []


def test_cancelling_returns_the_credits_of_what_has_not_started(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, doorbell: SilentDoorbell
) -> None:
    before = factories.available(tools, tenant)
    made = submit(client, tenant, 3)
    factories.finish_image(tools, made["jobs"][0]["job_id"])
    reply = client.post(f"/v1/batch/{made['batch_id']}/cancel", headers=tenant.headers())
    assert reply.status_code == 200 and reply.json["counts"]["canceled"] == 2
    assert factories.available(tools, tenant) == before - 59
    assert doorbell.packaging == [made["batch_id"]]
    factories.finish_batch(tools, made["batch_id"])
    assert client.get(f"/v1/batch/{made['batch_id']}", headers=tenant.headers()).json["status"] == "canceled"


def test_lists_are_newest_first_filtered_and_paged(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    made = []
    for number in range(5):
        clock.forward(1)
        made.append(submit(client, tenant, 1, client_job_id=f"job {number % 2}")["batch_id"])
    factories.finish_all(tools, made[0])
    first = client.get("/v1/batch?limit=3", headers=tenant.headers()).json
    assert schemas.BatchPage(unknown=RAISE).validate(first) == {}
    assert [batch["batch_id"] for batch in first["batches"]] == made[:1:-1] and first["has_more"] is True
    rest = client.get(f"/v1/batch?limit=3&cursor={first['next_cursor']}", headers=tenant.headers()).json
    assert [batch["batch_id"] for batch in rest["batches"]] == [made[1], made[0]] and rest["next_cursor"] is None
    odd = client.get("/v1/batch?client_job_id=job 1", headers=tenant.headers()).json
    assert [batch["batch_id"] for batch in odd["batches"]] == [made[3], made[1]]
    done = client.get("/v1/batch?status=completed", headers=tenant.headers()).json
    assert [batch["batch_id"] for batch in done["batches"]] == [made[0]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=lost", "cursor=bat_nothing"])
def test_a_list_refuses_what_it_does_not_know(client: FlaskClient, tenant: factories.Tenant, query: str) -> None:
    reply = client.get(f"/v1/batch?{query}", headers=tenant.headers())
    assert reply.status_code == 400 and reply.json["error"]["details"][0]["field"] == query.partition("=")[0]


def test_account_credits_and_ledger(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    made = submit(client, tenant, 1)
    account = client.get("/v1/account", headers=tenant.headers()).json
    assert schemas.AccountBody(unknown=RAISE).validate(account) == {}
    assert account["limits"]["max_batch_size"] == 50 and account["held"] == 59
    assert client.get("/v1/credits", headers=tenant.headers()).json["available"] == 10_000 - 59
    factories.finish_all(tools, made["batch_id"])
    page = client.get("/v1/credits/transactions?limit=2", headers=tenant.headers()).json
    assert schemas.TransactionPage(unknown=RAISE).validate(page) == {}
    assert [entry["type"] for entry in page["transactions"]] == ["capture", "hold"]
    rest = client.get(f"/v1/credits/transactions?cursor={page['next_cursor']}", headers=tenant.headers()).json
    assert [entry["type"] for entry in rest["transactions"]] == ["grant"]


def test_a_stranger_gets_the_same_404_as_for_what_never_was(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    made = submit(client, tenant, 1)
    hook = client.post("/v1/webhooks", json={"url": "https://a.example.com/x"}, headers=tenant.headers()).json
    key = client.get("/v1/keys", headers=tenant.headers()).json["keys"][0]["key_id"]
    asked = [
        ("GET", "/v1/batch/{}", made["batch_id"]),
        ("GET", "/v1/batch/{}/download", made["batch_id"]),
        ("POST", "/v1/batch/{}/cancel", made["batch_id"]),
        ("POST", "/v1/batch/{}/retry-failed", made["batch_id"]),
        ("GET", "/v1/jobs/{}", made["jobs"][0]["job_id"]),
        ("GET", "/v1/webhooks/{}", hook["webhook_id"]),
        ("PATCH", "/v1/webhooks/{}", hook["webhook_id"]),
        ("DELETE", "/v1/webhooks/{}", hook["webhook_id"]),
        ("POST", "/v1/webhooks/{}/test", hook["webhook_id"]),
        ("POST", "/v1/webhooks/{}/rotate", hook["webhook_id"]),
        ("POST", "/v1/webhooks/{}/replay", hook["webhook_id"]),
        ("GET", "/v1/webhooks/{}/deliveries", hook["webhook_id"]),
        ("POST", "/v1/webhooks/{}/deliveries/evt_1/redeliver", hook["webhook_id"]),
        ("DELETE", "/v1/keys/{}", key),
    ]
    for method, path, known in asked:
        theirs = client.open(path.format(known), method=method, json={}, headers=stranger.headers())
        never = client.open(path.format(known[:-4] + "zzzz"), method=method, json={}, headers=stranger.headers())
        assert theirs.status_code == never.status_code == 404, (method, path, theirs.text)
        assert theirs.json["error"] == never.json["error"]
    for path, name in (("/v1/batch", "batches"), ("/v1/webhooks", "webhooks")):
        assert client.get(path, headers=stranger.headers()).json[name] == []


def test_a_studio_batch_is_not_a_print_batch(client: FlaskClient, tools: Tools, tenant: factories.Tenant) -> None:
    reply = client.post(
        "/api/v1/batch.php",
        data={"action": "bg-remove", "image_urls[]": URL, "options[async]": "true"},
        headers=tenant.headers(factories.Dialect.STUDIO),
    )
    if reply.status_code != 200:
        pytest.skip(f"the studio does not take this here: {reply.text[:100]}")
    job = reply.json["job_id"]
    assert client.get(f"/v1/batch/{job}", headers=tenant.headers()).status_code == 404
