"""The plans as data: how large a batch may be, how many credits a month brings, how many requests a minute allows.
Sources: plans and credits of the shelf contract §8, rates of its §6; turns are ours. Never a price; those are in
prices.py."""

from storage.errors import Invalid
from storage.model import Plan

PLANS: dict[str, Plan] = {
    row.tier: row
    for row in (
        #    tier       batch  credits  analyses, reads, writes per minute; images per turn
        Plan("free", 20, 100, 5, 60, 20, 1),
        Plan("starter", 20, 600, 10, 120, 40, 1),
        Plan("growth", 50, 2000, 30, 300, 80, 2),
        Plan("pro", 100, 8000, 60, 600, 150, 3),
        Plan("scale", 200, 20000, 150, 1200, 300, 4),
    )
}


def plan_allowing(images: int) -> Plan | None:
    """The smallest plan whose batches may hold so many images; None when no plan does."""
    return next((row for row in PLANS.values() if row.max_batch_size >= images), None)


def plan(tier: str) -> Plan:
    """The plan of this tier. Raises Invalid for a tier that does not exist."""
    found = PLANS.get(tier)
    if found is None:
        raise Invalid(f"There is no plan '{tier}'.", field="plan", reason="unknown")
    return found
