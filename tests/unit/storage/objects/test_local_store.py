"""What only a folder can do wrong: half files, races with folders, full disks, links out of it."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

import storage
from storage.objects import InvalidKey, LocalOptions, ObjectMissing, ObjectStoreDown, S3Options, Stored, open_store
from storage.objects.local import LocalStore
from storage.objects.signing import LinkSigner

KEY = "out/bat_1/001.jpg"
JPEG = "image/jpeg"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path) -> LocalStore:
    options = LocalOptions(root, "https://shop.test/", {"k1": "a secret of this test"}, "k1")
    return cast(LocalStore, open_store(options, now=lambda: NOW))


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != ".lock")


def test_nothing_is_visible_before_the_end(store: LocalStore, root: Path) -> None:
    with store.writer(KEY, content_type=JPEG) as out:
        out.write(b"half")
        assert list(store.list("")) == []
        assert all(name.startswith(".tmp/") for name in files_below(root))
        out.write(b"done")
    assert files_below(root) == [KEY]


def test_adopt_renames_and_never_writes_twice(store: LocalStore) -> None:
    path = store.scratch_dir() / "upload"
    path.write_bytes(b"uploaded")
    inode = path.stat().st_ino
    record = Stored("", 8, hashlib.sha256(b"uploaded").hexdigest(), zlib.crc32(b"uploaded"))
    store.adopt(path, KEY, record, content_type=JPEG)
    target = store.local_path(KEY)
    assert target is not None and target.stat().st_ino == inode


def test_data_and_names_are_flushed_before_success(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, str]] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        events.append(("fsync", os.readlink(f"/proc/self/fd/{handle}")))
        real_fsync(handle)

    def replace(source: Path, target: Path) -> None:
        events.append(("rename", str(target)))
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    store.put(KEY, b"picture", content_type=JPEG)
    renamed = events.index(("rename", str(root / KEY)))
    assert events[0][0] == "fsync" and "/.tmp/" in events[0][1]
    assert {path for _, path in events[renamed + 1 :]} == {str(root), str(root / "out"), str(root / "out/bat_1")}


def test_delete_removes_folders_that_are_empty(store: LocalStore, root: Path) -> None:
    store.put(KEY, b"1", content_type=JPEG)
    store.put("out/other", b"2", content_type=JPEG)
    store.delete(KEY)
    assert not (root / "out/bat_1").exists()
    assert files_below(root) == ["out/other"]


def test_a_put_survives_deletes_of_its_folder(store: LocalStore) -> None:
    stop = threading.Event()

    def delete_all_the_time() -> None:
        while not stop.is_set():
            store.delete("a/b/c/other")

    thread = threading.Thread(target=delete_all_the_time)
    thread.start()
    try:
        for number in range(30):
            store.put(f"a/b/c/{number}", b"1", content_type=JPEG)
            store.delete(f"a/b/c/{number}")
    finally:
        stop.set()
        thread.join()
    assert list(store.list("")) == []


def test_a_full_disk_is_a_store_fault_and_leaves_nothing(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ObjectStoreDown, match="No space left"):
        store.put(KEY, b"picture", content_type=JPEG)
    assert files_below(root) == []


def test_a_root_that_cannot_be_made_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = LocalStore(tmp_path / "file" / "objects", "http://x", LinkSigner({"k1": "a secret of this test"}, "k1"))
    with pytest.raises(ObjectStoreDown):
        store.probe()
    with pytest.raises(ObjectStoreDown):
        store.put(KEY, b"1", content_type=JPEG)


def test_links_out_of_the_folder_are_not_followed(store: LocalStore, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    store.put("out/a", b"1", content_type=JPEG)
    (root / "out/link").symlink_to(tmp_path / "secret")
    with pytest.raises((ObjectMissing, ObjectStoreDown)), store.read("out/link"):
        pass
    with pytest.raises(ObjectMissing):
        store.stat("out/link")
    assert [found.key for found in store.list("out/")] == ["out/a"]


def test_scratch_files_are_no_objects(store: LocalStore) -> None:
    (store.scratch_dir() / "x").write_bytes(b"1")
    assert list(store.list("")) == []
    with pytest.raises(InvalidKey):
        store.stat(".tmp/x")


def test_tidy_goes_by_age(store: LocalStore) -> None:
    for name, age_h in (("old", 30), ("young", 1)):
        path = store.scratch_dir() / name
        path.write_bytes(b"1")
        then = (NOW - timedelta(hours=age_h)).timestamp()
        os.utime(path, (then, then))
    assert store.tidy(24 * 3600) == 1
    assert [path.name for path in store.scratch_dir().iterdir()] == ["young"]


def test_links_are_minted_anew_from_the_clock(store: LocalStore) -> None:
    url = store.url(KEY, ttl_s=60, filename="a b.jpg", content_type=JPEG)
    assert url.startswith(f"https://shop.test/files/{KEY}?exp={int(NOW.timestamp()) + 60}&fn=a+b.jpg&ct=image%2Fjpeg&")


def test_an_old_reader_keeps_its_object_after_a_delete(store: LocalStore) -> None:
    store.put(KEY, b"picture", content_type=JPEG)
    with store.read(KEY, 1, 5) as file:
        store.delete(KEY)
        assert file.read() == b"ictu"


def test_secrets_do_not_show_and_boto3_stays_away_from_local_stores(store: LocalStore, tmp_path: Path) -> None:
    shown = repr(LocalOptions(tmp_path, "http://x", {"k1": "a secret"}, "k1"))
    shown += repr(S3Options("bucket", "id", "a secret", tmp_path))
    assert "a secret" not in shown
    code = "import sys, storage.objects, storage.objects.local; sys.exit('boto3' in sys.modules)"
    project = Path(storage.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=project, timeout=30).returncode == 0


def test_a_long_stream_is_hashed_beside_the_writing(store: LocalStore) -> None:
    """Pieces of all sizes, over the length at which a second thread hashes, from one reused buffer."""
    buffer, expected, crc = bytearray(1 << 20), hashlib.sha256(), 0
    with store.writer(KEY, content_type=JPEG) as out:
        for number in range(40):
            piece = memoryview(buffer)[: (1 << 20) - 7 if number % 3 else 1000]
            piece[:4] = number.to_bytes(4, "big")
            expected.update(piece)
            crc = zlib.crc32(piece, crc)
            out.write(piece)
    assert (out.stored.sha256, out.stored.crc32) == (expected.hexdigest(), crc)
    with store.read(KEY) as file:
        assert hashlib.sha256(file.read()).hexdigest() == expected.hexdigest()
