"""PostgreSQL is stopped and started again, in order and as by a crash, while customers submit and workers work."""

import signal
import time
from collections.abc import Iterator

import pytest
from front_house import Front, open_front, shopping, tended
from postgresql import Postgresql, postgresql
from servers import wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

ANSWER_S = 5.0
SLOW = 3.0  # busy machines


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql() as running:
        yield running


@pytest.fixture(scope="module")
def front(server: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("front"), server.url) as front, tended(front):
        yield front


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "at once"])
def test_a_restart_in_the_middle_of_work(front: Front, server: Postgresql, how: int) -> None:
    keyed = front.submit(key=f"before-{how}")
    with shopping(front) as customer:
        time.sleep(0.5)
        server.stop(how)
        wait_for(lambda: 503 in customer.statuses(), 20, "a refusal")
        assert front.alive() and not front.ready()
        server.start()
        wait_for(front.ready, 30, "readiness")
        time.sleep(0.5)
    assert customer.statuses() == {202, 503}, customer.answers
    assert customer.longest() < ANSWER_S + SLOW
    again = front.submit(key=f"before-{how}")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (keyed.content, "true")
    accepted = sum(status == 202 for status, _ in customer.answers)
    assert front.check()["completed"] >= accepted
