"""The door to the database: durability settings, migrations, transactions, faults that pass."""

import sqlite3
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from record_databases import NOW, SECRET, Server, make_account, make_order, submit
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage.errors import Unavailable
from storage.records import accounts, audit, batches, ledger, tables
from storage.records.database import Database, migration_config, open_database
from storage.sealing import Sealer


def is_sqlite(tx: Connection) -> bool:
    return tx.dialect.name == "sqlite"


def test_sqlite_is_opened_durable(database: Database) -> None:
    with database.read() as tx:
        if not is_sqlite(tx):
            assert tx.scalar(text("SHOW synchronous_commit")) == "on"
            assert tx.scalar(text("SHOW transaction_isolation")) == "read committed"
            return
        settings = [tx.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
        assert settings == ["wal", 2, 1]
        assert tx.scalar(text("PRAGMA busy_timeout")) == 5000


def test_only_a_write_that_says_so_does_not_wait_for_the_disk(database: Database) -> None:
    def waits(tx: Connection) -> bool:
        if is_sqlite(tx):
            return bool(tx.scalar(text("PRAGMA synchronous")) == 2)
        return bool(tx.scalar(text("SHOW synchronous_commit")) == "on")

    for durable in (True, False, True):
        with database.write(durable=durable) as tx:
            assert waits(tx) is durable
            accounts.create_account(tx, name="Shop", actor="test", now=NOW)
    with database.read() as tx:
        assert len(accounts.list_accounts(tx)) == 3


def test_migrations_make_the_tables_that_the_code_speaks_of(database: Database) -> None:
    assert database.version() == ScriptDirectory.from_config(migration_config()).get_current_head()
    database.migrate()
    with database.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), tables.metadata) == []


def test_batches_from_before_events_were_counted_begin_at_1(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))
    try:
        with database.write() as tx:
            alembic.command.downgrade(migration_config(tx), "0002")
        assert database.version() == "0002"
    finally:
        database.migrate()
    with database.write() as tx:
        assert batches.next_sequence(tx, batch.id) == 1


def test_every_due_query_has_an_index(database: Database) -> None:
    with database.read() as tx:
        found = {
            (table, tuple(index["column_names"]))
            for table in ("images", "batches", "deliveries", "idempotency_keys", "ledger_entries")
            for index in inspect(tx).get_indexes(table)
        }
    assert {
        ("images", ("state", "not_before")),
        ("images", ("state", "lease_until")),
        ("batches", ("state", "pending")),
        ("batches", ("state", "deadline_at")),
        ("batches", ("purged_at", "expires_at")),
        ("deliveries", ("state", "next_at")),
        ("idempotency_keys", ("expires_at",)),
        ("ledger_entries", ("account_id", "seq")),
    } <= found


def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as tx:
        accounts.create_account(tx, name="A", actor="test", now=NOW)
        raise ZeroDivisionError
    with database.read() as tx:
        assert accounts.list_accounts(tx) == []


def test_a_read_keeps_nothing(database: Database) -> None:
    account = make_account(database)
    with database.read() as tx:
        if is_sqlite(tx):
            with pytest.raises(DBAPIError, match="readonly"):
                accounts.suspend(tx, account.id, NOW)
        else:
            accounts.suspend(tx, account.id, NOW)
    with database.write() as tx:
        assert accounts.get_account(tx, account.id).suspended_at is None
        assert accounts.suspend(tx, account.id, NOW).suspended_at == NOW


def test_moments_come_back_as_they_went_in(database: Database) -> None:
    abroad = datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.write() as tx:
        account = accounts.create_account(tx, name="A", actor="test", now=abroad)
    assert account.created_at == abroad
    assert account.created_at.tzinfo is UTC
    with pytest.raises(Exception, match="naive"), database.write() as tx:
        accounts.suspend(tx, account.id, datetime(2026, 1, 1))


