"""When the time is over: what was stored is not listed and what was served answers as documented, in each dialect;
rows go when they are due and not before; an erased account leaves its ledger and nothing that names anybody."""

import io
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import factories
import pytest
from engine_rig import Clock, SilentDoorbell, picture
from flask.testing import FlaskClient
from sqlalchemy import text

from jobs import purge
from jobs.erasure import erase_accounts
from jobs.links import artifact_url
from jobs.purge import collect_orphans, purge_batches, tidy_rows
from jobs.sweep import Sweeper, sweep_once
from jobs.tools import Tools
from storage.model import Batch, Dialect
from storage.names import staging_key
from storage.post import Attempt, Message
from storage.records import audit, batches, endpoints, erasure, invariants, outbox
from storage.records.artifacts import list_artifacts

CANARY = "canary-7f3a"
HOURS = {Dialect.PRINT: 24, Dialect.STUDIO: 168, Dialect.SHELF: 24}
Submit = Callable[[FlaskClient, factories.Tenant], str]


@pytest.fixture(autouse=True)
def present(clock: Clock) -> None:
    """Files carry the real time, so the clock begins there."""
    clock.moment = datetime.fromtimestamp(time.time(), UTC)


def submit_print(client: FlaskClient, tenant: factories.Tenant, word: str = CANARY) -> str:
    form = {"images": [(picture_file(), f"{word}.png")], "client_job_id": word, "title": word}
    form["webhook_url"] = f"https://{word}.example/hook"
    headers = tenant.headers(**{"Idempotency-Key": word, "X-Request-Id": word})
    reply = client.post("/v1/batch/wallart", data=form, headers=headers)
    assert reply.status_code == 202, reply.text
    return str(reply.json["batch_id"])


def submit_studio(client: FlaskClient, tenant: factories.Tenant, word: str = CANARY) -> str:
    form = {"action": "bg-remove", "image_files[]": [(picture_file(), f"{word}.png")]}
    headers = tenant.headers(Dialect.STUDIO, Prefer="respond-async")
    reply = client.post("/api/v1/batch.php", data=form, headers=headers)
    assert reply.status_code == 200, reply.text
    return str(reply.json["job_id"])


def submit_shelf(client: FlaskClient, tenant: factories.Tenant, word: str = CANARY) -> str:
    headers = tenant.headers(Dialect.SHELF)
    slot = client.post("/api/v1/uploads", json={"filename": f"{word}.png"}, headers=headers).json["data"]
    url = urlsplit(slot["url"])
    client.put(f"{url.path}?{url.query}", data=picture(1), headers=slot["headers"])
    body = {"images": [{"imageUrl": f"upload:{slot['id']}", "metadata": {"aisle": word}}]}
    reply = client.post("/api/v1/analyses/batch", json=body, headers=headers)
    assert reply.status_code == 202, reply.text
    return str(reply.json["batchId"])


def picture_file() -> Any:
    return io.BytesIO(picture(1, (1200, 900)))


SUBMITS: dict[Dialect, Submit] = {
    Dialect.PRINT: submit_print,
    Dialect.STUDIO: submit_studio,
    Dialect.SHELF: submit_shelf,
}


def listing(tools: Tools) -> list[str]:
    return [stat.key for stat in tools.objects.list("")]


def links_of(tools: Tools, batch: Batch) -> list[str]:
    """The path of every address of a file that was handed out."""
    with tools.database.read() as tx:
        found = [artifact_url(tools, each, batch) for each in list_artifacts(tx, batch.id)]
    return [url.removeprefix("http://localhost") for url in found if url]


@pytest.mark.parametrize("dialect", Dialect)
def test_nothing_is_left_and_nothing_is_served_after_the_retention(
    client: FlaskClient,
    tools: Tools,
    tenant: factories.Tenant,
    clock: Clock,
    doorbell: SilentDoorbell,
    dialect: Dialect,
) -> None:
    batch = factories.finish_all(tools, SUBMITS[dialect](client, tenant))
    links = links_of(tools, batch)
    clock.forward(HOURS[dialect] * 3600 - 60)
    sweep_once(Sweeper(tools, doorbell))
    assert len(listing(tools)) >= 3, "input, result and archive are there until the end"
    assert {client.get(link).status_code for link in links} == {200}
    clock.forward(120)
    served = {client.get(link).status_code for link in links}
    assert served == {403}, "links end with the files, whether or not the sweep has come by"
    sweep_once(Sweeper(tools, doorbell))
    assert listing(tools) == []
    assert {client.get(link).status_code for link in links} == {403}
    reads(client, tenant, batch)
    with tools.database.read() as tx:
        assert batches.get_batch(tx, batch.id).purged_at is not None and invariants.verify(tx) == []


