"""What an operator does to the records, on both databases: switches, erasure, secrets sealed anew, and a back-up that
comes back."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from engine_rig import Clock, test_settings
from record_databases import NOW, SECRET, Server, fail, finish, images_of, make_account, make_order, submit, succeed
from sqlalchemy import text

from jobs.backup.manifest import DUMP_FILE, SQLITE_FILE
from jobs.backup.restoring import restore, verify
from jobs.backup.taking import take
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError
from storage.model import Batch
from storage.records import accounts, batches, erasure, holdings, image_lists, invariants, resealing, switches
from storage.records.database import Database, open_database
from storage.records.schema import SchemaState, schema_state
from storage.sealing import SealBroken, Sealer


def worked(database: Database) -> Batch:
    """A finished batch, one of its two images failed."""
    batch = submit(database, make_order(make_account(database), 2, labels={"who": "canary"}, callback_secret="whsec_a"))
    first, second = images_of(database, batch)
    succeed(database, first)
    fail(database, second)
    return finish(database, batch)


def test_a_switch_is_on_until_it_is_off(database: Database) -> None:
    with database.write() as tx:
        assert switches.find(tx, switches.DRAINED) is None
        assert switches.turn_on(tx, switches.DRAINED, "new disk", NOW)
        assert not switches.turn_on(tx, switches.DRAINED, "another", NOW)
        found = switches.find(tx, switches.DRAINED)
        assert found is not None and (found.since, found.reason) == (NOW, "new disk")
        assert switches.turn_off(tx, switches.DRAINED) and not switches.turn_off(tx, switches.DRAINED)


def test_an_account_is_blanked_and_its_money_stays(database: Database) -> None:
    batch = worked(database)
    waiting = submit(database, make_order(make_account(database, name="Other"), 1))
    with database.read() as tx:
        assert image_lists.unfinished_count(tx) == 1
        spent = tx.scalar(text("SELECT sum(spent) FROM accounts"))
    with database.write() as tx:
        erasure.request(tx, batch.account_id, NOW)
        assert erasure.requested(tx) == [batch.account_id] and erasure.open_batches(tx, batch.account_id) == []
        erasure.expire_batches(tx, batch.account_id, NOW)
        assert erasure.unpurged(tx, batch.account_id) == 1 and erasure.upload_keys(tx, batch.account_id) == []
        batches.mark_purged(tx, batch.id, NOW)
        erasure.blank(tx, batch.account_id, NOW)
        erasure.blank(tx, batch.account_id, NOW)
        assert erasure.requested(tx) == [] and invariants.verify(tx) == []
        blank = batches.get_batch(tx, batch.id)
        assert (dict(blank.labels), blank.callback_secret, blank.succeeded, blank.failed) == ({}, None, 1, 1)
        assert [image.sources for image in image_lists.list_images(tx, batch.id)] == [(), ()]
        assert accounts.get_account(tx, batch.account_id).name == erasure.ERASED_NAME
        assert tx.scalar(text("SELECT sum(spent) FROM accounts")) == spent
        assert image_lists.list_images(tx, waiting.id)[0].sources, "another's is left alone"


def test_what_the_records_name_is_what_must_be_there(database: Database) -> None:
    done = worked(database)
    waiting = submit(database, make_order(make_account(database, name="Other"), 2))
    with database.read() as tx:
        found = {each.key: each for each in holdings.named_objects(tx)}
    assert len(found) == 4 and sum(each.must_be_there(NOW) for each in found.values()) == 2
    assert all(found[image.sources[0].key or ""].until is None for image in images_of(database, waiting))
    with database.write() as tx:
        batches.mark_purged(tx, done.id, NOW)
        assert len(list(holdings.named_objects(tx))) == 2


def test_secrets_are_sealed_anew(database: Database, database_url: str) -> None:
    batch = worked(database)
    fresh = open_database(database_url, Sealer("n" * 40, SECRET))
    with fresh.write() as tx:
        before = resealing.outdated(tx)
        assert before >= 2 and resealing.reseal(tx, 1) == 1 and resealing.outdated(tx) == before - 1
        assert resealing.reseal(tx, 100) == before - 1 and resealing.outdated(tx) == 0
    fresh.dispose()
    alone = open_database(database_url, Sealer("n" * 40))
    with alone.read() as tx:
        assert batches.get_batch(tx, batch.id).callback_secret == "whsec_a"
    alone.dispose()
    stranger = open_database(database_url, Sealer("x" * 40))
    with pytest.raises(SealBroken), stranger.write() as tx:
        resealing.reseal(tx, 100)
    stranger.dispose()
    with open_database(database_url, Sealer("n" * 40)).write() as tx:
        tx.execute(text("UPDATE accounts SET webhook_secret = NULL"))
        tx.execute(text("UPDATE batches SET callback_secret = NULL"))  # what this test's own key can no longer open


def test_the_schemas_state_is_told(database: Database) -> None:
    assert schema_state(database) is SchemaState.CURRENT
    with database.write() as tx:
        now = tx.scalar(text("SELECT version_num FROM alembic_version"))
    for version, state in (("0001", SchemaState.BEHIND), ("9999", SchemaState.AHEAD), (now, SchemaState.CURRENT)):
        with database.write() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        assert schema_state(database) is state


def equipped(database: Database, folder: Path) -> Tools:
    return Tools(test_settings(folder), database, open_tools(test_settings(folder)).objects, Clock(NOW))


def test_a_backup_comes_back(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    on_postgresql = database.url.startswith("postgresql")
    if on_postgresql and shutil.which("pg_dump") is None:
        pytest.skip("needs pg_dump (apt-get install postgresql-client)")
    tools = equipped(database, tmp_path / "data")
    batch = submit(database, make_order(make_account(database), 2))
    for image in images_of(database, batch):
        tools.objects.put(image.sources[0].key or "", b"picture", content_type="image/jpeg")
    taken = take(tools, tmp_path / "backups")
    assert (taken.copied, taken.missing) == (2, []) and verify(taken.folder).faults == []
    report = restore(taken.folder, tmp_path / "new")
    assert report.faults == [] and report.manifest.database == (DUMP_FILE if on_postgresql else SQLITE_FILE)
    url = f"sqlite:///{tmp_path / 'new' / 'darkroom.sqlite3'}"
    if on_postgresql:
        server: Server = request.getfixturevalue("postgresql_server")
        server.run("DROP DATABASE IF EXISTS back")
        server.run("CREATE DATABASE back")
        url = server.url("back")
        command = ["pg_restore", "--no-owner", f"--dbname={url}", str(tmp_path / "new" / DUMP_FILE)]
        subprocess.run(command, check=True, timeout=60)
    back = open_database(url, Sealer(SECRET))
    with back.read() as tx:
        assert batches.get_batch(tx, batch.id).pending == 2 and invariants.verify(tx) == []
    assert schema_state(back) is SchemaState.CURRENT
    back.dispose()
    if on_postgresql:
        server.run("DROP DATABASE back")


def test_without_pg_dump_a_backup_of_postgresql_is_refused_and_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.url.startswith("postgresql"):
        pytest.skip("SQLite needs no program of its own")
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="pg_dump is not installed"):
        take(equipped(database, tmp_path / "data"), tmp_path / "backups")
    assert [*(tmp_path / "backups").iterdir()] == []
