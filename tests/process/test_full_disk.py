"""A disk without a byte left: submissions are refused with 503, what is there can still be read, nothing is corrupt,
and once there is room again the work that was accepted is done without anybody's help."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from closing import check_installation
from customer import archive, print_done, submit_print, usage
from installation import neighbour
from pictures import picture
from servers import wait_for
from small_disk import SmallDisk, can_mount, installation_on_small_disk

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ART = picture(3600, 5400)
QUICK = {"RATE_LIMITS": "false", "SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "DISK_FLOOR_MB": "16"}
FULL_S = 4.0


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    if not can_mount():
        pytest.skip("needs a mount namespace (unshare -rm with a tmpfs)")
    with (
        neighbour() as near,
        installation_on_small_disk(tmp_path_factory.mktemp("small"), 128, near, **QUICK) as running,
    ):
        yield running


def answer(disk: SmallDisk, **sent: Any) -> requests.Response:
    service = disk.running
    return requests.post(f"{service.base}/v1/batch/poster", headers=service.print, timeout=60, **sent)


def upload(disk: SmallDisk) -> requests.Response:
    return answer(disk, files=[("images", ("a.png", ART))], data={"size": "12x18"})


def by_address(disk: SmallDisk) -> requests.Response:
    return answer(disk, json={"image_urls": [disk.running.neighbour.url + "/a.png"], "size": "12x18"})


def get(disk: SmallDisk, path: str) -> requests.Response:
    address = path if path.startswith("http") else disk.running.base + path
    headers = {} if path.startswith("http") else disk.running.print
    return requests.get(address, headers=headers, timeout=30)


def checks(disk: SmallDisk) -> dict[str, str]:
    found: dict[str, str] = get(disk, "/readyz").json()["checks"]
    return found


def refused(reply: requests.Response) -> bool:
    return reply.status_code == 503 and int(reply.headers["Retry-After"]) > 0 and "error" in reply.json()


def test_a_full_disk_refuses_keeps_and_recovers(disk: SmallDisk, tmp_path: Path) -> None:
    service = disk.running
    before = print_done(service, submit_print(service, "poster", [("a.png", ART)], size="12x18")["batch_id"])
    disk.fill(leave=10 << 20)
    assert checks(disk) == {**checks(disk), "disk": "down", "database": "ok"}, "below its floor, and says so"
    assert refused(upload(disk)) and refused(by_address(disk))
    disk.empty()
    made = submit_print(service, "poster", [(f"{n}.png", ART) for n in range(4)], size="12x18")["batch_id"]
    disk.fill()
    assert disk.free() == 0
    end = time.monotonic() + FULL_S
    while time.monotonic() < end:
        assert refused(upload(disk)) and refused(by_address(disk))
        assert get(disk, "/healthz").status_code == 200
        assert get(disk, f"/v1/batch/{made}").json()["status"] in ("queued", "processing")
        assert get(disk, before["jobs"][0]["files"][0]["url"]).status_code == 200
        time.sleep(0.2)
    ready = get(disk, "/readyz")
    assert ready.status_code == 503 and ready.json()["checks"]["database"] == "down"
    disk.empty()
    wait_for(lambda: get(disk, "/readyz").status_code == 200, 60, "readiness")
    done = print_done(service, made)
    assert [job["status"] for job in done["jobs"]] == ["completed"] * 4, done
    archive(service, done)
    assert upload(disk).status_code == 202, "and new work is taken"
    wait_for(lambda: usage(service)["held"] == 0, 60, "the last batch")
    assert usage(service)["spent"] == 6 * before["credit_cost"]
    kept = disk.stop_and_copy(tmp_path / "kept")
    with sqlite3.connect(kept / "darkroom.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert check_installation(kept)["batches"] == 3
