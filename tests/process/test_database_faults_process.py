"""The database is locked, restarted, or cannot be opened for want of file descriptors while customers submit: they are
told to come back within seconds, nothing is recorded by halves, and what was accepted ends well."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
import requests
from closing import staged
from front_house import ACCEPTED, Front, open_front, tended
from sqlalchemy import func, select

from storage.model import Dialect
from storage.records.border_tables import idempotency_keys

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

BUSY_S = 5.0
SLOW = 3.0  # busy machines
LOCK = """
import sqlite3, sys
records = sqlite3.connect(sys.argv[1], isolation_level=None)
records.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
FEW_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("front")) as front, tended(front):
        yield front


@contextmanager
def locked(front: Front) -> Iterator[None]:
    """Another process holds the write lock of the SQLite file."""
    path = front.tools.settings.database.removeprefix("sqlite:///")
    words = [sys.executable, "-c", LOCK, path]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            holder.communicate(b"")


def claims(front: Front) -> int:
    with front.tools.database.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(idempotency_keys)) or 0)


def timed(front: Front, dialect: Dialect) -> tuple[requests.Response, float]:
    began = time.monotonic()
    reply = front.submit(dialect, f"locked-{dialect}")
    return reply, time.monotonic() - began


def test_a_lock_of_ten_seconds_is_answered_after_five(front: Front) -> None:
    front.submit(images=4, fields={"exactly": "0.3"})
    before, claimed = len(front.batches()), claims(front)
    with locked(front):
        began = time.monotonic()
        with ThreadPoolExecutor(3) as customers:
            asked = [customers.submit(timed, front, dialect) for dialect in Dialect]
            credits = requests.get(f"{front.base}/v1/credits", headers=front.tenant.headers(), timeout=20)
            read_s = time.monotonic() - began
            answers = [each.result() for each in asked]
        assert credits.status_code == 200 and read_s < SLOW
        for reply, seconds in answers:
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2"), reply.text
            assert BUSY_S - 1 < seconds < BUSY_S + SLOW
        assert not front.ready()
        assert (len(front.batches()), claims(front)) == (before, claimed)
    for dialect in Dialect:
        assert front.submit(dialect, f"locked-{dialect}").status_code == ACCEPTED[dialect]
    front.check()


def test_a_short_lock_is_waited_for(front: Front) -> None:
    with ThreadPoolExecutor(1) as customers, ExitStack() as stack:
        stack.enter_context(locked(front))
        asked = customers.submit(timed, front, Dialect.PRINT)
        time.sleep(1)
        stack.close()
        reply, seconds = asked.result()
    assert reply.status_code == 202 and seconds >= 1
    front.check()


def test_a_web_process_takes_no_more_at_a_time_than_it_can_open_files_for(front: Front) -> None:
    front.close()
    front.open(sys.executable, "-c", FEW_FILES, "64", FAILPOINTS="")
    try:
        pids, before = front.web_workers(), len(front.batches())
        with ThreadPoolExecutor(16) as crowd:
            asked = [crowd.submit(front.submit, images=1) for _ in range(16)]
            assert {each.result().status_code for each in asked} == {202}
        assert front.web_workers() == pids, "the web process died of it"
        assert len(front.batches()) == before + 16
    finally:
        front.close()
        front.open()
    front.check()


def test_a_web_process_without_file_descriptors_says_so_and_recovers(front: Front) -> None:
    """From a few descriptors too little down to one, with which a connection can be taken and nothing else done."""
    (pid,) = front.web_workers()
    assert front.submit().status_code == 202
    time.sleep(0.2)  # until its connection is closed
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    there, before, used = staged(front.tools), len(front.batches()), len(os.listdir(f"/proc/{pid}/fd"))
    answers: list[int | str] = []
    for more in range(6, 0, -1):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + more, hard))
        try:
            reply = front.submit(key=f"few-{more}", images=4)
            answers.append(reply.status_code)
            assert reply.status_code == 202 or reply.headers["Retry-After"]
        except requests.ConnectionError:
            answers.append("cut off")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert 503 in answers and set(answers) <= {202, 503, "cut off"}, answers
    assert front.web_workers() == [pid], "the web process died of it"
    if 202 not in answers:
        assert (len(front.batches()), staged(front.tools)) == (before, there)
    assert {front.submit(key=f"few-{more}", images=4).status_code for more in range(6, 0, -1)} == {202}
    assert len(front.batches()) == before + 6
    front.check()
