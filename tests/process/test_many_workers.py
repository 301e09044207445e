"""Four workers and two sweeps at once: what comes twice has one effect, what is bad or big hurts nobody else."""

import dataclasses
import io
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest
from closing import check_installation
from engine_house import House, open_house
from engine_rig import SilentDoorbell, picture
from PIL import Image as Pillow
from servers import Crew, crew, wait_for
from sqlalchemy import func, select, text

from jobs.submit import submit
from storage.model import Batch, ImageOrder, Order
from storage.records import accounts
from storage.records.tables import images as image_rows

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

ROLES = ["pixels"] * 4 + ["packaging", "sweep", "sweep"]
BUDGET_MB = 300  # four small pictures at once, or one of eight megapixels
QUICK = {"SWEEP_SECONDS": "0.5", "LEASE_SECONDS": "6", "MEMORY_BUDGET_MB": str(BUDGET_MB)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Crew]]:
    folder = tmp_path_factory.mktemp("crowd")
    with open_house(folder, pixel_workers=4) as house:
        with crew(folder, house.server.url, ROLES, PIXEL_WORKERS="4", **QUICK, **house.armed) as members:
            house.wait_workers("pixels", 4)
            house.wait_workers("packaging", 1)
            yield house, members
        check_installation(folder, house.server.url)


def order(house: House, pictures: Sequence[bytes], **options: object) -> Batch:
    """A batch of these very files."""
    images = tuple(ImageOrder((house.rig.upload(data, f"{n}.png"),)) for n, data in enumerate(pictures))
    return submit(house.tools, house.rig.order(0, images=images, options=options), house.doorbell).batch


def until_final(house: House, members: Crew, *ids: str, seconds: float = 90) -> None:
    left = [*ids]

    def over() -> bool:
        members.tend()
        while left and house.batch(left[0]).final:
            left.pop(0)
        return not left

    wait_for(over, seconds, "the end of the batches")


def spans(house: House, batch_id: str) -> list[tuple[float, float]]:
    """From when to when each run of the batch's images was at work, by the first's beginning."""
    ids, begun, found = {image.id for image in house.images(batch_id)}, {}, []
    for line in (house.folder / "marks").read_text().splitlines():
        mark = json.loads(line)
        key = (mark["image"], mark["pid"])
        if mark["what"] == "begun":
            begun[key] = mark["at"]
        elif mark["image"] in ids:
            found.append((begun[key], mark["at"]))
    return sorted(found)


def most_at_once(found: list[tuple[float, float]]) -> int:
    return max(sum(begun <= at < ended for begun, ended in found) for at, _ in found)


def test_jobs_delivered_three_times_to_four_workers_have_one_effect(place: tuple[House, Crew]) -> None:
    house, members = place
    batch = house.submit(8, exactly=0.3, marked=True)
    for _ in range(2):
        house.doorbell.push(house.images(batch.id))
        house.doorbell.ring_packaging(batch.id)
    until_final(house, members, batch.id)
    found = spans(house, batch.id)
    assert most_at_once(found) > 1, "they never worked side by side: nothing was proven"
    assert len(found) == 8 and [image.attempts for image in house.images(batch.id)] == [1] * 8
    assert house.batch(batch.id).credits_charged == 8 * 2 + 1
    assert house.check([batch.id]) == {"succeeded": 8}
    with house.tools.database.read() as tx:
        query = text("SELECT kind, count(*) AS n FROM ledger_entries WHERE batch_id = :b GROUP BY kind")
        entries = {row.kind: row.n for row in tx.execute(query, {"b": batch.id})}
    assert entries == {"hold": 1, "capture": 9}, "one capture for each image, one for the batch"
    assert len([*house.tools.objects.list(f"out/{batch.id}/job_")]) == 8, "one file for each image"


def large() -> bytes:
    """Eight megapixels in a few kilobytes."""
    out = io.BytesIO()
    Pillow.new("RGB", (4000, 2000), (9, 9, 9)).save(out, "PNG")
    return out.getvalue()


def test_pictures_too_large_to_fit_together_are_worked_on_in_turn(place: tuple[House, Crew]) -> None:
    house, members = place
    big = order(house, [large(), large(), large()], exactly=0.3, marked=True)
    until_final(house, members, big.id)
    assert (house.batch(big.id).succeeded, most_at_once(spans(house, big.id))) == (3, 1)
    assert all(image.attempts == 1 for image in house.images(big.id)), "waiting is no fault"