def reads(client: FlaskClient, tenant: factories.Tenant, batch: Batch) -> None:
    """The record stays readable in its dialect, without addresses."""
    headers = tenant.headers(batch.dialect)
    if batch.dialect is Dialect.PRINT:
        shown = client.get(f"/v1/batch/{batch.id}", headers=headers)
        assert shown.status_code == 200 and shown.json["zip_url"] is None and "/files/" not in shown.text
        gone = client.get(f"/v1/batch/{batch.id}/download", headers=headers)
        assert (gone.status_code, gone.json["error"]["code"]) == (410, "assets_expired")
        assert client.post(f"/v1/batch/{batch.id}/retry-failed", headers=headers).status_code == 410
    elif batch.dialect is Dialect.STUDIO:
        shown = client.get(f"/api/v1/batch.php?job_id={batch.id}", headers=headers)
        assert shown.status_code == 200 and "/output/" not in shown.text and "/files/" not in shown.text
        assert client.get(f"/output/{batch.id}/result_001.jpg").status_code == 410
    else:
        shown = client.get(f"/api/v1/analyses/batch/{batch.id}", headers=headers)
        assert shown.status_code == 200 and "/files/" not in shown.text


def test_one_pass_purges_more_than_a_bite_but_not_for_ever(
    client: FlaskClient,
    tools: Tools,
    tenant: factories.Tenant,
    clock: Clock,
    doorbell: SilentDoorbell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purge, "BATCHES_AT_ONCE", 1)
    for number in range(3):
        factories.finish_all(tools, submit_print(client, tenant, f"word-{number}"))
    clock.forward(25 * 3600)
    assert purge.purge_due(tools, seconds=0) == 1 and listing(tools) != []
    sweep_once(Sweeper(tools, doorbell))
    assert listing(tools) == []


