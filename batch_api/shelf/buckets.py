"""The three rate buckets of the shelf, per key, by the account's plan (shelf §6)."""

from batch_api.auth import Caller
from batch_api.limits import Bucket
from storage.model import Plan
from storage.records.plans import plan


def plan_of(who: Caller) -> Plan:
    return plan(who.account.plan)


def counted(who: Caller) -> str:
    return who.key.id if who.key else who.account.id


def analyses_bucket(who: Caller) -> Bucket:
    return Bucket("shelf-analyses", counted(who), plan_of(who).analyses_per_minute)


def reads_bucket(who: Caller) -> Bucket:
    return Bucket("shelf-reads", counted(who), plan_of(who).reads_per_minute)


def writes_bucket(who: Caller) -> Bucket:
    return Bucket("shelf-writes", counted(who), plan_of(who).writes_per_minute)
