"""Back-ups: what is in one, that the next one is cheap, that damage is found, and that nothing is overwritten."""

import json
from pathlib import Path

import factories
import pytest
from engine_rig import Clock, Rig, install_blot

from jobs.backup import restoring
from jobs.backup.manifest import MANIFEST, Saved, listed, newest, read_manifest
from jobs.backup.restoring import restore, verify
from jobs.backup.taking import forget_old, take
from jobs.submit import submit
from jobs.tools import Tools, open_tools
from storage.errors import Invalid, ServiceError
from storage.model import Batch
from storage.names import staging_key
from storage.records import batches, invariants, uploads


@pytest.fixture
def rig(tools: Tools, clock: Clock, tenant: factories.Tenant) -> Rig:
    install_blot()
    (tools.settings.data_dir / "secret_key").write_text(tools.settings.secret_key)
    return Rig(tools, clock, tenant.account.id)


def finished(rig: Rig, count: int = 2) -> Batch:
    done = submit(rig.tools, rig.order(count), rig.doorbell)
    return factories.finish_all(rig.tools, done.batch.id)


def keys(folder: Path) -> set[str]:
    return {each.key for each in listed(folder)}


def opened(rig: Rig, folder: Path) -> Tools:
    """The restored installation."""
    settings = type(rig.tools.settings).from_env({"SECRET_KEY": (folder / "secret_key").read_text()}, data_dir=folder)
    return open_tools(settings, clock=rig.clock)


def test_everything_comes_back_as_it_was(rig: Rig, tmp_path: Path) -> None:
    done, waiting = finished(rig), submit(rig.tools, rig.order(2), rig.doorbell).batch
    taken = take(rig.tools, tmp_path / "backups")
    assert (taken.missing, taken.linked) == ([], 0) and taken.copied == len(keys(taken.folder)) == 2 + 2 + 1 + 2
    report = restore(tmp_path / "backups", tmp_path / "new")
    assert (report.faults, report.objects) == ([], taken.copied)
    there = opened(rig, tmp_path / "new")
    with there.database.read() as tx:
        assert batches.get_batch(tx, done.id).state == "completed" and batches.get_batch(tx, waiting.id).pending == 2
        assert invariants.verify(tx) == []
    for saved in listed(taken.folder):
        with there.objects.read(saved.key) as new, rig.tools.objects.read(saved.key) as old:
            assert new.read() == old.read()
    there.database.dispose()


def test_a_backup_is_for_its_owner_alone(rig: Rig, tmp_path: Path) -> None:
    finished(rig)
    take(rig.tools, tmp_path / "backups")
    restore(tmp_path / "backups", tmp_path / "new")
    for folder in (tmp_path / "backups", tmp_path / "new"):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077] == []


def test_the_next_backup_copies_only_what_is_new(rig: Rig, tmp_path: Path) -> None:
    finished(rig)
    first = take(rig.tools, tmp_path / "backups")
    rig.clock.forward(60)
    finished(rig)
    second = take(rig.tools, tmp_path / "backups")
    assert (second.linked, second.copied) == (first.copied, first.copied) and newest(
        tmp_path / "backups"
    ) == second.folder
    for saved in listed(first.folder):
        assert (first.folder / "objects" / saved.key).samefile(second.folder / "objects" / saved.key)
    assert forget_old(tmp_path / "backups", 1) == [first.folder.name]
    assert verify(tmp_path / "backups").faults == [], "what was shared stays with the one that is left"


def test_a_file_that_changed_under_its_key_is_copied_again(rig: Rig, tmp_path: Path) -> None:
    with rig.tools.database.write() as tx:
        slot = uploads.create_upload(tx, rig.account_id, filename="a.png", max_bytes=100, now=rig.clock())
    rig.tools.objects.put(slot.key, b"first", content_type="image/png")
    take(rig.tools, tmp_path / "backups")
    rig.tools.objects.put(slot.key, b"other", content_type="image/png")
    rig.clock.forward(60)
    second = take(rig.tools, tmp_path / "backups")
    assert second.copied == 1 and (second.folder / "objects" / slot.key).read_bytes() == b"other"


def test_what_no_record_names_stays_behind_and_an_empty_slot_is_no_loss(rig: Rig, tmp_path: Path) -> None:
    with rig.tools.database.write() as tx:
        uploads.create_upload(tx, rig.account_id, filename="a.png", max_bytes=100, now=rig.clock())
    rig.tools.objects.put(staging_key("upl_stray"), b"x", content_type="image/png")
    taken = take(rig.tools, tmp_path / "backups")
    assert (taken.missing, keys(taken.folder)) == ([], set())


def test_a_lost_object_is_named_and_an_expired_one_is_not(rig: Rig, tmp_path: Path) -> None:
    batch = finished(rig, 1)
    lost = next(stat.key for stat in rig.tools.objects.list(f"out/{batch.id}/"))
    rig.tools.objects.delete(lost)
    assert take(rig.tools, tmp_path / "backups").missing == [lost]
    rig.clock.forward(25 * 3600)
    assert take(rig.tools, tmp_path / "backups").missing == [], "the sweep may have deleted it a moment ago"


