"""A batch is packaged once, from records alone, to the same bytes each time; losers leave nothing behind."""

import dataclasses
import io
import json
import zipfile

import pytest
from engine_rig import Blot, NoEngines, Rig, install_blot, picture

from jobs import packaging
from jobs.archive import ArchiveMismatch
from jobs.cancel import cancel
from jobs.image import run_image
from jobs.layout import entry_paths, image_folder
from jobs.packaging import retry_pause_s, run_packaging
from jobs.submit import submit
from storage.model import BatchState, Dialect, ImageOrder, Role
from storage.objects import ObjectMissing, ObjectStoreDown
from storage.records import artifacts, batches, ledger
from storage.records.invariants import verify


def worked(rig: Rig, count: int = 2, bad: int = 0):
    good = [ImageOrder((rig.upload(picture(n), f"Été {n}.png"),)) for n in range(count)]
    order = rig.order(0, images=(*good, *(ImageOrder((rig.upload(b"nonsense", "bad.txt"),)) for _ in range(bad))))
    done = submit(rig.tools, order, rig.doorbell)
    for image in done.images:
        run_image(rig.tools, image.id, NoEngines())
    return done.batch


def unzip(rig: Rig, batch_id: str) -> zipfile.ZipFile:
    with rig.tools.database.read() as tx:
        [archive] = [a for a in artifacts.list_artifacts(tx, batch_id) if a.role is Role.ARCHIVE]
    assert archive.filename == f"{batch_id}.zip"
    with rig.tools.objects.read(archive.key) as stream:
        return zipfile.ZipFile(io.BytesIO(stream.read()))


def zips(rig: Rig) -> list[str]:
    return [stat.key for stat in rig.tools.objects.list("zip/")]


def test_the_archive_holds_every_file_and_says_so(rig):
    batch = run_packaging(rig.tools, worked(rig, 2).id)
    assert (batch.state, batch.credits_charged) == (BatchState.COMPLETED, 5)
    archive = unzip(rig, batch.id)
    names = ["01_ete-0/print/blot.png", "02_ete-1/print/blot.png", "manifest.json", "previews/sheet.txt"]
    assert archive.namelist() == names and archive.testzip() is None
    told = json.loads(archive.read("manifest.json"))
    paths = [file["path"] for image in told["images"] for file in image["files"]]
    assert paths == names[:2] and told["files"][0]["path"] == names[3]
    with rig.tools.database.read() as tx:
        assert verify(tx) == [] and ledger.balance(tx, rig.account_id).held == 0


def test_failures_are_listed_and_nothing_else_is_lost(rig):
    batch = run_packaging(rig.tools, worked(rig, 1, bad=1).id)
    archive = unzip(rig, batch.id)
    [error] = json.loads(archive.read("errors.json"))["errors"]
    assert (batch.state, batch.partial, error["error"]["code"]) == (BatchState.COMPLETED, True, "not_an_image")
    assert (error["index"], error["source"]) == (1, "bad.txt")


def test_a_batch_with_nothing_to_pack_is_finished_too(rig):
    batch = run_packaging(rig.tools, worked(rig, 0, bad=2).id)
    assert (batch.state, batch.credits_charged, zips(rig)) == (BatchState.FAILED, 0, [])


