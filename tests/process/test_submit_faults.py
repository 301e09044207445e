"""The web process is killed between any two steps of a submission, and a client sends one key many times at once: the
customer who asks again under the same key always ends with exactly one batch, paid once."""

import itertools
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests
from closing import staged
from engine_rig import picture
from front_house import ACCEPTED, PATHS, Front, open_front, tended
from servers import wait_for

from storage.model import Dialect

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]

# seam: (a claim is left behind, the batch is committed)
SEAMS = {
    "submit.after_staging": (False, False),
    "submit.after_claim": (True, False),
    "submit.before_commit": (True, False),
    "submit.after_commit": (False, True),
    "submit.after_ring": (False, True),
}
REPLAYED = ("Idempotent-Replayed", "X-Idempotent-Replayed")
keys = (f"key-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Two web processes with workers behind; when all tests are over, every batch has ended well and what killed
    requests had staged is collected."""
    with open_front(tmp_path_factory.mktemp("front"), WEB_WORKERS="2", PRINT_QUEUE_CAP="5000") as front, tended(front):
        yield front
        front.check(seconds=400)


def fresh(front: Front, before: set[str]) -> list[str]:
    """Batches made since then, each with its one hold."""
    made = [batch.id for batch in front.batches() if batch.id not in before]
    assert all(front.holds(batch_id) == 1 for batch_id in made)
    return made


@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("dialect", list(Dialect), ids=str)
def test_a_web_process_killed_in_a_submission_leaves_all_or_nothing(front: Front, dialect: Dialect, seam: str) -> None:
    claimed, committed = SEAMS[seam]
    key, before, there = next(keys), {batch.id for batch in front.batches()}, staged(front.tools)
    front.arm(seam)
    with pytest.raises(requests.ConnectionError):
        front.submit(dialect, key)
    assert front.reached(seam)
    assert len(fresh(front, before)) == committed
    assert staged(front.tools) - there or dialect is Dialect.SHELF, "no upload was cut off"
    if claimed and dialect is Dialect.PRINT:  # the others answer alike, or wait first
        early = front.submit(dialect, key)
        assert (early.status_code, early.headers["Retry-After"]) == (409, "1")
    front.let_locks_run_out()
    reply = front.submit(dialect, key)
    assert reply.status_code == ACCEPTED[dialect], reply.text
    assert any(name in reply.headers for name in REPLAYED) == committed
    assert len(fresh(front, before)) == 1


def test_a_web_process_killed_while_a_file_comes_in_leaves_nothing_recorded(front: Front) -> None:
    key, before = next(keys), {batch.id for batch in front.batches()}
    there = staged(front.tools)
    part = b'--B\r\nContent-Disposition: form-data; name="images"; filename="%d.png"\r\n\r\n'
    lines = [f"{name}: {value}" for name, value in front.tenant.headers(**{"Idempotency-Key": key}).items()]
    head = "\r\n".join([f"POST {PATHS[Dialect.PRINT]} HTTP/1.1", "Host: x", *lines, "Content-Length: 9000000",
                        "Content-Type: multipart/form-data; boundary=B", "", ""])  # fmt: skip
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as client:
        client.sendall(head.encode() + part % 1 + picture(1) + b"\r\n" + part % 2 + bytes(3_000_000))
        wait_for(lambda: staged(front.tools) - there, 10, "the first file in staging")
        for pid in front.web_workers():
            os.kill(pid, signal.SIGKILL)
        with suppress(ConnectionResetError):
            assert client.recv(100) == b"", "no answer can come"
    assert fresh(front, before) == [] and staged(front.tools) - there
    assert front.submit(key=key).status_code == 202
    assert len(fresh(front, before)) == 1


@pytest.mark.parametrize("rounds", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_web_processes_killed_at_any_moment_of_a_submission(front: Front, rounds: int) -> None:
    """KILL_SEED repeats a run."""
    seed = int(os.environ.get("KILL_SEED", 0)) or random.SystemRandom().randrange(10**9)
    dice, cut = random.Random(seed), 0
    for number in range(rounds):
        wait_for(front.alive, 30, "a web process")
        dialect, key, before = dice.choice(list(Dialect)), next(keys), {batch.id for batch in front.batches()}
        with ThreadPoolExecutor(1) as customer:
            asked = customer.submit(front.submit, dialect, key, images=1)
            time.sleep(dice.uniform(0, 0.1))
            for pid in front.web_workers():
                os.kill(pid, signal.SIGKILL)
            with suppress(requests.ConnectionError):
                asked.result()
                continue
        cut += 1
        front.let_locks_run_out()
        retried = front.submit(dialect, key, images=1, timeout=60)
        assert retried.status_code == ACCEPTED[dialect], f"seed {seed}, round {number}: {retried.text}"
        assert len(fresh(front, before)) == 1, f"seed {seed}, round {number}"
    print(f"seed {seed}: {cut} of {rounds} were cut off")
    assert cut or rounds < 10, f"seed {seed}: every answer came before the kill"


def serving(front: Front) -> set[str]:
    """The processes that answer when many ask at once."""
    with ThreadPoolExecutor(16) as crowd:
        asked = [crowd.submit(requests.get, f"{front.base}/healthz", timeout=30) for _ in range(32)]
        return {each.result().headers["X-Process"] for each in asked}


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dialect", list(Dialect), ids=str)
def test_one_key_sent_many_times_at_once_makes_one_batch(front: Front, dialect: Dialect, rounds: int) -> None:
    wait_for(lambda: len(serving(front)) == 2, 60, "both web processes")
    processes: set[str] = set()
    for number in itertools.count():
        if number >= rounds and (len(processes) == 2 or number > rounds + 20):
            break
        key, before = next(keys), {batch.id for batch in front.batches()}
        gate = threading.Barrier(20)

        def go(key: str = key, gate: threading.Barrier = gate) -> requests.Response:
            gate.wait()
            return front.submit(dialect, key, images=1, timeout=60)

        with ThreadPoolExecutor(20) as crowd:
            replies = [each.result() for each in [crowd.submit(go) for _ in range(20)]]
        processes |= {reply.headers["X-Process"] for reply in replies}
        statuses = Counter(reply.status_code for reply in replies)
        assert set(statuses) <= {ACCEPTED[dialect], 409}, statuses
        good = [reply for reply in replies if reply.status_code == ACCEPTED[dialect]]
        assert sum(not any(name in reply.headers for name in REPLAYED) for reply in good) == 1
        assert len({reply.content for reply in good}) == 1 or dialect is Dialect.STUDIO  # which tells how far it is
        assert len(fresh(front, before)) == 1
    assert len(processes) == 2
