"""The print dialect's events: a batch's tells how each child ended and stays small; the sample one looks like a live
one."""

import json
from datetime import datetime, timedelta

from engine_rig import NoEngines, Rig, picture

from batch_api.print_shop.forms import sample_event
from jobs.cancel import cancel
from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.submit import submit
from storage.clock import iso
from storage.model import Dialect, ImageOrder
from storage.records import endpoints, outbox
from storage.records.batches import next_sequence

LARGEST = 20_000


def sent(rig: Rig, bad: int, cancelled: int) -> dict[str, bytes]:
    """{event: body} of a batch with one good image, so many bad and so many cancelled ones."""
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
        found = outbox.list_deliveries(tx, rig.account_id, endpoint_id=None, after=None, limit=100)
    return {each.event: each.body for each in found}


def test_a_batch_event_lists_its_jobs(rig: Rig) -> None:
    body = json.loads(sent(rig, 1, 0)["batch.completed"])
    good, bad = body["jobs"]
    assert (good["index"], good["status"], good["error_code"]) == (0, "completed", None)
    assert (bad["index"], bad["status"], bad["credit_cost"], bad["error_code"]) == (
        1,
        "failed",
        0,
        "image_decode_failed",
    )
    assert good["job_id"].startswith("job_") and good["credit_cost"] > 0 and body["job_id"] == body["batch_id"]
    assert body["dry_run"] is False


def test_a_batch_event_stays_small_with_the_largest_batch(rig: Rig) -> None:
    told = sent(rig, 0, 49)["batch.failed"]
    assert len(json.loads(told)["jobs"]) == 50 and len(told) < LARGEST // 2


def test_a_job_event_says_how_long_its_links_live_and_where_fresh_ones_are(rig: Rig) -> None:
    told = sent(rig, 1, 0)
    good, bad = json.loads(told["job.completed"]), json.loads(told["job.failed"])
    assert len(good["assets"]["download_urls"]) == 1
    assert datetime.fromisoformat(good["expires_at"]) == rig.clock() + timedelta(hours=24)
    assert bad["expires_at"] is None
    assert good["results_url"] == bad["results_url"] == json.loads(told["batch.completed"])["results_url"]


def test_the_sample_event_has_the_fields_of_a_live_one(rig: Rig) -> None:
    live, sample = json.loads(sent(rig, 0, 0)["job.completed"]), sample_event("2026-03-01T12:00:00Z")
    assert live.keys() == {*sample, "delivery_id"} and live["assets"].keys() == sample["assets"].keys()


def test_every_event_of_a_batch_has_a_higher_number_that_its_receivers_share(rig: Rig) -> None:
    with rig.tools.database.write() as tx:
        known = (tx, rig.account_id, Dialect.PRINT, "https://shop.example.com/all")
        endpoints.create_endpoint(*known, ("*",), "", rig.clock())
    sent(rig, 1, 1)
    with rig.tools.database.read() as tx:
        found = outbox.list_deliveries(tx, rig.account_id, endpoint_id=None, after=None, limit=100)
    numbers: dict[tuple[str, str], list[int]] = {}
    for each in found:
        body = json.loads(each.body)
        assert list(body)[-2:] == ["sequence", "occurred_at"] and body["occurred_at"] == iso(rig.clock())
        numbers.setdefault((body["event"], body["job_id"]), []).append(body["sequence"])
    assert all(len(set(each)) == 1 for each in numbers.values())
    number = {told: each[0] for told, each in numbers.items()}
    assert sorted(number.values()) == list(range(1, len(number) + 1))
    for told, job in number:
        if told in ("job.completed", "job.processing"):
            before = "job.queued" if told == "job.processing" else "job.processing"
            assert number[before, job] < number[told, job]
    assert max(number, key=number.__getitem__)[0] == "batch.failed"  # cancelled, in the dialect's words
    shared = {event for (event, _), each in numbers.items() if len(each) == 2}
    assert shared == {"job.completed", "job.failed", "batch.failed"}


def test_nothing_is_counted_when_nobody_is_told(rig: Rig) -> None:
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    with rig.tools.database.write() as tx:
        assert next_sequence(tx, done.batch.id) == 1


def test_a_sample_event_has_number_0() -> None:
    sample = sample_event("2026-03-01T12:00:00Z")
    assert (sample["sequence"], sample["occurred_at"]) == (0, "2026-03-01T12:00:00Z")
