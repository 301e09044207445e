"""Many customers at once for some minutes, with strikes meanwhile; then calm, until every batch is final and every
callback has been heard. Its dice are seeded: the same seed gives the same errands and the same strikes.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from scripts.benches.loading.customer import Counterpart, Visit, visit
from scripts.benches.loading.errands import Pictures, choose
from scripts.benches.loading.premises import Premises
from scripts.benches.loading.strikes import Striker

HOOKS_S = 150  # deliveries wait five minutes after a second failure; nothing fails twice while the receiver is up


@dataclass(frozen=True)
class Plan:
    """`in_flight` customers at a time; `pause` seconds between strikes, none at all when it is None."""

    seconds: float
    in_flight: int
    seed: int
    pause: tuple[float, float] | None


@dataclass
class Day:
    """What happened: every visit, the strikes, and how long it took to become calm again."""

    visits: list[Visit] = field(default_factory=list)
    striker: Striker | None = None
    calm_s: float = 0.0
    unheard: dict[int, str] = field(default_factory=dict)


def open_street(
    house: Premises, there: Counterpart, pictures: Pictures, plan: Plan, heard: Callable[[], list[tuple[str, str]]]
) -> Day:
    """Run the plan. `heard` gives (path, event id) of every callback that came so far."""
    dice = random.Random(plan.seed)
    numbers: SimpleQueue[int] = SimpleQueue()
    day, closed = Day(), time.monotonic() + plan.seconds
    done: SimpleQueue[Visit] = SimpleQueue()

    def customer() -> None:
        while time.monotonic() < closed:
            number = numbers.get()
            own = random.Random(f"{plan.seed} {number}")
            done.put(visit(there, choose(own, pictures), number, own))

    for number in range(100_000):
        numbers.put(number)
    customers = [threading.Thread(target=customer, daemon=True) for _ in range(plan.in_flight)]
    strikes = None
    if plan.pause is not None:
        day.striker = Striker(house, dice, plan.pause)
        strikes = threading.Thread(target=day.striker.run, daemon=True)
        strikes.start()
    for each in customers:
        each.start()
    time.sleep(max(0.0, closed - time.monotonic()))
    if day.striker is not None and strikes is not None:
        day.striker.stop.set()
        strikes.join()
    calm = time.monotonic()
    for each in customers:
        each.join()
    day.calm_s = time.monotonic() - calm
    day.visits = drained(done)
    day.unheard = listen(day.visits, heard)
    return day


def drained(done: "SimpleQueue[Visit]") -> list[Visit]:
    found = []
    while True:
        try:
            found.append(done.get_nowait())
        except Empty:
            return sorted(found, key=lambda each: each.number)


def listen(visits: list[Visit], heard: Callable[[], list[tuple[str, str]]]) -> dict[int, str]:
    """By visit: how its callbacks differ from one event per end, once they had time to come."""
    due = {each.number: each.errand.events() for each in visits if each.batch_id}
    end = time.monotonic() + HOOKS_S
    while True:
        events: defaultdict[int, set[str]] = defaultdict(set)
        for path, event in heard():
            events[int(path.rpartition("/")[2])].add(event)
        wrong = {number: count - len(events[number]) for number, count in due.items() if len(events[number]) != count}
        if not wrong or time.monotonic() > end:
            return {
                number: f"{due[number] - lack} of {due[number]} events of the end" for number, lack in wrong.items()
            }
        time.sleep(0.3)
