"""The three rate buckets of the shelf, per key, by the account's plan (shelf §6)."""

from collections.abc import Callable

from batch_api.auth import Caller
from batch_api.limits import Bucket
from storage.model import Plan
from storage.records.plans import PLANS, plan


def plan_of(who: Caller) -> Plan:
    return plan(who.account.plan)


def counted(who: Caller) -> str:
    return who.key.id if who.key else who.account.id


def larger(who: Caller, rate: Callable[[Plan], int]) -> str:
    """The sentence that names the next plan with a higher rate; nothing on the largest."""
    present = rate(plan_of(who))
    found = next((row for row in PLANS.values() if rate(row) > present), None)
    return f" The plan '{found.tier}' allows {rate(found)}." if found else ""


def bucket(who: Caller, name: str, rate: Callable[[Plan], int]) -> Bucket:
    return Bucket(f"shelf-{name}", counted(who), rate(plan_of(who)), advice=larger(who, rate))


def analyses_bucket(who: Caller) -> Bucket:
    return bucket(who, "analyses", lambda row: row.analyses_per_minute)


def reads_bucket(who: Caller) -> Bucket:
    return bucket(who, "reads", lambda row: row.reads_per_minute)


def writes_bucket(who: Caller) -> Bucket:
    return bucket(who, "writes", lambda row: row.writes_per_minute)
