"""A death at every seam of an image, a packaging, a delivery and a sweep: the batch still ends once, whole and paid for
once, and its receiver learns of every event under one id."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from closing import check_installation
from engine_house import House, open_house
from servers import Crew, crew, wait_for
from sqlalchemy import text

from tests.fault_server import FaultServer, Received, fault_server

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

ROLES = ["pixels", "packaging", "delivery", "sweep"]
QUICK = {"SWEEP_SECONDS": "0.5", "LEASE_SECONDS": "3", "IMAGE_SECONDS": "30", "CREW_DELIVERY_LEASE": "2"}
IMAGES = 2
# Deaths of one batch, each process once; and where an exception takes another way than a death, exceptions.
HISTORIES = [
    ("kill", "image.claimed", "packaging.claimed", "delivery.before_send"),
    ("kill", "image.run", "packaging.in_archive", "delivery.after_send"),
    ("kill", "image.stored", "packaging.before_finish", "delivery.before_record"),
    ("kill", "image.before_settle", "packaging.after_finish", "delivery.after_record"),
    ("kill", "image.after_settle", "sweep.step"),
    ("kill", "image.before_ring"),
    ("raise", "image.before_settle", "packaging.before_finish"),
    ("raise", "image.after_settle", "packaging.after_finish"),
]
TOLD_TWICE = {"delivery.after_send", "delivery.before_record"}


@dataclass(frozen=True)
class Place:
    house: House
    members: Crew
    receiver: FaultServer

    def received(self, path: str) -> list[Received]:
        return [request for request in self.receiver.requests if request.path == path]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One engine for all deaths of this module: what one leaves behind must not hurt the next."""
    folder = tmp_path_factory.mktemp("seams")
    with fault_server() as receiver, open_house(folder, egress_allow=(f"127.0.0.1:{receiver.port}",)) as house:
        environ = {**QUICK, **house.armed, "EGRESS_ALLOW": f"127.0.0.1:{receiver.port}"}
        with crew(folder, house.server.url, ROLES, **environ) as members:
            house.wait_workers("pixels", 1)
            house.wait_workers("packaging", 1)
            yield Place(house, members, receiver)
        check_installation(folder, house.server.url)


def outbox_rows(house: House, batch_id: str) -> list[tuple[str, str, int]]:
    """(id, state, attempts) of every message about a batch."""
    with house.tools.database.read() as tx:
        query = text("SELECT id, state, attempts FROM deliveries WHERE batch_id = :b ORDER BY id")
        return [(row.id, row.state, row.attempts) for row in tx.execute(query, {"b": batch_id})]


@pytest.mark.parametrize("history", HISTORIES, ids=" ".join)
def test_a_death_at_any_seam_costs_nothing(place: Place, history: tuple[str, ...]) -> None:
    house, members = place.house, place.members
    action, *seams = history
    path = f"/ok?{action}={'+'.join(seams)}"
    members.tend()
    for seam in seams:
        house.arm(seam, action)
    batch = house.submit(IMAGES, callback=place.receiver.url(path))

    def over() -> bool:
        members.tend()
        ended = house.batch(batch.id).final and all(house.reached(seam) for seam in seams)
        return ended and all(state == "delivered" for _, state, _ in outbox_rows(house, batch.id))

    wait_for(over, 60, f"the end after {action} at {seams}")
    ended = house.batch(batch.id)
    assert (ended.succeeded, ended.credits_held, ended.credits_charged) == (IMAGES, 2 * IMAGES + 1, 2 * IMAGES + 1)
    assert house.check([batch.id]) == {"succeeded": IMAGES}
    again = every_event_under_one_id(place, path, batch.id)
    assert again or not TOLD_TWICE & {*seams}, "what was sent and not recorded is sent again"


def every_event_under_one_id(place: Place, path: str, batch_id: str) -> bool:
    """The receiver got what the outbox holds: each id with the same bytes each time, nothing else. True when it got
    some of it again."""
    bodies: dict[str, set[bytes]] = {}
    requests = place.received(path)
    for request in requests:
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert sorted(bodies) == [each for each, _, _ in outbox_rows(place.house, batch_id)]
    assert all(len(each) == 1 for each in bodies.values()), "the same id with other bytes"
    return len(requests) > len(bodies)