def test_history_cannot_be_changed(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        audit.write(tx, "me", "test", account.id, {}, NOW)
    for statement in (
        "UPDATE ledger_entries SET amount = 1000",
        "DELETE FROM ledger_entries",
        "UPDATE audit_entries SET actor = 'somebody else'",
        "DELETE FROM audit_entries",
    ):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as tx:
            tx.execute(text(statement))
    with database.read() as tx:
        assert [entry.amount for entry in ledger.entries(tx, account.id, after=None, limit=9)] == [75]


def test_balances_below_zero_are_refused_by_the_database_itself(database: Database) -> None:
    account = make_account(database)
    for change in ("available = -1, held = 76", "held = -1, available = 76"):
        with pytest.raises(DBAPIError), database.write() as tx:
            tx.execute(text(f"UPDATE accounts SET {change} WHERE id = :id"), {"id": account.id})


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(DBAPIError), database.write() as tx:
        tx.execute(text("INSERT INTO uploads VALUES ('u', 'nobody', 'k', 'f', 1, :now, :now)"), {"now": str(NOW)})


def test_a_locked_database_is_told_as_busy(database: Database, database_url: str) -> None:
    account = make_account(database)
    impatient = open_database(database_url, Sealer(SECRET), busy_timeout_s=0.2)
    with database.write() as holder:
        ledger.lock_account(holder, account.id)
        begun = time.monotonic()
        with pytest.raises(Unavailable) as caught, impatient.write() as tx:
            ledger.grant(tx, account.id, 1, ref="x", actor="test", reason="", now=NOW)
        assert (caught.value.code, caught.value.retry_after) == ("database_busy", 2)
        assert time.monotonic() - begun < 3
    impatient.dispose()


def test_what_is_not_worth_waiting_for_gives_up_at_once_and_only_that(database: Database, database_url: str) -> None:
    patient = open_database(database_url, Sealer(SECRET))
    account = make_account(database)
    rename = text("UPDATE accounts SET name = 'Other' WHERE id = :id")
    with database.write() as tx:
        tx.execute(rename, {"id": account.id})
        began = time.monotonic()
        with pytest.raises(Unavailable), patient.write(patient=False) as late:
            late.execute(rename, {"id": account.id})
        assert time.monotonic() - began < 2
    with patient.write() as tx:
        asked = "PRAGMA busy_timeout" if tx.dialect.name == "sqlite" else "SHOW lock_timeout"
        assert tx.scalar(text(asked)) in (5000, "5s")
    patient.dispose()


def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    account = make_account(database)
    with database.write() as writer:
        ledger.grant(writer, account.id, 5, ref="x", actor="test", reason="", now=NOW)
        with database.read() as tx:
            assert ledger.balance(tx, account.id).available == 75


def test_a_database_that_is_not_there_is_told_as_busy(tmp_path: Path) -> None:
    gone = open_database(f"postgresql://nobody@/none?host={tmp_path}", Sealer(SECRET))
    with pytest.raises(Unavailable) as caught, gone.read():
        pass
    assert caught.value.code == "database_busy"


def test_ping_proves_that_writes_work(database: Database) -> None:
    database.ping()
    database.forget()
    database.ping()
    with database.read() as tx:
        assert tx.scalar(text("SELECT beat FROM probes WHERE id = 1")) == 2


def test_an_unmigrated_database_has_no_version(tmp_path: Path) -> None:
    assert open_database(f"sqlite:///{tmp_path / 'deep' / 'new.sqlite3'}", Sealer(SECRET)).version() == ""


def test_memory_and_strange_databases_are_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://localhost/x"):
        with pytest.raises(ValueError, match="SQLite file|no such database"):
            open_database(url, Sealer(SECRET))


def test_secrets_lie_sealed(database: Database, database_url: str, tmp_path: Path) -> None:
    account = make_account(database)
    submit(database, make_order(account, callback_secret="whsec_plain_callback"))
    assert account.webhook_secret is not None
    with database.read() as tx:
        rows = [str(row) for table in ("accounts", "batches") for row in tx.execute(text(f"SELECT * FROM {table}"))]
    assert account.webhook_secret not in "".join(rows)
    assert "whsec_plain_callback" not in "".join(rows)


def test_a_restarted_postgresql_is_reached_again(postgresql_server: Server) -> None:
    """Pooled connections that died are replaced at their next use."""
    database = open_database(postgresql_server.url("first"), Sealer(SECRET))
    with database.read() as tx:
        pid = tx.scalar(text("SELECT pg_backend_pid()"))
    postgresql_server.run(f"SELECT pg_terminate_backend({pid})")
    time.sleep(0.1)
    with database.read() as tx:
        assert tx.scalar(text("SELECT 1")) == 1
    database.dispose()


def test_the_file_is_a_plain_sqlite_database(tmp_path: Path, sqlite_template: Path) -> None:
    with sqlite3.connect(sqlite_template) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
