"""What goes wrong while customers are served: processes killed with SIGKILL, the queue server killed, wiped or frozen,
everything restarted. One strike at a time, chosen by seeded dice. Never touches the database or the object store.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import redis

from scripts.benches.loading.premises import Premises, children, descendants

WEIGHTS = {
    "child of a worker": 6,
    "worker": 3,
    "worker and child": 3,
    "web process": 2,
    "web server": 1,
    "packaging": 2,
    "delivery": 2,
    "sweep": 1,
    "queue server": 1,
    "queue wiped": 1,
    "queue frozen": 1,
    "restart": 1,
    "supervisor": 1,
}
FROZEN_S = 3.0


@dataclass
class Striker:
    """Strikes until `stop`, `pause` seconds (low, high) apart. `done` counts what was really hit; `faults` holds what
    kept it from going on."""

    house: Premises
    dice: random.Random
    pause: tuple[float, float]
    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        while not self.stop.wait(self.dice.uniform(*self.pause)):
            name = self.dice.choices(names, weights)[0]
            try:
                if strike(self.house, name, self.dice):
                    self.done[name] += 1
            except (OSError, RuntimeError, redis.RedisError) as fault:
                self.faults.append(f"{name}: {fault}")
                if self.house.process is None or self.house.process.poll() is not None:
                    return


def strike(house: Premises, name: str, dice: random.Random) -> bool:
    """One act; False when nothing was there to be hit."""
    if name in ("restart", "supervisor"):
        with house.changing:
            house.stop(signal.SIGTERM if name == "restart" else signal.SIGKILL)
            house.start()
        return True
    if name == "queue wiped":
        house.queue().flushall()
        return True
    if name == "queue frozen":
        return freeze(house.pids("queue"))
    return kill_all(targets(house, name, dice))


def targets(house: Premises, name: str, dice: random.Random) -> list[int]:
    if name in ("packaging", "delivery", "sweep"):
        return house.pids(name)
    if name == "queue server":
        return house.pids("queue")
    if name in ("web process", "web server"):
        masters = house.pids("web")
        return masters if name == "web server" else [pid for master in masters for pid in children(master)]
    workers = house.pids("pixels") + house.pids("models")
    chosen = [dice.choice(workers)] if workers else []
    below = [pid for worker in chosen for pid in descendants(worker)]
    return {"worker": chosen, "child of a worker": below, "worker and child": chosen + below}[name]


def kill_all(pids: list[int]) -> bool:
    hit = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            hit += 1
    return hit > 0


def freeze(pids: list[int]) -> bool:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(FROZEN_S)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return bool(pids)
