"""Work without end leaves nothing behind: memory, descriptors, working folders and keys of the queue server stay as
they were once everybody is warm. `--slow --soak-minutes 30` does it to a whole installation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import redis
import requests
from closing import check_installation
from customer import print_done, submit_print
from engine_house import House, open_house
from installation import Installation, installation, neighbour
from left_behind import processes
from pictures import picture
from servers import Crew, crew, wait_for
from sqlalchemy import text

from tests.fault_server import fault_server

pytestmark = [pytest.mark.process]

ROLES = ["pixels", "models", "packaging", "delivery", "sweep"]
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "10"}
WARM, ROUNDS, IMAGES = 3, 8, 8  # rounds before and after the first look; images for each of the two pools a round
ROOM = 1.10  # RSS may grow by a tenth,
SLACK = 6 << 20  # and by what an allocator keeps
LASTING = ("rq:queues", "rq:workers", "rq:queue:", "rq:finished:", "rq:failed:", "rq:wip:", "rq:deferred:",
           "rq:canceled:", "rq:scheduled:", "rq:worker:", "rq:clean_registries")  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What an installation at rest holds."""

    memory: dict[int, int]
    descriptors: dict[int, int]
    endless: frozenset[str]  # keys of the queue server that never go by themselves
    working: int  # files in working folders


def look(pids: list[int], client: redis.Redis, data_dir: Path) -> Look:
    found = [psutil.Process(pid) for pid in pids]
    endless = {key.decode() for key in client.scan_iter(count=1000) if client.ttl(key) == -1}
    return Look(
        {each.pid: each.memory_info().rss for each in found},
        fewest(found),
        frozenset(endless),
        sum(path.is_file() for folder in ("work", "scratch") for path in (data_dir / folder).rglob("*"))
        + len([*(data_dir / "admission").glob("*.slot")]),
    )


def fewest(found: list[psutil.Process]) -> dict[int, int]:
    """Descriptors at rest: the sweep opens its lock now and then, and whoever else looks after itself."""
    counts: dict[int, int] = {}
    for _ in range(20):
        for each in found:
            counts[each.pid] = min(each.num_fds(), counts.get(each.pid, 10**6))
        time.sleep(0.1)
    return counts


def flat(before: Look, after: Look) -> None:
    grown = {pid: (before.memory[pid] >> 20, rss >> 20) for pid, rss in after.memory.items()
             if rss > before.memory[pid] * ROOM + SLACK}  # fmt: skip
    assert not grown, f"MiB before and after, by process: {grown}"
    more = {pid: (before.descriptors[pid], count) for pid, count in after.descriptors.items()
            if count > before.descriptors[pid]}  # fmt: skip
    assert not more, f"descriptors before and after, by process: {more}"
    assert after.working == 0, "working folders are empty at rest"
    strangers = {key for key in after.endless - before.endless if not key.startswith(LASTING)}
    assert not strangers, f"keys for ever: {sorted(strangers)[:9]}"
    assert len(after.endless) <= len(before.endless) + 2


def pids_of(members: Crew) -> list[int]:
    """Those that stay: members, and the keeper of the one that has one."""
    return [pid for place, member in members.members.items() for pid in (member.pid, *members.children(place))]


@pytest.mark.timeout(300)
def test_hundreds_of_pictures_leave_nothing_behind(tmp_path: Path, tell: Callable[[str], None]) -> None:
    with fault_server() as receiver, open_house(tmp_path, egress_allow=(f"127.0.0.1:{receiver.port}",)) as house:
        environ = {**QUICK, "EGRESS_ALLOW": f"127.0.0.1:{receiver.port}", "MODEL_JOBS": "100000"}
        with crew(tmp_path, house.server.url, ROLES, **environ) as members:
            for pool in ("pixels", "models", "packaging"):
                house.wait_workers(pool, 1)

            def work(rounds: int) -> None:
                for _ in range(rounds):
                    pools = ("pixels", "models")
                    ids = [house.submit(IMAGES, pool=pool, callback=receiver.url()).id for pool in pools]
                    wait_for(lambda ids=ids: house.all_final(ids), 90, "the end of a round")
                wait_for(lambda: not undelivered(house), 60, "the last webhook")

            work(WARM)
            client = house.server.client()
            before = look(pids_of(members), client, tmp_path)
            began = time.monotonic()
            work(ROUNDS)
            after = look(pids_of(members), client, tmp_path)
            flat(before, after)
            took, images = time.monotonic() - began, 2 * ROUNDS * IMAGES
            tell(f"{images} images in {took:.1f} s, MiB {megabytes(before)} and {megabytes(after)}")
        check_installation(tmp_path, house.server.url)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_an_installation_at_work_for_long_stays_as_it_was(
    tmp_path: Path, request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    """Everything that scripts/serve starts, at two thirds of what it can do; minutes by --soak-minutes."""
    seconds = 60 * float(request.config.getoption("--soak-minutes"))
    art = picture(3600, 5400)
    with neighbour() as near, installation(tmp_path / "data", near, RATE_LIMITS="false", **QUICK) as service:
        address = (service.data_dir / "redis_url").read_text().strip()

        def work(until: float) -> int:
            rounds = 0
            while rounds < WARM or time.monotonic() < until:
                began = time.monotonic()
                hook = f"{near.url}/soak"
                made = submit_print(service, "poster", [("a.png", art)] * 2, size="12x18", webhook_url=hook)
                done = print_done(service, made["batch_id"])
                for url in (done["download_url"], done["jobs"][0]["files"][0]["url"], made["status_url"]):
                    assert requests.get(url, headers=service.print, timeout=60).status_code == 200
                time.sleep((time.monotonic() - began) / 2)
                rounds += 1
            return rounds

        with redis.Redis.from_url(address) as client:
            work(0)
            before = look(steady(service), client, service.data_dir)
            rounds = work(time.monotonic() + seconds)
            after = look(steady(service), client, service.data_dir)
        tell(f"{rounds} batches in {seconds / 60:.1f} min, MiB {megabytes(before)} and {megabytes(after)}")
        assert set(before.memory) == set(after.memory), "somebody was started again"
        flat(before, after)
    check_installation(tmp_path / "data")


def steady(service: Installation) -> list[int]:
    """The processes of the installation that stay: all but those that come and go with a picture."""
    first = set(processes(service.data_dir))
    time.sleep(2)
    return sorted({service.process.pid, *(first & set(processes(service.data_dir)))})


def undelivered(house: House) -> bool:
    with house.tools.database.read() as tx:
        return bool(tx.scalar(text("SELECT count(*) FROM deliveries WHERE state = 'pending'")))


def megabytes(found: Look) -> list[int]:
    return [rss >> 20 for rss in found.memory.values()]
