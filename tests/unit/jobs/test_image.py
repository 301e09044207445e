"""One image's way: leased, checked, run, stored, settled once; every fault is coded, losers leave nothing behind."""

import logging
from datetime import timedelta

import pytest
from engine_rig import Blot, NoEngines, Rig, install_blot, picture

from jobs.image import run_image
from jobs.settling import backoff_s, may_retry
from jobs.submit import submit
from storage.errors import ImageFault
from storage.model import Image, ImageOrder, ImageState, Source
from storage.names import staging_key
from storage.records import artifacts, images, ledger
from storage.records.invariants import verify


def one(rig: Rig, source: Source | None = None, **options: object) -> Image:
    order = rig.order(1, options=options) if source is None else rig.order(1, images=(ImageOrder((source,)),))
    return submit(rig.tools, order, rig.doorbell).images[0]


def now_of(rig: Rig, image: Image) -> Image:
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        return images.get_image(tx, image.id)


def outputs(rig: Rig) -> list[str]:
    return [stat.key for stat in rig.tools.objects.list("out/")]


def test_a_good_image_is_settled_with_its_file_and_its_price(rig):
    image = one(rig)
    ran = run_image(rig.tools, image.id, NoEngines())
    assert ran is not None and ran.left == 0
    after = now_of(rig, image)
    assert (after.state, after.result["method"], after.attempts) == (ImageState.SUCCEEDED, "blot", 1)
    with rig.tools.database.read() as tx:
        [made] = artifacts.list_artifacts(tx, image.batch_id, image.id)
        assert ledger.balance(tx, rig.account_id).spent == 2
    stat = rig.tools.objects.stat(made.key)
    assert stat.bytes == made.bytes and made.width == 8
    assert list((rig.tools.settings.data_dir / "work").iterdir()) == []


def test_a_second_run_of_a_settled_image_changes_nothing(rig):
    image = one(rig)
    run_image(rig.tools, image.id, NoEngines())
    before = now_of(rig, image)
    assert run_image(rig.tools, image.id, NoEngines()).settled is None
    assert now_of(rig, image) == before and len(outputs(rig)) == 1


def test_two_runs_at_once_are_fenced_to_one(rig):
    image, seen = one(rig), []
    install_blot(Blot(work=lambda work: seen.append(run_image(rig.tools, image.id, NoEngines()).settled)))
    assert run_image(rig.tools, image.id, NoEngines()).settled is not None
    assert seen == [None] and len(outputs(rig)) == 1


def test_a_run_that_lost_its_lease_discards_what_it_made(rig):
    image = one(rig)

    def overtaken(work):
        install_blot(Blot())
        rig.clock.forward(rig.tools.settings.lease_seconds + 1)
        assert run_image(rig.tools, image.id, NoEngines()).settled is not None

    install_blot(Blot(work=overtaken))
    assert run_image(rig.tools, image.id, NoEngines()).settled is None
    after = now_of(rig, image)
    assert (after.state, after.attempts) == (ImageState.SUCCEEDED, 2)
    with rig.tools.database.read() as tx:
        recorded = [artifact.key for artifact in artifacts.list_artifacts(tx, image.batch_id)]
    assert outputs(rig) == recorded and len(recorded) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "source_empty"), (b"GIF89a" + b"\0" * 40, "unsupported_format"), (b"<html>", "not_an_image")],
)
def test_bad_bytes_fail_at_once_with_their_code_and_cost_nothing(rig, data, code):
    image = one(rig, rig.upload(data))
    run_image(rig.tools, image.id, NoEngines())
    after = now_of(rig, image)
    assert (after.state, after.error_code, after.attempts) == (ImageState.FAILED, code, 1)
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).spent == 0


def test_a_transient_fault_is_tried_three_times_with_growing_pauses(rig):
    def failing(work):
        raise ImageFault("storage_unavailable")

    image = one(rig)
    install_blot(Blot(work=failing))
    for attempt in (1, 2):
        assert run_image(rig.tools, image.id, NoEngines()).settled is None
        waiting = now_of(rig, image)
        assert (waiting.state, waiting.attempts) == (ImageState.QUEUED, attempt)
        assert waiting.not_before > rig.clock() + timedelta(seconds=1.9)
        assert run_image(rig.tools, image.id, NoEngines()).settled is None, "not before its time"
        rig.clock.forward(61)
    assert run_image(rig.tools, image.id, NoEngines()).left == 0
    assert now_of(rig, image).error_code == "storage_unavailable"


