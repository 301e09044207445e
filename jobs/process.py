"""What this worker process works with: tools, networks and the doorbell, opened once and handed to the queue's entry
points, whose arguments are ids only.

Never opens anything by itself; `equip` is called by a worker's main. After a fork the child drops what it inherited.
"""

import os
from dataclasses import dataclass

from jobs.actions.offer import Engines
from jobs.queue import Doorbell
from jobs.stable import Stable
from jobs.tools import Tools


@dataclass(frozen=True)
class Equipment:
    tools: Tools
    engines: Engines
    doorbell: Doorbell
    forks: bool  # RQ forks a child for each job; False: its jobs are called in this process
    stable: Stable | None = None  # where the children of images are kept; None: images are made in this process


_held: dict[str, Equipment | int] = {}


def equip(equipment: Equipment) -> None:
    """Keep `equipment` for this process and its forks."""
    _held["equipment"] = equipment
    _held["pid"] = os.getpid()


def equipment() -> Equipment:
    """The equipment; in a forked child, with database connections of its own. RuntimeError before `equip`."""
    held = _held.get("equipment")
    if not isinstance(held, Equipment):
        raise RuntimeError("this process was not equipped; start it with python -m jobs.worker")
    if _held["pid"] != os.getpid():
        held.tools.database.forget()
        _held["pid"] = os.getpid()
    return held
