"""A batch event of the print dialect tells how each child ended and stays small, however many there are."""

import json

from engine_rig import NoEngines, Rig, picture

from jobs.cancel import cancel
from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.model import ImageOrder
from storage.records import outbox

LARGEST = 20_000


def batch_event(rig: Rig, bad: int, cancelled: int) -> tuple[dict, int]:
    """(body, bytes) of the one batch event of a batch with one good image, so many bad and so many cancelled ones."""
    uploads = [rig.upload(picture(0)), *(rig.upload(b"nonsense", "bad.txt") for _ in range(bad + cancelled))]
    images = tuple(ImageOrder((source,)) for source in uploads)
    order = rig.order(0, images=images, callback_url="https://shop.example.com/hook")
    done = submit(rig.tools, order, rig.doorbell)
    for image in done.images[: 1 + bad]:
        run_image(rig.tools, image.id, NoEngines())
    if cancelled:
        cancel(rig.tools, rig.account_id, done.batch.id, rig.doorbell)
    run_packaging(rig.tools, done.batch.id)
    with rig.tools.database.read() as tx:
        sent = outbox.list_deliveries(tx, rig.account_id, endpoint_id=None, after=None, limit=100)
    [told] = [each for each in sent if each.event.startswith("batch.")]
    return json.loads(told.body), len(told.body)


def test_it_lists_its_jobs(rig: Rig) -> None:
    body, _ = batch_event(rig, 1, 0)
    good, bad = body["jobs"]
    assert (good["index"], good["status"], good["error_code"]) == (0, "completed", None)
    assert (bad["index"], bad["status"], bad["credit_cost"], bad["error_code"]) == (
        1,
        "failed",
        0,
        "image_decode_failed",
    )
    assert good["job_id"].startswith("job_") and good["credit_cost"] > 0 and body["job_id"] == body["batch_id"]


def test_it_stays_small_with_the_largest_batch(rig: Rig) -> None:
    body, size = batch_event(rig, 0, 49)
    assert len(body["jobs"]) == 50 and size < LARGEST
