"""What scripts/serve does not start on: each fault ends in one sentence and exit code 1 or 2, before anything runs."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from engine_rig import test_settings

from jobs.queue_policy import QueuePolicy
from jobs.supervisor import __main__ as supervisor
from jobs.supervisor import ground
from jobs.supervisor.embedded_redis import free_port
from jobs.tools import open_tools
from storage.records import database

Patch = pytest.MonkeyPatch


def old_packages(folder: Path, patch: Patch) -> None:
    patch.setattr(ground, "below_floor", lambda: ["pillow 9.0 is older than 13.0.0."])


def no_temporary_folder(folder: Path, patch: Patch) -> None:
    def refuse() -> None:
        raise OSError(30, "Read-only file system")

    patch.setattr(ground.tempfile, "TemporaryFile", refuse)


def weak_secret(folder: Path, patch: Patch) -> None:
    patch.setenv("SECRET_KEY", "short")


def evicting_queue_server(folder: Path, patch: Patch) -> None:
    patch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    patch.setattr(ground, "read_policy", lambda client: QueuePolicy("allkeys-lru", True))


def newer_schema(folder: Path, patch: Patch) -> None:
    tools = open_tools(test_settings(folder))
    tools.database.migrate()
    tools.database.dispose()
    with sqlite3.connect(folder / "darkroom.sqlite3") as found:
        found.execute("UPDATE alembic_version SET version_num = '9999'")


def undurable_database(folder: Path, patch: Patch) -> None:
    patch.setattr(database, "SQLITE_FULL", 3)  # what is read back is not what was set


def data_folder_is_a_file(folder: Path, patch: Patch) -> None:
    folder.rmdir()
    folder.touch()


CASES: list[tuple[Callable[[Path, Patch], None], int, str]] = [
    (old_packages, 1, "pillow 9.0 is older"),
    (no_temporary_folder, 1, "The temporary folder cannot be used: Read-only file system"),
    (weak_secret, 2, "SECRET_KEY must have at least 32 characters"),
    (evicting_queue_server, 1, "maxmemory-policy allkeys-lru"),
    (newer_schema, 1, "made by a newer program"),
    (undurable_database, 1, "SQLite refused its settings"),
    (data_folder_is_a_file, 1, "cannot be used"),
]


@pytest.mark.parametrize(("spoil", "code", "told"), CASES, ids=[spoil.__name__ for spoil, *_ in CASES])
def test_a_start_that_could_lose_or_leak_is_refused(
    tmp_path: Path,
    monkeypatch: Patch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path, Patch], None],
    code: int,
    told: str,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("SECRET_KEY", "REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def started(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(supervisor, "Child", started)
    queue = SimpleNamespace(spec=SimpleNamespace(name="valkey"))
    monkeypatch.setattr(supervisor, "start_server", lambda *_: (queue, "redis://127.0.0.1:1/0"))
    monkeypatch.setattr(supervisor, "fetch_models", lambda environ: None)
    monkeypatch.setattr(supervisor, "stop_all", lambda children: None)
    monkeypatch.setattr(supervisor.signal, "signal", lambda *_: None)
    monkeypatch.setattr(supervisor.os, "umask", lambda mask: mask)
    monkeypatch.setattr("sys.argv", ["serve", "--data-dir", str(folder), "--port", str(free_port())])
    spoil(folder, monkeypatch)
    assert supervisor.main() == code
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said
