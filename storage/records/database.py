"""One door to the database: transactions that begin as they must, faults told as `Unavailable`, migrations.

SQLite runs in WAL with synchronous=FULL (read back), so an answered commit survives a power cut, unless its writer says
that it need not; writers take the write lock at BEGIN, because upgrading a read transaction fails at once instead of
waiting. PostgreSQL runs READ COMMITTED; functions lock the rows they change. Never a query of its own beyond probes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Unavailable
from storage.records.columns import to_json
from storage.sealing import Sealer

MIGRATIONS = Path(__file__).with_name("migrations")
SQLITE_FULL = 2  # PRAGMA synchronous
PASSING_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL")
PASSING_SQLSTATES = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "53100", "08")
RETRY_AFTER = 2
IMPATIENT_MS = 100
POOL = {"pool_size": 8, "max_overflow": 56, "pool_timeout": 5}


class Database:
    """Transactions over one engine. `url` is as given, credentials included: do not log it."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self._reader = engine
        self._writer = engine.execution_options(immediate=True)
        self._careless = engine.execution_options(immediate=True, durable=False)
        self._impatient = engine.execution_options(immediate=True, patient=False)

    @contextmanager
    def write(self, *, durable: bool = True, patient: bool = True) -> Iterator[Connection]:
        """A transaction that may change things: committed at the end, rolled back on any exception.

        `durable` False is for what a power cut may undo without harm to anybody, as a lease: the commit does not wait
        for the disk. It is as atomic as any other and outlives every crash of the process, and the next durable commit
        takes it along. `patient` False is for what is not worth a customer's time: it gives up after a tenth of a
        second instead of waiting its turn. Raises Unavailable("database_busy") when the database is locked, full,
        restarting or gone.
        """
        engine = self._impatient if not patient else self._writer if durable else self._careless
        with passing_faults(), engine.begin() as tx:
            if tx.dialect.name == "postgresql":
                if not durable:
                    tx.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                if not patient:
                    tx.exec_driver_sql(f"SET LOCAL lock_timeout TO {IMPATIENT_MS}")
            yield tx

    @contextmanager
    def read(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A transaction for reading. Raises Unavailable like `write`.

        On SQLite it sees one moment. PostgreSQL lets each question see its own, unless `snapshot` is asked for: then
        sums that are taken one after the other belong together. No writer waits for a reader on either.
        """
        with passing_faults(), self._reader.connect() as tx, tx.begin() as frame:
            if snapshot and tx.dialect.name == "postgresql":
                tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield tx
            frame.rollback()

    def migrate(self) -> None:
        """Bring the schema to the newest version; does nothing when it is there. One caller at a time."""
        with self.write() as tx:
            if tx.dialect.name == "postgresql":
                tx.execute(text("SELECT pg_advisory_xact_lock(7234001)"))
            alembic.command.upgrade(migration_config(tx), "head")

    def version(self) -> str:
        """The schema's version in the database, "" when it was never migrated."""
        from alembic.runtime.migration import MigrationContext

        with self.read() as tx:
            return MigrationContext.configure(tx).get_current_revision() or ""

    def ping(self) -> None:
        """Prove that a write can be committed (readiness). Raises Unavailable."""
        with self.write() as tx:
            tx.execute(text("UPDATE probes SET beat = beat + 1 WHERE id = 1"))

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._reader.dispose()

    def forget(self) -> None:
        """In a forked child: drop the parent's connections without closing them under it."""
        self._reader.dispose(close=False)


def migration_config(tx: Connection | None = None) -> alembic.config.Config:
    """Alembic's configuration without a file, working on an open transaction."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = tx
    return config


def open_database(url: str, sealer: Sealer, *, busy_timeout_s: float = 5.0) -> Database:
    """A Database on `url` (`sqlite:///file` or `postgresql://…`); connects at first use, makes the file's folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sqlite_engine(parsed, busy_timeout_s)
    elif parsed.get_backend_name() in ("postgresql", "postgres"):
        engine = postgresql_engine(parsed, busy_timeout_s)
    else:
        raise ValueError(f"no such database: {parsed.get_backend_name()} (sqlite and postgresql are supported)")
    return Database(url, engine.execution_options(sealer=sealer))


def sqlite_engine(url: URL, busy_timeout_s: float) -> Engine:
    """The engine of a SQLite file."""
    if not url.database or url.database == ":memory:":
        raise ValueError("records need a SQLite file; a database in memory cannot be durable")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    connect = {"timeout": busy_timeout_s, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, json_serializer=to_json, **POOL)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own implicit BEGIN would come too late and deferred; with None, only ours happen.
        connection.isolation_level = None
        pragmas(connection, busy_timeout_s)

    @event.listens_for(engine, "begin")
    def begin(tx: Connection) -> None:
        options = tx.get_execution_options()
        immediate = options.get("immediate")
        if immediate:
            # Said each time: a pooled connection remembers what its last writer wanted.
            tx.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable', True) else 'NORMAL'}")
            patience_ms = int(busy_timeout_s * 1000) if options.get("patient", True) else IMPATIENT_MS
            tx.exec_driver_sql(f"PRAGMA busy_timeout = {patience_ms}")
        # A write inside read() would be rolled back in silence; query_only makes it an error instead.
        tx.exec_driver_sql(f"PRAGMA query_only = {'OFF' if immediate else 'ON'}")
        tx.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def pragmas(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Set and read back what durability depends on. Raises RuntimeError when SQLite did not take it."""
    connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    (foreign_keys,) = connection.execute("PRAGMA foreign_keys").fetchone()
    if (mode, synchronous, foreign_keys) != ("wal", SQLITE_FULL, 1):
        raise RuntimeError(f"SQLite refused its settings: journal {mode}, synchronous {synchronous}, fk {foreign_keys}")


def postgresql_engine(url: URL, busy_timeout_s: float) -> Engine:
    """The engine of a PostgreSQL database, spoken to by psycopg 3."""
    milliseconds = int(busy_timeout_s * 1000)
    options = f"-c lock_timeout={milliseconds} -c timezone=UTC -c default_transaction_isolation=read\\ committed"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": options, "connect_timeout": max(2, int(busy_timeout_s))},
        pool_pre_ping=True,
        json_serializer=to_json,
        **POOL,
    )


@contextmanager
def passing_faults() -> Iterator[None]:
    """Turn faults that a later try may not meet into Unavailable; let the others through."""
    try:
        yield
    except PoolTimeout as fault:
        raise busy(fault) from fault
    except DBAPIError as fault:
        if is_passing(fault):
            raise busy(fault) from fault
        raise


def busy(fault: Exception) -> Unavailable:
    return Unavailable("The database is busy; try again.", code="database_busy", retry_after=RETRY_AFTER, cause=fault)


def is_passing(fault: DBAPIError) -> bool:
    """Whether the database was locked, full, restarting or out of reach, rather than wrongly spoken to."""
    if fault.connection_invalidated:
        return True
    name = getattr(fault.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(PASSING_SQLITE)
    sqlstate = getattr(fault.orig, "sqlstate", None)
    if sqlstate is not None:
        return str(sqlstate).startswith(PASSING_SQLSTATES)
    return isinstance(fault, OperationalError)  # no code: the connection could not be made or was cut


def sealer_of(tx: Connection) -> Sealer:
    """The sealer given to `open_database`."""
    sealer = tx.get_execution_options()["sealer"]
    assert isinstance(sealer, Sealer)
    return sealer


def seal(tx: Connection, secret: str | None) -> str | None:
    """A secret as it is stored."""
    return None if secret is None else sealer_of(tx).seal(secret)


def unseal(tx: Connection, sealed: str | None) -> str | None:
    """A stored secret as it was."""
    return None if sealed is None else sealer_of(tx).open(sealed)
