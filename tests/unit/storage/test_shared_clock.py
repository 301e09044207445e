"""A server's time is carried on between questions, through its absence, and in forked children."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage.clock import ASK_AGAIN_S, ASK_EVERY_S, SharedClock, now
from storage.errors import Unavailable

START = datetime(2031, 1, 1, tzinfo=UTC)


class Server:
    """Its clock, how long it takes to answer, and whether it does; `passed` is this machine's monotonic clock."""

    def __init__(self) -> None:
        self.passed, self.offset, self.takes, self.away, self.asked = 0.0, timedelta(), 0.0, False, 0

    def ask(self) -> datetime:
        self.asked += 1
        self.passed += self.takes
        if self.away:
            raise Unavailable(code="database_busy")
        return START + timedelta(seconds=self.passed - self.takes / 2) + self.offset


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def clock(server: Server) -> SharedClock:
    return SharedClock(server.ask, lambda: server.passed)


def test_it_is_asked_once_and_carried_on(server: Server, clock: SharedClock) -> None:
    assert clock() == START
    server.passed = ASK_EVERY_S - 1
    assert (clock(), server.asked) == (START + timedelta(seconds=ASK_EVERY_S - 1), 1)
    server.offset = timedelta(seconds=-600)
    server.passed = ASK_EVERY_S + 1
    assert (clock(), server.asked) == (START + timedelta(seconds=ASK_EVERY_S + 1 - 600), 2)


def test_half_of_the_way_is_taken_off(server: Server, clock: SharedClock) -> None:
    server.takes = 0.5
    assert clock() == START + timedelta(seconds=0.5)


def test_it_goes_on_while_the_server_is_away(server: Server, clock: SharedClock) -> None:
    clock()
    server.away, server.passed = True, 100.0
    assert clock() == START + timedelta(seconds=100)
    assert (clock(), server.asked) == (START + timedelta(seconds=100), 2)
    server.passed += ASK_AGAIN_S
    clock()
    assert server.asked == 3


def test_an_answer_that_took_long_is_not_believed(server: Server, clock: SharedClock) -> None:
    clock()
    server.takes, server.passed, server.offset = 5.0, 30.0, timedelta(hours=1)
    assert clock() == START + timedelta(seconds=35)


def test_before_the_first_answer_it_is_this_machines(server: Server, clock: SharedClock) -> None:
    server.away = True
    assert abs(clock() - now()) < timedelta(seconds=5)
    server.away, server.passed = False, ASK_AGAIN_S
    assert clock() == START + timedelta(seconds=ASK_AGAIN_S)


def in_a_child(act: Callable[[], bool]) -> bool:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if act() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_forked_child_asks_nobody(server: Server, clock: SharedClock) -> None:
    clock()
    server.passed = 10 * ASK_EVERY_S
    assert in_a_child(lambda: clock() == START + timedelta(seconds=10 * ASK_EVERY_S) and server.asked == 1)


def test_one_asks_and_nobody_waits_for_it() -> None:
    asking, answer, asked = threading.Event(), threading.Event(), []

    def ask() -> datetime:
        asked.append(1)
        if len(asked) > 1:
            asking.set()
            answer.wait(5)
        return START

    passed = [0.0]
    clock = SharedClock(ask, lambda: passed[0])
    clock()
    passed[0] = ASK_EVERY_S + 1
    thread = threading.Thread(target=clock)
    thread.start()
    assert asking.wait(5)
    assert clock() == START + timedelta(seconds=ASK_EVERY_S + 1) and len(asked) == 2
    answer.set()
    thread.join(5)