def test_a_purge_that_was_cut_off_is_finished_by_the_next(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = factories.finish_all(tools, submit_print(client, tenant))
    clock.forward(25 * 3600)
    delete, done = type(tools.objects).delete, list[str]()

    def cut_off(store: Any, key: str) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(key)
        delete(store, key)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(type(tools.objects), "delete", cut_off)
        purge_batches(tools)
    with tools.database.read() as tx:
        assert batches.get_batch(tx, batch.id).purged_at is None and len(listing(tools)) > 0
    assert purge_batches(tools) == 1 and listing(tools) == []


def test_what_never_became_a_batch_is_gone_after_a_day(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock, doorbell: SilentDoorbell
) -> None:
    headers = tenant.headers(Dialect.SHELF)
    slot = client.post("/api/v1/uploads", json={"filename": "a.png"}, headers=headers).json["data"]
    url = urlsplit(slot["url"])
    assert client.put(f"{url.path}?{url.query}", data=picture(1), headers=slot["headers"]).status_code == 201
    tools.objects.put(staging_key("upl_left"), b"x", content_type="image/png")
    tools.objects.put("out/bat_unknown/job_x/dead/000.png", b"x", content_type="image/png")
    clock.forward(23 * 3600)
    sweep_once(Sweeper(tools, doorbell))
    assert staging_key("upl_left") in listing(tools), "an hour more"
    clock.forward(2 * 3600)
    sweep_once(Sweeper(tools, doorbell))
    collect_orphans(tools)
    assert listing(tools) == []
    assert client.put(f"{url.path}?{url.query}", data=picture(1), headers=slot["headers"]).status_code == 403
    with tools.database.read() as tx:
        assert tx.scalar(text("SELECT count(*) FROM uploads")) == 0


def test_rows_go_when_they_are_due_and_not_before(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    """Replies under an idempotency key: a day. Deliveries that ended: thirty days; one that waits stays."""
    submit_print(client, tenant)
    messages = [Message(Dialect.PRINT, "job.completed", "https://shop.example/h", b"{}", secrets=("whsec_x",))] * 2
    now = clock()
    with tools.database.write() as tx:
        tx.execute(text("DELETE FROM deliveries"))
        sent, waiting = outbox.add_messages(tx, tenant.account.id, messages, batch_id="bat_1", image_id=None, now=now)
        (claimed,) = outbox.claim_due(tx, now, limit=1, lease_s=60, among=[sent])
        attempt = Attempt(sent, 0, now, 1, 200, "", "")
        assert claimed.token and outbox.record_attempt(tx, attempt, claimed.token, delivered=True, next_at=None)

    def left() -> tuple[int, int, int]:
        tidy_rows(tools)
        with tools.database.read() as tx:
            names = ("idempotency_keys", "deliveries", "delivery_attempts")
            return tuple(tx.scalar(text(f"SELECT count(*) FROM {name}")) for name in names)  # type: ignore[return-value]

    assert left() == (1, 2, 1)
    clock.forward(23.9 * 3600)
    assert left() == (1, 2, 1)
    clock.forward(0.2 * 3600)
    assert left() == (0, 2, 1)
    clock.moment = now + timedelta(days=29, hours=23)
    assert left() == (0, 2, 1), "the log of deliveries is kept for thirty days"
    clock.moment = now + timedelta(days=30, seconds=1)
    assert left() == (0, 1, 0)
    with tools.database.read() as tx:
        assert outbox.get_delivery(tx, waiting).state == "pending"
        assert audit.entries(tx, 100) != [], "the audit log has no end"


def everything(tools: Tools, tenant: factories.Tenant, client: FlaskClient) -> list[str]:
    """Work of all dialects, finished and open, with a canary wherever a customer may write; ids of the batches."""
    made = [factories.finish_all(tools, SUBMITS[dialect](client, tenant), failing=[]).id for dialect in Dialect]
    failed = submit_print_again(client, tenant)
    factories.finish_all(tools, failed, failing=[0])
    open_one = submit_print_again(client, tenant)
    url = f"https://{CANARY}.example/hook"
    with tools.database.write() as tx:
        endpoints.create_endpoint(tx, tenant.account.id, Dialect.PRINT, url, ["*"], CANARY, tools.clock())
    return [*made, failed, open_one]


def submit_print_again(client: FlaskClient, tenant: factories.Tenant, word: str = CANARY) -> str:
    body = {"image_urls": [f"https://{CANARY}.example/a.png?t={CANARY}"], "client_job_id": CANARY}
    reply = client.post("/v1/batch/upscale", json=body, headers=tenant.headers())
    assert reply.status_code == 202, reply.text
    return str(reply.json["batch_id"])


def dumped(tools: Tools) -> dict[str, str]:
    """table → every value of it, as text."""
    with closing(sqlite3.connect(tools.settings.data_dir / "darkroom.sqlite3")) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: repr(raw.execute(f"SELECT * FROM {name}").fetchall()) for name in tables}


def test_an_erased_account_leaves_its_ledger_and_nothing_that_names_anybody(
    client: FlaskClient, tools: Tools, stranger: factories.Tenant, doorbell: SilentDoorbell, clock: Clock
) -> None:
    tenant = factories.tenant(tools, name=CANARY)
    made = everything(tools, tenant, client)
    theirs = factories.finish_all(tools, submit_shelf(client, stranger, "aisle"))
    hidden = [CANARY, tenant.account.merchant_id, str(tenant.account.webhook_secret)]
    before = dumped(tools)
    assert sum(CANARY in rows for rows in before.values()) >= 6, "the canary is all over the place"
    entries = ledger_rows(tools, tenant)
    with tools.database.write() as tx:
        erasure.request(tx, tenant.account.id, clock())
    assert {client.get("/v1/account", headers=tenant.headers()).status_code} == {401}, "at once"
    assert erase_accounts(tools, doorbell) == 0, "the open batch is packaged first"
    factories.finish_batch(tools, made[-1])
    sweep_once(Sweeper(tools, doorbell))
    after = dumped(tools)
    own = {key for key in listing(tools) if theirs.id not in key}
    with tools.database.read() as tx:
        assert own == set(tx.scalars(text("SELECT key FROM image_inputs"))), "all that is left is the stranger's"
        assert invariants.verify(tx) == [] and erasure.requested(tx) == []
        rows = tx.execute(text("SELECT credits_charged, succeeded, failed FROM batches WHERE account_id = :a"),
                          {"a": tenant.account.id}).all()  # fmt: skip
    assert len(rows) == len(made) and sum(row.succeeded for row in rows) == 3, "the numbers stay"
    assert {name for name, rows in after.items() for word in hidden if word in rows} == set()
    assert ledger_rows(tools, tenant)[: len(entries)] == entries, "the ledger is only added to"
    assert client.get(f"/api/v1/analyses/batch/{theirs.id}", headers=stranger.headers(Dialect.SHELF)).status_code == 200
    assert erase_accounts(tools, doorbell) == 0, "done is done"


def ledger_rows(tools: Tools, tenant: factories.Tenant) -> list[Any]:
    with tools.database.read() as tx:
        found = text("SELECT id, kind, amount, batch_id FROM ledger_entries WHERE account_id = :a ORDER BY seq")
        return [tuple(row) for row in tx.execute(found, {"a": tenant.account.id})]
