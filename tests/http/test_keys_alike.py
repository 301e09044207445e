"""What a key is, and that a wrong one tells nothing: the same words and the same work for unknown, revoked and foreign
keys, nothing but a digest in the records, and ids that nobody can guess."""

import hashlib
import re
from typing import Any

import factories
import pytest
from belongings import belongings_of
from engine_rig import Clock
from flask.testing import FlaskClient
from sqlalchemy import event, select

from jobs.tools import Tools
from storage.model import Dialect
from storage.records import keys
from storage.records.border_tables import idempotency_keys
from storage.records.tables import api_keys

ASKED = {Dialect.PRINT: "/v1/credits", Dialect.STUDIO: "/api/v1/batch.php?job_id=x", Dialect.SHELF: "/api/v1/analyses"}
RANDOM = {
    Dialect.PRINT: r"pk_[A-Za-z0-9]{32}",
    Dialect.STUDIO: r"sk_live_[A-Za-z0-9]{22}",
    Dialect.SHELF: r"sf_live_[0-9a-f]{64}",
}


def bearer(key: str, tenant: factories.Tenant) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "X-Merchant-Id": tenant.account.merchant_id, "X-Request-Id": "same"}


def wrong_keys(tools: Tools, tenant: factories.Tenant, dialect: Dialect) -> dict[str, str]:
    right = tenant.keys[dialect]
    with tools.database.write() as tx:
        gone, revoked = keys.create_key(tx, tenant.account.id, dialect, name="gone", now=tools.clock())
        keys.revoke_key(tx, tenant.account.id, gone.id, tools.clock())
    other = next(key for each, key in tenant.keys.items() if each is not dialect)
    return {
        "unknown": right[:-4] + ("aaaa" if right[-4:] != "aaaa" else "bbbb"),
        "revoked": revoked,
        "another dialect's": other,
        "cut": right[:-1],
        "longer": right + "0",
        "other case": right.swapcase(),
        "prefix alone": right.split("_")[0] + "_",
        "no key": "x",
        "too long": right * 200,
        "not ASCII": right[:-1] + "\xe9",
    }


@pytest.mark.parametrize("dialect", list(Dialect))
def test_wrong_keys_are_told_nothing_apart(make_client: Any, dialect: Dialect) -> None:
    client, tools = make_client(rate_limits=False)
    tenant = factories.tenant(tools)
    told = {}
    for kind, key in wrong_keys(tools, tenant, dialect).items():
        reply = client.get(ASKED[dialect], headers=bearer(key, tenant))
        told[kind] = (reply.status_code, reply.text, sorted(reply.headers.keys()), reply.headers["WWW-Authenticate"])
    assert len(set(map(str, told.values()))) == 1, told
    assert told["unknown"][0] == 401
    assert client.get(ASKED[dialect], headers=bearer(tenant.keys[dialect], tenant)).status_code in (200, 404)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_wrong_keys_cost_the_same_work(make_client: Any, dialect: Dialect) -> None:
    client, tools = make_client(rate_limits=False)
    tenant, asked = factories.tenant(tools), list[str]()
    event.listen(tools.database._reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    work = {}
    for kind, key in wrong_keys(tools, tenant, dialect).items():
        if kind not in ("too long", "not ASCII"):
            asked.clear()
            client.get(ASKED[dialect], headers=bearer(key, tenant))
            work[kind] = tuple(statement for statement in asked if "SELECT" in statement)
    assert len(set(work.values())) == 1 and len(work["unknown"]) == 2


def test_missing_credentials_name_the_header_and_never_repeat_a_key(
    client: FlaskClient, tenant: factories.Tenant
) -> None:
    for dialect, path in ASKED.items():
        for name in ("key", "api_key"):
            key = tenant.keys[dialect]
            reply = client.get(path.partition("?")[0], query_string={name: key, "job_id": "x"})
            assert reply.status_code == 401 and "header only" in reply.text and key not in reply.text


def test_a_key_is_random_shown_once_and_kept_as_a_digest(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant
) -> None:
    for dialect, form in RANDOM.items():
        assert re.fullmatch(form, tenant.keys[dialect])
    head = tenant.headers(**{"Idempotency-Key": "once"})
    first, again = (client.post("/v1/keys", json={"name": "n"}, headers=head).json for _ in range(2))
    assert first["key_id"] == again["key_id"] and again["key"] is None
    with tools.database.read() as tx:
        rows = tx.execute(select(api_keys).where(api_keys.c.id == first["key_id"])).mappings().one()
        replies = str(tx.execute(select(idempotency_keys)).all())
    assert rows["digest"] == hashlib.sha256(first["key"].encode()).hexdigest()
    assert first["key"] not in str(dict(rows)) and first["key"] not in replies
    assert first["key"] not in client.get("/v1/keys", headers=tenant.headers()).text


def test_the_last_use_is_noted_to_the_minute(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, clock: Clock
) -> None:
    def noted() -> Any:
        with tools.database.read() as tx:
            return next(
                key for key in keys.list_keys(tx, tenant.account.id) if key.dialect is Dialect.PRINT
            ).last_used_at

    uses = []
    for pause in (0, 30, 40):
        clock.forward(pause)
        client.get("/v1/credits", headers=tenant.headers())
        uses.append(noted())
    assert uses[0] == uses[1] < uses[2]


def test_ids_are_long_random_and_say_what_they_name(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, stranger: factories.Tenant
) -> None:
    first, second = (belongings_of(client, tools, each) for each in (tenant, stranger))
    for each, value in first.items():
        other = second[each]
        assert re.fullmatch(r"[a-z]{2,6}_[0-9a-hjkmnp-tv-z]{35}", value), each
        assert value.split("_")[0] == other.split("_")[0]
        same = sum(one == two for one, two in zip(value[-26:], other[-26:], strict=True))
        assert same < 13, f"{each}: {value} and {other} have {same} of 26 random characters in common"
    assert len({*first.values(), *second.values()}) == len(first) * 2
