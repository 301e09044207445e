"""The closing check finds what it is there for: each thing that a fault may leave behind, put there by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest
from closing import check_installation
from engine_rig import NoEngines, Rig, install_blot, open_rig
from sqlalchemy import text

from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.model import Batch
from storage.records import artifacts, images

pytestmark = pytest.mark.process
CALLBACK = "https://shop.example/hook"


def ended(rig: Rig) -> Batch:
    batch = submit(rig.tools, rig.order(2, callback_url=CALLBACK), rig.doorbell).batch
    with rig.tools.database.read() as tx:
        children = images.list_images(tx, batch.id)
    for child in children:
        run_image(rig.tools, child.id, NoEngines())
    run_packaging(rig.tools, batch.id)
    return batch


def test_a_quiet_installation_passes_and_orphans_are_collected(tmp_path: Path) -> None:
    install_blot()
    rig = open_rig(tmp_path)
    ended(rig)
    rig.upload(b"nobody's")
    rig.tools.objects.put("out/bat_unknown/img/token/000.png", b"a loser's", content_type="image/png")
    assert check_installation(tmp_path) == {"batches": 1, "collected": 2, "queued": 0, "completed": 1}


def lose_a_file(rig: Rig, batch: Batch) -> None:
    with rig.tools.database.read() as tx:
        rig.tools.objects.delete(artifacts.list_artifacts(tx, batch.id)[0].key)


def say_in_sql(words: str) -> Callable[[Rig, Batch], None]:
    def say(rig: Rig, batch: Batch) -> None:
        with rig.tools.database.write() as tx:
            tx.execute(text(words), {"batch": batch.id})

    return say


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lose_a_file, "nothing, "),
        (say_in_sql("UPDATE deliveries SET image_id = NULL, event = 'batch.completed'"), "3 endings of"),
        (say_in_sql("DELETE FROM deliveries WHERE batch_id = :batch"), "was not told of"),
        (say_in_sql("DELETE FROM artifacts WHERE batch_id = :batch AND role = 'archive'"), "has 0 archives"),
        (say_in_sql("UPDATE accounts SET available = available + 1, granted = granted + 1"), "entries sum to"),
        (say_in_sql("UPDATE images SET state = 'running' WHERE batch_id = :batch"), "is running"),
        (say_in_sql("UPDATE batches SET state = 'processing' WHERE id = :batch"), "is processing"),
    ],
)
def test_what_a_fault_left_is_named(tmp_path: Path, spoil: Callable[[Rig, Batch], None], complaint: str) -> None:
    install_blot()
    rig = open_rig(tmp_path)
    spoil(rig, ended(rig))
    with pytest.raises(AssertionError, match=complaint):
        check_installation(tmp_path)