def test_an_object_that_is_not_what_its_record_says_is_named(rig: Rig, tmp_path: Path) -> None:
    batch = finished(rig, 1)
    key = next(stat.key for stat in rig.tools.objects.list(f"out/{batch.id}/"))
    rig.tools.objects.put(key, b"MADE", content_type="image/jpeg")
    taken = take(rig.tools, tmp_path / "backups")
    assert taken.missing == [key] and key not in keys(taken.folder) and verify(taken.folder).faults == []


def test_work_that_is_accepted_meanwhile_is_left_to_the_next_backup(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is copied first, so the objects that it names can only be more than it knows."""
    before = finished(rig)
    fetch, after = type(rig.tools.objects).fetch_to, list[Batch]()

    def meanwhile(store: object, key: str, path: Path) -> object:
        if not after:
            after.append(finished(rig))
        return fetch(store, key, path)  # type: ignore[arg-type]

    monkeypatch.setattr(type(rig.tools.objects), "fetch_to", meanwhile)
    taken = take(rig.tools, tmp_path / "backups")
    assert taken.missing == [] and verify(taken.folder).faults == []
    assert before.id in " ".join(keys(taken.folder)) and after[0].id not in " ".join(keys(taken.folder))
    restore(taken.folder, tmp_path / "new")
    there = opened(rig, tmp_path / "new")
    with there.database.read() as tx:
        assert invariants.verify(tx) == []
    there.database.dispose()


@pytest.mark.parametrize("what", ["database.sqlite3", "objects.jsonl", "secret_key", "an object", "a missing object"])
def test_damage_is_found_and_is_not_restored(rig: Rig, tmp_path: Path, what: str) -> None:
    finished(rig)
    folder = take(rig.tools, tmp_path / "backups").folder
    some = folder / "objects" / next(iter(listed(folder))).key
    if what == "a missing object":
        some.unlink()
    else:
        path = some if what == "an object" else folder / what
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    (fault,) = verify(folder).faults
    assert "is damaged or missing" in fault
    assert restore(folder, tmp_path / "new").faults == [fault] and not (tmp_path / "new").exists()


def test_a_folder_that_holds_anything_is_left_alone(rig: Rig, tmp_path: Path) -> None:
    take(rig.tools, tmp_path / "backups")
    before = sorted(path.name for path in rig.tools.settings.data_dir.rglob("*"))
    with pytest.raises(Invalid, match="is not empty"):
        restore(tmp_path / "backups", rig.tools.settings.data_dir)
    assert sorted(path.name for path in rig.tools.settings.data_dir.rglob("*")) == before
    (tmp_path / "file").touch()
    with pytest.raises(Invalid, match="is not empty"):
        restore(tmp_path / "backups", tmp_path / "file")


def test_a_newer_programs_backup_is_refused(rig: Rig, tmp_path: Path) -> None:
    folder = take(rig.tools, tmp_path / "backups").folder
    told = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(told | {"schema": "9999"}))
    with pytest.raises(ServiceError, match="not known to this program"):
        restore(folder, tmp_path / "new")
    (folder / MANIFEST).write_text(json.dumps(told | {"format": 99}))
    with pytest.raises(Invalid, match="reads form 1"):
        verify(folder)
    assert not (tmp_path / "new").exists()


def test_an_unfinished_backup_is_none_and_leaves_nothing(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(rig)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(type(rig.tools.objects), "fetch_to", full)
        take(rig.tools, tmp_path / "backups")
    assert [*(tmp_path / "backups").iterdir()] == []
    with pytest.raises(Invalid, match="no finished back-up"):
        verify(tmp_path / "backups")
    take(rig.tools, tmp_path / "backups")
    with pytest.raises(Invalid, match="is there already"):
        take(rig.tools, tmp_path / "backups")


def test_the_secret_is_named_by_its_id_when_it_is_kept_elsewhere(rig: Rig, tmp_path: Path) -> None:
    (rig.tools.settings.data_dir / "secret_key").unlink()
    manifest = read_manifest(take(rig.tools, tmp_path / "backups").folder)
    assert "secret_key" not in manifest.files and len(manifest.secret_id) == 8
    assert rig.tools.settings.secret_key not in (newest(tmp_path / "backups") / MANIFEST).read_text()


def test_a_hostile_listing_leads_nowhere(rig: Rig, tmp_path: Path) -> None:
    from storage.objects import InvalidKey

    folder = take(rig.tools, tmp_path / "backups").folder
    line = json.dumps(vars(Saved("../../escape", 1, "0" * 64, "")))
    (folder / "objects.jsonl").write_text(line + "\n")
    told = json.loads((folder / MANIFEST).read_text())
    told["files"]["objects.jsonl"] = restoring.digest(folder / "objects.jsonl")
    (folder / MANIFEST).write_text(json.dumps(told | {"objects": 1}))
    with pytest.raises(InvalidKey):
        restore(folder, tmp_path / "new")
