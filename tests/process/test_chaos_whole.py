"""Customers of all dialects at a whole installation while its processes are killed, frozen and restarted: nothing that
was accepted is lost, doubled or paid for wrongly. The same run for longer is `scripts/bench load`."""

import random

import pytest

from scripts.benches.loading.__main__ import run
from scripts.benches.loading.report import text_of
from scripts.benches.loading.street import Plan
from scripts.benches.timing import ROOT

pytestmark = [pytest.mark.process, pytest.mark.timeout(0)]

IN_FLIGHT, PAUSE_S = 6, (1.5, 4.0)
QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "6", "IMAGE_SECONDS": "60"}


def test_every_batch_is_accounted_for_whatever_happens_to_the_processes(tmp_path, request, tell):
    seed = request.config.getoption("--chaos-seed") or random.SystemRandom().randrange(10**9)
    plan = Plan(request.config.getoption("--chaos-seconds"), IN_FLIGHT, seed, PAUSE_S)
    day, facts, faults = run(tmp_path / "data", ROOT / ".models", plan, **QUICK)
    tell(text_of(day, plan, facts, faults))
    assert faults == [], f"seed {seed}"
    assert day.visits and day.striker is not None and day.striker.done, "nothing happened: the test proved nothing"
