"""Named seams at which a test makes a process die, stall or fail; empty in production, where a seam costs one lookup.

Never changes what the engine does between two seams. The rule text comes from Settings.failpoints:
`name=action[@probability]`, comma separated, for example `image.after_settle=kill@0.1,packaging.before_finish=raise`.
"""

import ctypes
import logging
import os
import random
import signal
import time
from functools import lru_cache

logger = logging.getLogger("darkroom.failpoints")
ACTIONS = ("kill", "segv", "stop", "hang", "raise")


class Tripped(RuntimeError):
    """What a seam with the action `raise` throws."""


@lru_cache(maxsize=4)
def read_rules(text: str) -> dict[str, tuple[str, float]]:
    """{seam: (action, probability)}; ValueError for a rule that cannot be read."""
    rules = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, effect = part.partition("=")
        action, _, chance = effect.partition("@")
        if action not in ACTIONS:
            raise ValueError(f"unknown failpoint action in {part!r}")
        rules[name] = (action, float(chance) if chance else 1.0)
    return rules


def reach(rules_text: str, name: str) -> None:
    """Called at the seam `name`; does nothing unless `rules_text` names it and the dice agree."""
    if not rules_text:
        return
    rule = read_rules(rules_text).get(name)
    if rule is None or random.SystemRandom().random() >= rule[1]:
        return
    logger.warning("failpoint %s: %s", name, rule[0], extra={"event": "failpoint.reached"})
    _act(rule[0], name)


def _act(action: str, name: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "segv":
        ctypes.string_at(0)
    if action == "stop":  # until somebody lets it go on, and then as if nothing had been
        return os.kill(os.getpid(), signal.SIGSTOP)
    if action == "hang":
        time.sleep(3600)
    raise Tripped(name)
