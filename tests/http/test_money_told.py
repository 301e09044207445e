"""What customers are told of their credits agrees with the batches to the credit, and a submission that is refused for
want of credits leaves nothing behind."""

import io
import os
import random
from typing import Any

import factories
import pytest
from engine_rig import SilentDoorbell
from flask.testing import FlaskClient
from pictures import picture
from sqlalchemy import select

from jobs.tools import Tools
from storage.model import Dialect
from storage.names import STAGING
from storage.records import accounts, batches, images, ledger
from storage.records.border_tables import metadata

URL = "https://images.example.com/a.png"
CHANGING = {"probes"}  # a beat of readiness


def everything(tools: Tools) -> dict[str, list[str]]:
    """Every row of every table, but for when a key was last used; and every object."""
    kept = {"objects": sorted(stat.key for stat in tools.objects.list(""))}
    with tools.database.read() as tx:
        for name, table in metadata.tables.items():
            columns = [column for column in table.c if column.name != "last_used_at"]
            if name not in CHANGING:
                kept[name] = sorted(repr(row) for row in tx.execute(select(*columns)))
    return kept


def too_dear(client: FlaskClient, poor: factories.Tenant, dialect: Dialect) -> Any:
    """A submission of three pictures for an account with one credit, under an idempotency key."""
    head = poor.headers(dialect, **{"Idempotency-Key": "k", "Prefer": "respond-async"})
    if dialect is Dialect.SHELF:
        return client.post("/api/v1/analyses/batch", json={"images": [{"imageUrl": URL}] * 3}, headers=head)
    name = "image_files[]" if dialect is Dialect.STUDIO else "images"
    files = [(io.BytesIO(picture(600 + number, 600)), f"{number}.png") for number in range(3)]
    form = {name: files, "action": "mockup"} if dialect is Dialect.STUDIO else {name: files}
    path = "/api/v1/batch.php" if dialect is Dialect.STUDIO else "/v1/batch/upscale"
    return client.post(path, data=form, headers=head)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_refusal_for_want_of_credits_leaves_nothing_behind(
    client: FlaskClient, tools: Tools, doorbell: SilentDoorbell, dialect: Dialect
) -> None:
    poor = factories.tenant(tools, credits=1)
    before = everything(tools)
    reply = too_dear(client, poor, dialect)
    assert reply.status_code == 402, reply.text
    assert everything(tools) == before and doorbell.rung == []
    assert not [*tools.objects.list(f"{STAGING}/")]
    with tools.database.write() as tx:
        ledger.grant(tx, poor.account.id, 50, ref="top-up", actor="tests", reason="", now=tools.clock())
    assert too_dear(client, poor, dialect).status_code in (200, 202), "the same key is free again"
    assert everything(tools) != before and doorbell.rung


def pages(client: FlaskClient, who: factories.Tenant, limit: int) -> list[dict[str, Any]]:
    """Every transaction, newest first, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        body = client.get("/v1/credits/transactions", query_string=query, headers=who.headers()).json
        found += body["transactions"]
        cursor = body["next_cursor"]
        if not cursor:
            return found


def live(client: FlaskClient, tools: Tools, shop: factories.Tenant, dice: random.Random) -> None:
    """Some weeks of an account, in short: orders of two dialects, ends of all kinds, refunds, grants."""
    for number in range(8):
        count = dice.randint(1, 4)
        if dice.random() < 0.5:
            reply = client.post("/v1/batch/clipart", json={"image_urls": [URL] * count}, headers=shop.headers())
            batch_id = reply.json["batch_id"]
        else:
            body = {"images": [{"imageUrl": URL}] * count}
            reply = client.post("/api/v1/analyses/batch", json=body, headers=shop.headers(Dialect.SHELF))
            batch_id = reply.json["data"]["batchId"]
        with tools.database.read() as tx:
            made = images.list_images(tx, batch_id)
        for image in made[: dice.choice([count, count, count - 1])]:
            dice.choice([factories.finish_image, factories.finish_image, factories.fail_image])(tools, image.id)
        with tools.database.write() as tx:
            pending = batches.get_batch(tx, batch_id).pending
            if pending and dice.random() < 0.5:
                pending = batches.cancel_batch(tx, shop.account.id, batch_id, tools.clock()).pending
        charged = factories.finish_batch(tools, batch_id).credits_charged if not pending else 0
        with tools.database.write() as tx:
            known = {"actor": "t", "reason": "", "now": tools.clock()}
            if charged and dice.random() < 0.4:
                ledger.refund(tx, shop.account.id, 1, batch_id=batch_id, ref=f"r{number}", **known)
            ledger.grant(tx, shop.account.id, dice.randint(1, 9), ref=f"g{number}", **known)


@pytest.mark.parametrize("round_", range(2))
def test_credits_usage_and_transactions_agree_with_the_batches(make_client: Any, round_: int) -> None:
    seed = int(os.environ.get("MONEY_SEED") or random.SystemRandom().randrange(10**6))
    print(f"MONEY_SEED={seed}")
    client, tools = make_client(rate_limits=False)
    shop = factories.tenant(tools, credits=2_000)
    live(client, tools, shop, random.Random(seed))
    told = client.get("/v1/credits", headers=shop.headers()).json
    sums: dict[str, int] = {}
    listed = pages(client, shop, 3)
    assert listed == pages(client, shop, 50) and len({each["id"] for each in listed}) == len(listed)
    for each in listed:
        sums[each["type"]] = sums.get(each["type"], 0) + each["amount"]
    gone = sums["hold"] - sums.get("release", 0) - sums.get("refund", 0)
    assert told["granted"] == sums["grant"] and told["available"] == sums["grant"] - gone
    assert (listed[0]["balance_after"], listed[0]["held_after"]) == (told["available"], told["held"])
    with tools.database.read() as tx:
        every = batches.list_batches(tx, shop.account.id, dialect=None, filters={}, after=None, limit=99)
        assert accounts.usage(tx, shop.account.id, tools.clock()).used_this_period == gone
    assert told["spent"] == sum(batch.credits_charged for batch in every) - sums.get("refund", 0)
    usage = client.get("/v1/usage", headers=shop.headers()).json["data"]["credits"]
    assert (usage["usedThisPeriod"], usage["remaining"]) == (gone, told["available"])
    for batch in every:
        own = {
            kind: sum(e["amount"] for e in listed if e["batch_id"] == batch.id and e["type"] == kind) for kind in sums
        }
        assert own.get("capture", 0) == batch.credits_charged