def test_an_unforeseen_error_is_coded_and_never_told_to_the_customer(rig, caplog):
    def broken(work):
        raise RuntimeError("secret path /srv/x")

    caplog.set_level(logging.INFO)
    image = one(rig)
    install_blot(Blot(work=broken))
    run_image(rig.tools, image.id, NoEngines())
    rig.clock.forward(61)
    run_image(rig.tools, image.id, NoEngines())
    after = now_of(rig, image)
    assert (after.error_code, after.attempts) == ("processing_failed", 2)
    assert "secret" not in after.error_message and "secret path" not in caplog.text


def test_files_of_a_failed_run_are_removed(rig):
    image = one(rig)

    class LateFault(Blot):
        def run(self, work):
            super().run(work)
            raise ImageFault("no_subject")

    install_blot(LateFault())
    run_image(rig.tools, image.id, NoEngines())
    assert now_of(rig, image).error_code == "no_subject" and outputs(rig) == []


def test_one_bad_image_does_not_touch_the_others(rig):
    sources = [rig.upload(picture(n)) for n in range(3)] + [rig.upload(b"nonsense")]
    order = rig.order(0, images=tuple(ImageOrder((source,)) for source in sources))
    done = submit(rig.tools, order, rig.doorbell)
    lefts = [run_image(rig.tools, image.id, NoEngines()).left for image in done.images]
    assert lefts == [3, 2, 1, 0]
    assert [now_of(rig, image).state.value for image in done.images] == ["succeeded"] * 3 + ["failed"]


def test_quarantined_bytes_are_refused_without_being_opened(rig):
    source = rig.upload(picture(7))
    with rig.tools.database.write() as tx:
        images.quarantine(tx, source.sha256, "decoder_crashed", rig.clock())
    image, opened = one(rig, source), []
    install_blot(Blot(work=opened.append))
    run_image(rig.tools, image.id, NoEngines())
    assert now_of(rig, image).error_code == "decoder_crashed" and opened == []


def test_an_upload_that_is_gone_is_our_fault_and_worth_another_try(rig):
    image = one(rig, Source("upload", "a.png", key=staging_key("upl_gone"), bytes=3, sha256="a" * 64, crc32=0))
    run_image(rig.tools, image.id, NoEngines())
    assert now_of(rig, image).state is ImageState.QUEUED


def test_a_data_address_is_a_source_too(rig):
    import base64

    source = Source("data", "inline.png", url="data:image/png;base64," + base64.b64encode(picture(1)).decode())
    image = one(rig, source)
    run_image(rig.tools, image.id, NoEngines())
    assert now_of(rig, image).state is ImageState.SUCCEEDED


def test_the_log_tells_hash_format_and_size_but_no_name(rig, caplog):
    caplog.set_level(logging.INFO, logger="darkroom.image")
    image = one(rig)
    run_image(rig.tools, image.id, NoEngines())
    [line] = [record for record in caplog.records if getattr(record, "event", "") == "image.settled"]
    assert (line.format, line.width, line.height, line.mode, line.attempt) == ("PNG", 32, 24, "RGB", 1)
    assert len(line.sha256[0]) == 64 and line.duration_ms >= 0
    assert line.rss_peak_mb > 0 and line.estimate_mb > 0
    assert "art" not in str({k: v for k, v in vars(line).items() if k not in ("pathname", "msg")})


def test_the_log_tells_no_address_of_a_source_that_could_not_be_had(rig, caplog):
    caplog.set_level(logging.INFO)
    address = "http://127.0.0.1:9/private/art.png?token=s3cret"
    image = one(rig, Source("url", "art.png", url=address))
    run_image(rig.tools, image.id, NoEngines())
    [line] = [record for record in caplog.records if getattr(record, "event", "") == "image.settled"]
    assert line.code == "source_url_refused"
    told = str([vars(record) for record in caplog.records])
    assert "s3cret" not in told and "/private/" not in told


@pytest.mark.parametrize(
    ("code", "attempts", "again"),
    [
        ("storage_unavailable", 2, True),
        ("storage_unavailable", 3, False),
        ("decoder_crashed", 1, True),
        ("decoder_crashed", 2, False),
        ("resource_limit_exceeded", 2, False),
        ("corrupt_image", 1, False),
        ("source_http_404", 1, False),
        ("source_http_5xx", 2, True),
    ],
)
def test_which_faults_are_tried_again(code, attempts, again):
    assert may_retry(ImageFault(code), attempts) is again


def test_pauses_grow_and_stay_between_2_and_60_seconds():
    pauses = [backoff_s(n) for n in (1, 2, 3, 4, 9)]
    assert all(2 <= pause <= 60 for pause in pauses) and pauses == sorted(pauses)