def test_packaging_waits_for_the_last_image_and_happens_once(rig):
    done = submit(rig.tools, rig.order(2), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    assert run_packaging(rig.tools, done.batch.id) is None
    run_image(rig.tools, done.images[1].id, NoEngines())
    assert run_packaging(rig.tools, done.batch.id) is not None
    assert run_packaging(rig.tools, done.batch.id) is None and len(zips(rig)) == 1


def test_a_packaging_that_lost_its_lease_removes_its_archive(rig, monkeypatch):
    batch, finish = worked(rig), packaging._finish

    def overtaken(*given):
        monkeypatch.setattr(packaging, "_finish", finish)
        rig.clock.forward(rig.tools.settings.lease_seconds + 1)
        assert run_packaging(rig.tools, batch.id) is not None
        return finish(*given)

    monkeypatch.setattr(packaging, "_finish", overtaken)
    assert run_packaging(rig.tools, batch.id) is None
    assert len(zips(rig)) == 1 and unzip(rig, batch.id).testzip() is None


def test_the_same_batch_gives_the_same_bytes_again(rig, monkeypatch):
    batch, written = worked(rig), []
    finish = packaging._finish

    def withheld(tools, batch, token, made):
        with tools.objects.read(made[-1].key) as stream:
            written.append(stream.read())
        return finish(tools, batch, token, made) if len(written) == 2 else None

    monkeypatch.setattr(packaging, "_finish", withheld)
    assert run_packaging(rig.tools, batch.id) is None
    rig.clock.forward(3600)
    assert run_packaging(rig.tools, batch.id) is not None
    assert written[0] == written[1]


def test_a_store_that_fails_puts_the_packaging_back_for_pauses_that_grow(rig):
    batch = worked(rig)

    class Down:
        def __getattr__(self, name):
            return getattr(rig.tools.objects, name)

        def writer(self, key, *, content_type):
            raise ObjectStoreDown("no route")

    broken = dataclasses.replace(rig.tools, objects=Down())
    for pause in (2, 2, 4, 8):
        with pytest.raises(ObjectStoreDown):
            run_packaging(broken, batch.id)
        assert not [stat.key for stat in rig.tools.objects.list(f"out/{batch.id}/batch/")]
        rig.clock.forward(pause - 0.1)
        assert run_packaging(broken, batch.id) is None, "not before its time"
        rig.clock.forward(0.1)
    assert run_packaging(rig.tools, batch.id) is not None
    assert [retry_pause_s(seconds) for seconds in (0, 30, 9999)] == [2, 30, 60]


def test_a_file_that_changed_behind_our_back_is_not_packed_silently(rig):
    batch = worked(rig)
    with rig.tools.database.read() as tx:
        victim = artifacts.list_artifacts(tx, batch.id)[0]
    rig.tools.objects.put(victim.key, b"short", content_type="image/png")
    with pytest.raises(ArchiveMismatch):
        run_packaging(rig.tools, batch.id)
    assert zips(rig) == []
    with rig.tools.database.read() as tx:
        assert not batches.get_batch(tx, batch.id).final


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_is_lost_keeps_its_batch_open_for_ten_minutes_only(rig, gone):
    batch = worked(rig)
    with rig.tools.database.read() as tx:
        victim = artifacts.list_artifacts(tx, batch.id)[0]
    if gone:
        rig.tools.objects.delete(victim.key)
    else:
        rig.tools.objects.put(victim.key, b"short", content_type="image/png")
    with pytest.raises((ArchiveMismatch, ObjectMissing)):
        run_packaging(rig.tools, batch.id)
    rig.clock.forward(601)
    done = run_packaging(rig.tools, batch.id)
    assert (done.state, done.credits_charged > 0) == (BatchState.COMPLETED, True)
    assert zips(rig) == []


def test_a_cancelled_batch_is_packaged_as_cancelled(rig):
    done = submit(rig.tools, rig.order(2), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
    assert rig.doorbell.packaging == [done.batch.id]
    batch = run_packaging(rig.tools, done.batch.id)
    assert (batch.state, batch.succeeded, batch.cancelled) == (BatchState.CANCELLED, 1, 1)
    assert "01_art-0/print/blot.png" in unzip(rig, batch.id).namelist()


def test_flat_sets_stay_flat_and_names_never_collide(rig):
    batch = worked(rig, 3)
    with rig.tools.database.read() as tx:
        made = artifacts.list_artifacts(tx, batch.id)
    flat = dataclasses.replace(batch, action="clipart")
    assert sorted(entry_paths(flat, [], made).values()) == ["print/blot-2.png", "print/blot-3.png", "print/blot.png"]
    studio = dataclasses.replace(batch, dialect=Dialect.STUDIO)
    renamed = [dataclasses.replace(a, archive_name=f"result_00{n + 1}.jpg") for n, a in enumerate(made)]
    assert sorted(entry_paths(studio, [], renamed).values()) == [f"result_00{n}.jpg" for n in (1, 2, 3)]


def test_a_hostile_archive_name_cannot_leave_its_folder(rig):
    batch = worked(rig, 1)
    with rig.tools.database.read() as tx:
        [made] = artifacts.list_artifacts(tx, batch.id)
    hostile = dataclasses.replace(made, archive_name="../../etc/cron.d/x", image_id=None)
    [path] = entry_paths(batch, [], [hostile]).values()
    assert ".." not in path and not path.startswith("/")


def test_an_image_folder_is_numbered_and_named_after_its_title(rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    titled = dataclasses.replace(done.images[0], labels={"title": "Sunset / Beach!"}, index=6)
    assert image_folder(done.batch, titled) == "07_sunset-beach"


def test_an_action_that_cannot_finish_puts_the_packaging_back(rig):
    class Unfinished(Blot):
        def finish(self, gathering):
            raise RuntimeError("no sheet")

    batch = worked(rig)
    install_blot(Unfinished())
    with pytest.raises(RuntimeError):
        run_packaging(rig.tools, batch.id)
    install_blot()
    rig.clock.forward(2)
    assert run_packaging(rig.tools, batch.id) is not None


def test_past_its_deadline_a_batch_that_cannot_be_packed_is_finished_all_the_same(rig):
    class Unfinished(Blot):
        def finish(self, gathering):
            raise RuntimeError("no sheet")

    batch = worked(rig)
    install_blot(Unfinished())
    rig.clock.forward(25 * 3600)
    assert run_packaging(rig.tools, batch.id).state is BatchState.COMPLETED
    assert zips(rig) == []