def test_twenty_bad_pictures_among_two_hundred_fail_alone(place: tuple[House, Crew]) -> None:
    house, members = place
    files = [b"nonsense %d" % n if n % 10 == 3 else picture(n) for n in range(200)]
    batch = order(house, files)
    seen: set[int] = set()

    def over() -> bool:
        members.tend()
        now = house.batch(batch.id)
        assert now.pending + now.succeeded + now.failed + now.cancelled == now.total == 200
        seen.add(now.pending)
        return now.final

    wait_for(over, 120, "the end of two hundred")
    ended, images = house.batch(batch.id), house.images(batch.id)
    assert (ended.state.value, ended.partial, ended.succeeded, ended.failed) == ("completed", True, 180, 20)
    assert len(seen) > 10, "the counts were looked at while they moved"
    assert Counter(image.error_code for image in images) == {None: 180, "not_an_image": 20}
    assert all((image.index % 10 == 3) == (image.error_code is not None) for image in images)
    assert ended.credits_charged == 180 * 2 + 1


def test_one_picture_starts_at_once_behind_the_bursts_of_others(place: tuple[House, Crew]) -> None:
    """One account with thirty batches of one and a batch of thirty, five more with a batch of six."""
    house, members = place
    bursts = [house.submit(1, exactly=0.1).id for _ in range(30)] + [house.submit(30, exactly=0.1).id]
    for shop in [tenant(house) for _ in range(5)]:
        bursts.append(submit(house.tools, order_of(house, shop, 6), house.doorbell).batch.id)
    one = submit(house.tools, order_of(house, tenant(house), 1), house.doorbell)
    began_before = started(house, bursts, one.batch.created_at)
    wait_for(lambda: house.batch(one.batch.id).started_at, 30, "the start of the one picture")
    at = house.batch(one.batch.id).started_at
    assert at is not None and (at - one.batch.created_at).total_seconds() < 10
    overtook = started(house, bursts, at) - began_before
    # A turn of each (the first account's plan has four images in one), and what four workers held already.
    assert overtook <= 4 + 5 + 2 * 4, f"{overtook} images of others began first"
    assert not house.all_final(bursts), "the bursts were still there: something was proven"
    until_final(house, members, *bursts, one.batch.id, seconds=120)


def tenant(house: House) -> str:
    """Another account, on the smallest plan."""
    with house.tools.database.write() as tx:
        made = accounts.create_account(tx, name="S", plan="free", credits=999, actor="test", now=house.tools.clock())
    return made.id


def order_of(house: House, account_id: str, count: int) -> Order:
    asked = house.rig.order(count, options={"exactly": 0.1})
    return dataclasses.replace(asked, account_id=account_id)


def started(house: House, ids: list[str], by: datetime) -> int:
    """How many images of these batches had begun by a moment."""
    with house.tools.database.read() as tx:
        query = select(func.count()).where(image_rows.c.batch_id.in_(ids), image_rows.c.started_at <= by)
        return int(tx.scalar(query) or 0)


def test_when_the_sweep_dies_at_work_the_other_one_takes_over(place: tuple[House, Crew]) -> None:
    """Nobody is told of the batch, so only a sweep can find it; the dead one is not started again meanwhile."""
    house, members = place
    sweeps = [place for place, role in enumerate(members.roles) if role == "sweep"]
    members.tend()
    time.sleep(1)
    house.arm("sweep.step")
    wait_for(lambda: house.reached("sweep.step"), 30, "a sweep to come to its next step")
    wait_for(lambda: sum(members.members[each].poll() is not None for each in sweeps) == 1, 10, "its death")
    asked = dataclasses.replace(house.rig.order(3), callback_url=None)
    batch = submit(house.tools, asked, SilentDoorbell()).batch
    began = time.monotonic()
    wait_for(lambda: house.batch(batch.id).final, 60, "the batch that only a sweep can find")
    assert house.batch(batch.id).succeeded == 3 and time.monotonic() - began < 60
    assert sum(members.members[each].poll() is None for each in sweeps) == 1, "the survivor did it"
