"""Two web processes are one door: limits counted exactly over both, keys that end at both at once, guesses that close
both, and a door that stays open while the queue server is away.

Which of the two answers is chosen by stopping the other one for a moment.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import factories
import psutil
import pytest
import requests
from installation import Installation, free_port, installation, neighbour
from scraping import scrape
from servers import QueueServer, queue_server, wait_for

from config import Settings
from jobs.tools import Tools, open_tools
from storage.model import Dialect

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

SHARED = {"WEB_WORKERS": "2", "WEB_THREADS": "8", "TRUSTED_HOPS": "1", "MODEL_WORKERS": "0", "PIXEL_WORKERS": "0"}
READS_OF_FREE = 60


@dataclass(frozen=True)
class Doors:
    service: Installation
    queue: QueueServer
    tools: Tools
    workers: tuple[int, int]
    metrics: int

    def get(self, path: str, key: str, address: str = "198.51.100.1") -> requests.Response:
        """One request on a connection of its own."""
        head = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address, "Connection": "close"}
        return requests.get(self.service.base + path, headers=head, timeout=30)

    @contextmanager
    def only(self, place: int) -> Iterator[None]:
        """The other process accepts nothing meanwhile."""
        other = self.workers[1 - place]
        os.kill(other, signal.SIGSTOP)
        try:
            wait_for(lambda: psutil.Process(other).status() == psutil.STATUS_STOPPED, 10, "the other one's stop")
            yield
        finally:
            os.kill(other, signal.SIGCONT)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder, metrics = tmp_path_factory.mktemp("doors"), free_port()
    with (
        queue_server(folder / "queue") as queue,
        neighbour() as near,
        installation(folder / "data", near, REDIS_URL=queue.url, METRICS_PORT=str(metrics), **SHARED) as service,
    ):
        secret = (service.data_dir / "secret_key").read_text().strip()
        tools = open_tools(Settings.from_env({"SECRET_KEY": secret, "DATA_DIR": str(service.data_dir)}))
        yield Doors(service, queue, tools, workers_of(service), metrics)
        tools.database.dispose()


def workers_of(service: Installation) -> tuple[int, int]:
    def found() -> list[psutil.Process]:
        family = psutil.Process(service.process.pid).children(recursive=True)
        return [each for each in family if "gunicorn" in " ".join(each.parent().cmdline())]

    first, second = wait_for(lambda: len(found()) == 2 and found(), 30, "two web processes")
    return first.pid, second.pid


def shop(doors: Doors, **more: Any) -> str:
    """The shelf key of a fresh account on the smallest plan, whose limits are quickly reached."""
    return factories.tenant(doors.tools, plan="free", **more).keys[Dialect.SHELF]


def reads(doors: Doors, key: str, count: int) -> list[tuple[int, int]]:
    replies = [doors.get("/api/v1/analyses", key) for _ in range(count)]
    return [(reply.status_code, int(reply.headers["X-RateLimit-Remaining"])) for reply in replies]


def test_a_limit_is_counted_on_from_one_process_to_the_other(doors: Doors) -> None:
    key = shop(doors)
    with doors.only(0):
        assert reads(doors, key, 40) == [(200, left) for left in range(59, 19, -1)]
    with doors.only(1):
        assert reads(doors, key, 23) == [(200, left) for left in range(19, -1, -1)] + [(429, 0)] * 3
    with doors.only(0):
        assert reads(doors, key, 1) == [(429, 0)]


def test_a_limit_is_exact_under_a_crowd_at_both(doors: Doors) -> None:
    key, used = shop(doors), [psutil.Process(pid).cpu_times().user for pid in doors.workers]
    with ThreadPoolExecutor(12) as crowd:
        told = Counter(crowd.map(lambda _: doors.get("/api/v1/analyses", key).status_code, range(90)))
    assert told == {200: READS_OF_FREE, 429: 30}
    busy = [psutil.Process(pid).cpu_times().user for pid in doors.workers]
    assert all(now > before for now, before in zip(busy, used, strict=True)), "one of them answered everything"


def test_a_key_ends_at_both_at_once_and_two_overlap_while_one_replaces_the_other(doors: Doors) -> None:
    tenant = factories.tenant(doors.tools)
    base, admin = f"{doors.service.base}/v1/keys", tenant.headers()
    old = requests.post(base, json={"name": "old"}, headers=admin, timeout=30).json()
    new = requests.post(base, json={"name": "new"}, headers=admin, timeout=30).json()
    for place in (0, 1):
        with doors.only(place):
            assert {doors.get("/v1/credits", each["key"]).status_code for each in (old, new)} == {200}
    with doors.only(0):
        assert requests.delete(f"{base}/{old['key_id']}", headers=admin, timeout=30).status_code == 204
        revoked = time.monotonic()
    with doors.only(1):
        assert doors.get("/v1/credits", old["key"]).status_code == 401
        assert time.monotonic() - revoked < 5
        assert doors.get("/v1/credits", new["key"]).status_code == 200
    listed = {each["key_id"]: each for each in requests.get(base, headers=admin, timeout=30).json()["keys"]}
    assert listed[new["key_id"]]["last_used_at"] and listed[old["key_id"]]["revoked_at"]
    ended = factories.tenant(doors.tools, expires_at=doors.tools.clock() + timedelta(seconds=1.5))
    assert doors.get("/v1/credits", ended.keys[Dialect.PRINT]).status_code == 200
    wait_for(lambda: doors.get("/v1/credits", ended.keys[Dialect.PRINT]).status_code == 401, 10, "the key's end")


def test_twenty_guesses_at_either_close_both_for_that_address_alone(doors: Doors) -> None:
    key = factories.tenant(doors.tools).keys[Dialect.PRINT]
    for place in (0, 1):
        with doors.only(place):
            told = [doors.get("/v1/credits", "pk_guess", "198.51.100.66").status_code for _ in range(10)]
            assert told == [401] * 10
    for place in (0, 1):
        with doors.only(place):
            closed = doors.get("/v1/credits", key, "198.51.100.66")
            assert closed.status_code == 429 and 1 <= int(closed.headers["Retry-After"]) <= 60
            assert doors.get("/v1/credits", key, "198.51.100.67").status_code == 200


def test_no_reply_names_a_version_of_the_server(doors: Doors) -> None:
    for path in ("/healthz", "/v1/credits", "/nowhere"):
        shown = doors.get(path, "none").headers
        assert not any(letter.isdigit() for letter in shown.get("Server", "")) and "X-Powered-By" not in shown


def test_without_the_queue_server_each_process_counts_for_itself_and_serves_on(doors: Doors) -> None:
    key, base = shop(doors), doors.service.base
    doors.queue.stop(signal.SIGKILL)
    try:
        assert requests.get(base + "/healthz", timeout=30).status_code == 200
        ready = requests.get(base + "/readyz", timeout=30)
        assert (ready.status_code, ready.json()["checks"]["queue"]) == (503, "down")
        for place in (0, 1):
            with doors.only(place):
                told = Counter(status for status, _ in reads(doors, key, READS_OF_FREE + 2))
                assert told == {200: READS_OF_FREE, 429: 2}, "each process keeps the limit by itself"
        log = (doors.service.data_dir / "log" / "web.log").read_text()
        assert log.count("rate limits are counted in this process only") >= 2
        wait_for(lambda: scrape(doors.metrics).sum("darkroom_limiter_fallbacks_total") >= 2, 30, "the metric")
    finally:
        doors.queue.start()
    wait_for(lambda: requests.get(base + "/readyz", timeout=30).status_code == 200, 60, "readiness")
    again = shop(doors)

    def shared_again() -> bool:
        counts = []
        for place in (0, 1):
            with doors.only(place):
                counts += [left for _, left in reads(doors, again, 1)]
        return counts[1] == counts[0] - 1

    wait_for(shared_again, 30, "one count for both")


def test_log_files_are_the_owners_alone(doors: Doors) -> None:
    for path in (doors.service.data_dir / "log").glob("*.log"):
        assert Path(path).stat().st_mode & 0o077 == 0, path
