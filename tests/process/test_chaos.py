"""Bare workers are killed at random, the queue is wiped, and each batch still ends once, whole and rightly paid for."""

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress

import pytest
import rq
from engine_house import House, open_house
from servers import Crew, crew

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

BATCHES, IMAGES = 8, 6
WORK = {"seconds": 0.7, "fail": 0.1}
ACTS = ["horse"] * 5 + ["worker"] * 2 + ["both"] * 2 + ["sweep", "wipe", "queue"]
ROLES = ["pixels", "pixels", "packaging", "sweep"]
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "IMAGE_SECONDS": "30"}
SETTLES_WITHIN_S = 100
SHARE = 0.2  # of --chaos-seconds; the rest of it goes to whole installations


def strike(house: House, members: Crew, dice: random.Random) -> str:
    """One act of chaos."""
    what = dice.choice(ACTS)
    if what == "wipe":
        house.server.client().flushall()
        return what
    if what == "queue":
        house.server.stop(signal.SIGKILL)
        house.server.start()
        return what
    place = 3 if what == "sweep" else dice.randrange(3)
    worker, horses = members.members[place].pid, members.horses(place)
    everybody = [worker, *members.children(place), *horses]
    for pid in {"horse": horses, "both": everybody}.get(what, [worker]):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return what


def test_every_batch_is_packaged_exactly_once_whatever_is_killed(tmp_path, request, tell):
    seed = request.config.getoption("--chaos-seed") or random.SystemRandom().randrange(10**9)
    seconds = request.config.getoption("--chaos-seconds") * SHARE
    dice, strikes = random.Random(seed), Counter()
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, ROLES, **QUICK) as members:
        house.wait_workers("pixels", 2)
        ids = [house.submit(IMAGES, **WORK).id for _ in range(BATCHES // 2)]
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if len(ids) < BATCHES and time.monotonic() - began > seconds * len(ids) / BATCHES / 1.5:
                ids.append(house.submit(IMAGES, **WORK).id)
            strikes[strike(house, members, dice)] += 1
            time.sleep(dice.uniform(0.2, 0.6))
            members.tend()
        while len(ids) < BATCHES:
            ids.append(house.submit(IMAGES, **WORK).id)
        calm = time.monotonic()
        while not house.all_final(ids) and time.monotonic() - calm < SETTLES_WITHIN_S:
            members.tend()
            time.sleep(0.2)
        took = time.monotonic() - calm
        runs = Counter(image.attempts for batch_id in ids for image in house.images(batch_id))
        tell(
            f"rq {rq.VERSION}, chaos seed {seed}: {sum(strikes.values())} strikes {dict(strikes)}, {members.starts} "
            f"starts, calm after {took:.1f} s, attempts {dict(sorted(runs.items()))}"
        )
        assert house.all_final(ids), f"open after {SETTLES_WITHIN_S} s, seed {seed}"
        states = house.check(ids)
        assert states["succeeded"] + states["failed"] == BATCHES * IMAGES
