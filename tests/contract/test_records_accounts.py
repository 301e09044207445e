"""Accounts and keys: made, found, refused, isolated."""

from datetime import timedelta

import pytest
from record_databases import NOW, make_account
from sqlalchemy import text

from storage.errors import Invalid, NotFound, Unauthenticated
from storage.model import Dialect
from storage.records import accounts, audit, keys
from storage.records.database import Database

MINUTE = timedelta(minutes=1)


def test_an_account_is_what_it_was_made(database: Database) -> None:
    account = make_account(database, name="Bäckerei \N{CROISSANT}")
    with database.read() as tx:
        assert accounts.get_account(tx, account.id) == account
        assert accounts.list_accounts(tx) == [account]
    assert account.merchant_id.startswith("merchant_") and account.merchant_id[9:].isdigit()
    assert account.webhook_secret is not None and account.webhook_secret.startswith("whsec_")


def test_an_account_changes(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        assert accounts.set_plan(tx, account.id, "growth").plan == "growth"
        assert accounts.suspend(tx, account.id, NOW).suspended_at == NOW
        assert accounts.suspend(tx, account.id, None).suspended_at is None
        assert accounts.set_unlimited(tx, account.id, True, actor="me", now=NOW).unlimited
        secret = accounts.rotate_webhook_secret(tx, account.id)
        assert accounts.get_account(tx, account.id).webhook_secret == secret != account.webhook_secret
    with database.write() as tx, pytest.raises(Invalid):
        accounts.set_plan(tx, account.id, "platinum")
    with database.write() as tx, pytest.raises(NotFound):
        accounts.suspend(tx, "acct_nobody", NOW)


@pytest.mark.parametrize(
    ("dialect", "special", "pattern"),
    [
        (Dialect.PRINT, {}, r"pk_[0-9A-Za-z]{32}"),
        (Dialect.PRINT, {"partner": True}, r"ptr_[0-9A-Za-z]{32}"),
        (Dialect.STUDIO, {}, r"sk_live_[0-9A-Za-z]{22}"),
        (Dialect.STUDIO, {"test": True}, r"sk_test_[0-9A-Za-z]{22}"),
        (Dialect.SHELF, {}, r"sf_live_[0-9a-f]{64}"),
        (Dialect.SHELF, {"test": True}, r"sf_test_[0-9a-f]{64}"),
    ],
)
def test_a_key_is_found_by_what_was_shown(
    database: Database, dialect: Dialect, special: dict[str, bool], pattern: str
) -> None:
    import re

    account = make_account(database)
    with database.write() as tx:
        key, shown = keys.create_key(tx, account.id, dialect, role="write", name="till", now=NOW, **special)
    assert re.fullmatch(pattern, shown)
    with database.read() as tx:
        assert keys.find_key(tx, shown, NOW) == (key, account)
        stored = str(tx.execute(text("SELECT * FROM api_keys")).all())
    assert shown not in stored
    assert shown.startswith(key.hint) and len(key.hint) < len(shown) - 12
    assert (key.role, key.test, key.dialect) == ("write", special.get("test", False), dialect)


def test_unknown_expired_and_revoked_keys_are_refused(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    with database.write() as tx:
        known = {"name": "x", "now": NOW}
        first, shown = keys.create_key(tx, account.id, Dialect.PRINT, **known)
        _, short = keys.create_key(tx, account.id, Dialect.PRINT, expires_at=NOW + MINUTE, **known)

    def refusal(presented: str, moments: timedelta = timedelta()) -> str:
        with database.read() as tx, pytest.raises(Unauthenticated) as caught:
            keys.find_key(tx, presented, NOW + moments)
        return caught.value.code

    assert refusal("pk_" + "0" * 32) == "invalid_key"
    assert refusal("") == "invalid_key"
    assert refusal("\udcff nonsense") == "invalid_key"
    assert refusal(short, MINUTE) == "key_expired"
    with database.write() as tx, pytest.raises(NotFound):
        keys.revoke_key(tx, other.id, first.id, NOW)
    for _ in range(2):
        with database.write() as tx:
            keys.revoke_key(tx, account.id, first.id, NOW)
    assert refusal(shown) == "invalid_key"
    with database.read() as tx:
        assert [key.revoked_at for key in keys.list_keys(tx, account.id) if key.id == first.id] == [NOW]
        assert [entry.verb for entry in audit.entries(tx, 2)] == ["key.revoke", "key.create"]


def test_use_is_noted_to_the_minute(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        key, shown = keys.create_key(tx, account.id, Dialect.SHELF, name="x", now=NOW)
    for moment in (NOW, NOW + MINUTE / 2):
        with database.write() as tx:
            keys.touch_key(tx, key.id, moment)
            assert keys.find_key(tx, shown, moment)[0].last_used_at == NOW
    with database.write() as tx:
        keys.touch_key(tx, key.id, NOW + MINUTE)
        assert keys.find_key(tx, shown, NOW)[0].last_used_at == NOW + MINUTE


def test_a_role_must_exist(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx, pytest.raises(Invalid):
        keys.create_key(tx, account.id, Dialect.SHELF, role="god", name="x", now=NOW)
    with database.write() as tx, pytest.raises(NotFound):
        keys.create_key(tx, "acct_nobody", Dialect.SHELF, name="x", now=NOW)
