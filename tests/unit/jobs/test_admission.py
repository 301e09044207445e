"""Memory is promised, never more than the budget; the dead give theirs back and the large are not starved."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from jobs.admission import BASE_BYTES, admitted, estimate_bytes, used_bytes

FORK = multiprocessing.get_context("fork")


def nothing() -> None:
    return None


def test_the_estimate_is_pixels_times_four_bytes_times_four():
    assert estimate_bytes(88_000_000) - BASE_BYTES == 88_000_000 * 16


def test_two_large_pictures_run_one_after_the_other_and_small_ones_together(tmp_path):
    at_once, most, guard = [], [], threading.Lock()

    def work(need: int) -> None:
        with admitted(tmp_path, need, 2000, nothing):
            with guard:
                at_once.append(need)
                most.append(sum(at_once))
            time.sleep(0.1)
            with guard:
                at_once.remove(need)

    threads = [threading.Thread(target=work, args=(need,)) for need in (1500, 1500, 400, 400)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert max(most) <= 2000 and max(most) > 1500 and used_bytes(tmp_path) == 0


def test_one_alone_is_let_in_however_large(tmp_path):
    with admitted(tmp_path, 10**12, 1000, nothing) as waited:
        assert waited < 1


def test_who_waits_is_told_when_to_give_up(tmp_path):
    class Enough(Exception):
        pass

    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 2:
            raise Enough

    with admitted(tmp_path, 800, 1000, nothing), pytest.raises(Enough), admitted(tmp_path, 800, 1000, check):
        raise AssertionError("was let in")
    with admitted(tmp_path, 800, 1000, nothing):
        pass


def test_a_killed_holder_gives_its_share_back(tmp_path):
    ready = FORK.Event()

    def hold() -> None:
        with admitted(tmp_path, 900, 1000, nothing):
            ready.set()
            time.sleep(60)

    holder = FORK.Process(target=hold)
    holder.start()
    assert ready.wait(10) and used_bytes(tmp_path) == 900
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(10)
    with admitted(tmp_path, 900, 1000, nothing) as waited:
        assert waited < 1
    assert used_bytes(tmp_path) == 0
