"""Both databases for the records suite: a SQLite file per test, and a PostgreSQL server of our own where its programs
are installed. Every test's database is checked for broken invariants when the test ends."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from storage.model import Account, Batch, Dialect, Image, ImageOrder, Lease, Order, Pool, Quote, Source
from storage.records import accounts, batches, border_tables, images, ledger
from storage.records.database import Database, open_database
from storage.sealing import Sealer

SECRET = "a secret of the tests, long enough"
NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
DAY = 86400
START_SECONDS = 30


def find_postgres() -> Path | None:
    """The folder of initdb and postgres, newest version first."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: each.parent.name, reverse=True):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found and shutil.which("postgres") else None


def unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: arguments for subprocess that make it somebody else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("needs an unprivileged user to run PostgreSQL as")


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL that listens on a socket in `folder` only."""

    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql://darkroom@/{name}?host={self.folder}"

    def run(self, statement: str, name: str = "postgres") -> None:
        with psycopg.connect(f"host={self.folder} user=darkroom dbname={name}", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def empty(self) -> None:
        """Empty the migrated database: faster than a new one. Replica mode silences the append-only triggers."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'first'"
        self.run(others)
        names = ", ".join(table for table in border_tables.metadata.tables if table != "probes")
        self.run(f"SET session_replication_role = replica; TRUNCATE {names}; UPDATE probes SET beat = 0", "first")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Started once; durable writes are off, because these tests never cut the power."""
    programs = find_postgres()
    if programs is None:
        pytest.skip("needs PostgreSQL's server programs (apt-get install postgresql)")
    who = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="records-pg-"))
    if who:
        os.chown(folder, who["user"], who["group"])  # type: ignore[arg-type]
    start = [programs / "initdb", "-D", folder / "data", "-U", "darkroom", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*start, "--locale=C.UTF-8"], check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)  # type: ignore[call-overload]
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=120"]
    command = [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", *quick]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **who)  # type: ignore[call-overload]
    try:
        server = Server(folder)
        wait_until_up(server, process)
        server.run("CREATE DATABASE first")
        migrated = open_database(server.url("first"), Sealer(SECRET))
        migrated.migrate()
        migrated.dispose()
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing here is worth a checkpoint
        process.wait(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_up(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return server.run("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((server.folder / "log").read_text()) from None
            time.sleep(0.1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy."""
    path = tmp_path_factory.mktemp("records") / "first.sqlite3"
    database = open_database(f"sqlite:///{path}", Sealer(SECRET))
    database.migrate()
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database, one per test."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "records.sqlite3")
        yield f"sqlite:///{tmp_path / 'records.sqlite3'}"
        return
    server: Server = request.getfixturevalue("postgresql_server")
    server.empty()
    yield server.url("first")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database; when the test is over, no invariant may be broken."""
    opened = open_database(database_url, Sealer(SECRET))
    yield opened
    with opened.read() as tx:
        assert ledger.verify(tx) == []
    opened.dispose()


def make_account(database: Database, credits: int = 75, name: str = "Shop") -> Account:
    with database.write() as tx:
        return accounts.create_account(tx, name=name, credits=credits, actor="test", now=NOW)


def make_order(account: Account, count: int = 3, quote: Quote | None = None, **fields: object) -> Order:
    """An order of `count` pictures at 1 credit each."""
    pictures = tuple(
        ImageOrder((Source("upload", f"{n}.jpg", key=f"staging/{account.id}-{n}"),), {"externalId": f"shelf-{n}"})
        for n in range(count)
    )
    known: dict[str, object] = {
        "account_id": account.id,
        "dialect": Dialect.SHELF,
        "action": "analysis",
        "pool": Pool.MODELS,
        "images": pictures,
        "quote": quote or Quote(1),
    }
    return Order(**{**known, **fields})  # type: ignore[arg-type]


def submit(database: Database, order: Order, now: datetime = NOW) -> Batch:
    with database.write() as tx:
        return batches.create_batch(tx, order, now=now, deadline_s=DAY)


def images_of(database: Database, batch: Batch) -> list[Image]:
    with database.read() as tx:
        return images.list_images(tx, batch.id)


def claim(database: Database, image: Image, now: datetime = NOW, lease_s: float = 60) -> tuple[Image, Lease]:
    with database.write() as tx:
        claimed = images.claim_image(tx, image.id, now, lease_s)
    assert claimed is not None
    return claimed


def succeed(database: Database, image: Image, now: datetime = NOW) -> images.Settled:
    _, lease = claim(database, image, now)
    with database.write() as tx:
        settled = images.settle_success(tx, image.id, lease.token, result={"ok": 1}, artifacts=[], now=now)
    assert settled is not None
    return settled


def fail(database: Database, image: Image, now: datetime = NOW, code: str = "no_subject") -> images.Settled:
    _, lease = claim(database, image, now)
    with database.write() as tx:
        settled = images.settle_failure(tx, image.id, lease.token, code=code, message="No.", now=now)
    assert settled is not None
    return settled


def finish(database: Database, batch: Batch, now: datetime = NOW) -> Batch:
    with database.write() as tx:
        lease = batches.claim_packaging(tx, batch.id, now, 60)
        assert lease is not None
        done = batches.finish_batch(tx, batch.id, lease.token, [], now=now, expires_at=now)
    assert done is not None
    return done
