"""An installation is stopped and started again while customers submit and read, and one is killed when its container's
grace is over: no read of what is finished fails on our side, and nothing that was accepted is lost."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from closing import check_installation
from customer import print_done, submit_print, usage
from installation import Installation, Neighbour, free_port, installation, neighbour
from left_behind import lock_is_free, processes
from pictures import picture
from servers import wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

ART = picture(3600, 5400)  # as large as its print file, so that nothing has to be enlarged
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "RATE_LIMITS": "false", "PIXEL_WORKERS": "2", "MODEL_WORKERS": "0"}
LOAD = 8  # pictures in each of three batches
STOPS_WITHIN_S = 40  # the longest time that any part may take to finish, and a little
GRACE_S = 1.0
AGAIN_S = 150  # what a killed courier was sending is due again after a lease of a minute


@dataclass
class Customer:
    """Reads what is finished and submits more, all the time, whoever answers. `said` counts answers by status."""

    base: str
    head: dict[str, str]
    reads: list[str]
    said: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, str] = field(default_factory=dict)  # idempotency key → batch id
    over: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        while not self.over.wait(0.05):
            for url in self.reads:
                self.ask("read", lambda url=url: requests.get(url, headers=self.head, timeout=30))

    def submit(self) -> None:
        """One batch after the other; a key without an answer is sent again."""
        number = 0
        while not self.over.wait(0.2):
            key = f"deploy-{number}"
            reply = self.ask("submit", lambda key=key: self.post(key))
            if reply is not None and reply.status_code == 202:
                self.accepted[key] = reply.json()["batch_id"]
                number += 1
                self.over.wait(3)

    def post(self, key: str) -> requests.Response:
        head = {**self.head, "Idempotency-Key": key}
        files = [("images", (f"{key}.png", ART))]
        url = f"{self.base}/v1/batch/poster"
        return requests.post(url, headers=head, files=files, data={"size": "12x18"}, timeout=30)

    def ask(self, what: str, send: object) -> requests.Response | None:
        try:
            reply: requests.Response = send()  # type: ignore[operator]
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as fault:
            self.said[f"{what} {type(fault).__name__}"] += 1
            return None
        self.said[f"{what} {reply.status_code}"] += 1
        return reply


@contextmanager
def at_work(customer: Customer) -> Iterator[Customer]:
    threads = [threading.Thread(target=each, daemon=True) for each in (customer.read, customer.submit)]
    for thread in threads:
        thread.start()
    try:
        yield customer
    finally:
        customer.over.set()
        for thread in threads:
            thread.join(60)


@pytest.fixture(scope="module")
def near() -> Iterator[Neighbour]:
    with neighbour() as running:
        yield running


def running(service: Installation, batch_id: str) -> bool:
    reply = requests.get(f"{service.base}/v1/batch/{batch_id}", headers=service.print, timeout=30)
    return bool(reply.json()["counts"]["processing"])


def load(service: Installation, batches: int) -> list[str]:
    """Batches in flight, the first of which has begun."""
    hook = f"{service.neighbour.url}/deploy"
    files = [(f"{n}.png", ART) for n in range(LOAD)]
    ids = [submit_print(service, "poster", files, size="12x18", webhook_url=hook)["batch_id"] for _ in range(batches)]
    wait_for(lambda: running(service, ids[0]), 60, "the work to begin")
    return ids


def whole(service: Installation, batch_id: str, total: int) -> int:
    """The batch is complete; the most attempts that one of its pictures took."""
    done = print_done(service, batch_id)
    assert (done["status"], done["counts"]["completed"]) == ("completed", total), done
    return max(job["attempts"] for job in done["jobs"])


def kill_all(service: Installation) -> None:
    """As a container's runtime does: whoever is left, at once."""
    for pid in [service.process.pid, *processes(service.data_dir)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    service.process.wait()
    wait_for(lambda: not processes(service.data_dir), 20, "the end of all")


def test_deploys_under_load_and_a_killed_container_lose_nothing(
    tmp_path: Path, near: Neighbour, tell: Callable[[str], None]
) -> None:
    data_dir, port = tmp_path / "data", free_port()
    with installation(data_dir, near, port=port, **QUICK) as first:
        made = submit_print(first, "poster", [("first.png", ART)], size="12x18")
        done = print_done(first, made["batch_id"])
        reads = [
            made["status_url"],
            f"{first.base}/v1/batch/{made['batch_id']}/download",
            done["jobs"][0]["files"][0]["url"],
        ]
        customer = Customer(first.base, first.print, reads)
        with at_work(customer):
            ids = load(first, 3)
            began = time.monotonic()
            first.process.send_signal(signal.SIGTERM)
            assert first.process.wait(60) == 0
            stopped = time.monotonic() - began
            assert lock_is_free(data_dir) and processes(data_dir) == {}
            with installation(data_dir, near, port=port, **QUICK) as second:
                away = time.monotonic() - began
                tries = max(whole(second, each, LOAD) for each in ids)
                customer.over.set()
                killed_at_the_end_of_its_grace(second)
    with installation(data_dir, near, port=port, **QUICK) as third:
        last = [line for line in (data_dir / "in_flight").read_text().split()]
        again = max(whole(third, each, LOAD) for each in last)
        for key, batch_id in customer.accepted.items():
            whole(third, batch_id, 1)
            assert customer.post(key).json()["batch_id"] == batch_id, "the same key is the same batch"
        assert usage(third)["held"] == 0
        every_ending_once(near, [*ids, *last])
    tell(f"stopped in {stopped:.1f} s, away for {away:.1f} s, attempts {tries} and {again}: {dict(customer.said)}")
    assert stopped < STOPS_WITHIN_S and max(tries, again) <= 2
    answered_well(customer)
    found = check_installation(data_dir)
    assert found["batches"] == found["completed"] == 1 + len(ids) + len(last) + len(customer.accepted)


def killed_at_the_end_of_its_grace(service: Installation) -> None:
    """SIGTERM, and SIGKILL long before the drain is over; which batches that hit is left in the data folder."""
    ids = load(service, 1)
    (service.data_dir / "in_flight").write_text(" ".join(ids))
    service.process.send_signal(signal.SIGTERM)
    time.sleep(GRACE_S)
    assert service.process.poll() is None, "it had left by itself: nothing was proven"
    kill_all(service)


def answered_well(customer: Customer) -> None:
    """Nothing but good answers, and none at all while nobody was there."""
    asked = {what for what in customer.said if what[-3:].isdigit()}
    assert asked == {"read 200", "submit 202"}, customer.said
    assert customer.said["read ConnectionError"] and len(customer.accepted) >= 2, "the load was there all the time"


def every_ending_once(near: Neighbour, ids: list[str]) -> None:
    """Each batch's end was told under one id; the receiver may have heard it again."""
    wait_for(lambda: {e[0] for e in endings(near)} >= {*ids}, AGAIN_S, "the last webhook")
    assert Counter(batch_id for batch_id, _ in endings(near)) == Counter(ids)


def endings(near: Neighbour) -> set[tuple[str, str]]:
    """(batch, event id) of what came in."""
    hooks = [hook for hook in near.hooks if hook.path == "/deploy" and hook.json["event"] == "batch.completed"]
    return {(hook.json["batch_id"], hook.json["delivery_id"]) for hook in hooks}
