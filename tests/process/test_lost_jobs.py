"""Workers that die right after some of their pops: nobody holds those jobs, and only the sweep brings them back."""

import time

import pytest
import rq
from engine_house import open_house
from servers import crew

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

BATCHES, IMAGES = 4, 6
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "CREW_FLAW": "lost_pops=0.15"}


@pytest.mark.parametrize("pool", ["pixels", "models"])
def test_lost_pops_are_brought_home_by_the_sweep(tmp_path, tell, pool):
    roles = [pool, pool, "packaging", "sweep"]
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, roles, **QUICK) as members:
        house.wait_workers(pool, 2)
        ids = [house.submit(IMAGES, pool=pool, seconds=0.02).id for _ in range(BATCHES)]
        began = time.monotonic()
        while not house.all_final(ids) and time.monotonic() - began < 120:
            members.tend()
            time.sleep(0.1)
        tell(
            f"rq {rq.VERSION}, {pool}: {members.starts - len(roles)} deaths after a pop, "
            f"home after {time.monotonic() - began:.1f} s"
        )
        assert house.all_final(ids)
        assert members.starts > len(roles), "nobody died: the test proved nothing"
        assert house.check(ids) == {"succeeded": BATCHES * IMAGES}
