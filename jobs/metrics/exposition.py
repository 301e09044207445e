"""A snapshot in Prometheus' words: families of the catalogue, filled. Never asks anything itself."""

import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from jobs.metrics.catalogue import BY_NAME, COUNTER
from jobs.metrics.snapshot import Snapshot
from jobs.queue_gauges import QueueState
from storage.model import Dialect, Pool
from storage.records.present import Present, Queue
from storage.records.totals import Sums

Labelled = Mapping[Any, float]  # label values, in the catalogue's order
POOLS = tuple(pool.value for pool in Pool)


def family(name: str, values: Labelled) -> Metric:
    """A counter or gauge of the catalogue with these values."""
    known = BY_NAME[name]
    kind = CounterMetricFamily if known.kind == COUNTER else GaugeMetricFamily
    made = kind(name, known.help, labels=known.labels)
    for label, value in values.items():
        made.add_metric(label, value)
    return made


def one(name: str, value: float) -> Metric:
    return family(name, {(): value})


def histogram(name: str, spreads: Sums) -> Metric:
    """A histogram of the catalogue; each spread is count, sum, and how many lay within each bound."""
    known = BY_NAME[name]
    made = HistogramMetricFamily(name, known.help, labels=known.labels)
    for label, (count, total, *within) in spreads.items():
        bounds = [*map(floatToGoString, known.buckets), "+Inf"]
        made.add_metric(label, list(zip(bounds, [*within, count], strict=True)), total)
    return made


def families(shot: Snapshot, version: str, disk_floor: int) -> Iterator[Metric]:
    """Everything that the snapshot holds, and which parts it lacks."""
    yield one("darkroom_database_up", float(shot.present is not None))
    yield one("darkroom_queue_server_up", float(shot.queues is not None))
    yield one("darkroom_totals_complete", float(shot.complete))
    yield family("darkroom_build_info", {(version, shot.schema, platform.python_version()): 1.0})
    yield one("darkroom_disk_floor_bytes", disk_floor)
    if shot.disk_free is not None:
        yield one("darkroom_disk_free_bytes", shot.disk_free)
    if shot.present is not None:
        yield from work(shot.present, shot.at)
        yield from post_and_money(shot.present, shot.at)
    if shot.totals is not None:
        yield from totals(shot.totals)
    if shot.queues is not None:
        yield from queues(shot.queues, shot.at)


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 when there is no such moment or it lies ahead."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


def by_pool(found: Mapping[str, Queue]) -> dict[str, Queue]:
    return {pool: found.get(pool, Queue()) for pool in POOLS}


def work(found: Present, now: datetime) -> Iterator[Metric]:
    """Images, batches and the sweep."""
    waiting, running = by_pool(found.waiting), by_pool(found.running)
    yield family("darkroom_images_waiting", {(pool,): each.count for pool, each in waiting.items()})
    oldest = {(pool,): age(each.oldest, now) for pool, each in waiting.items()}
    yield family("darkroom_images_waiting_oldest_seconds", oldest)
    yield family("darkroom_images_running", {(pool,): each.count for pool, each in running.items()})
    yield family("darkroom_lease_oldest_seconds", {(pool,): age(each.oldest, now) for pool, each in running.items()})
    yield one("darkroom_leases_expired", found.expired_leases)
    yield family("darkroom_batches_open", {(each.value,): found.open_batches.get(each.value, 0) for each in Dialect})
    yield one("darkroom_packaging_waiting", found.packaging.count)
    yield one("darkroom_packaging_oldest_seconds", age(found.packaging.oldest, now))
    yield one("darkroom_intake_drained", float(found.drained))
    if found.swept_at is not None:
        yield one("darkroom_sweep_age_seconds", age(found.swept_at, now))


def post_and_money(found: Present, now: datetime) -> Iterator[Metric]:
    """Webhooks and credits."""
    yield one("darkroom_outbox_pending", found.undelivered.count)
    yield one("darkroom_outbox_oldest_seconds", age(found.undelivered.oldest, now))
    yield one("darkroom_outbox_due", found.due.count)
    yield one("darkroom_outbox_overdue_seconds", age(found.due.oldest, now))
    states = {"active": 0, "disabled": 0} | found.endpoints
    yield family("darkroom_endpoints", {(state,): count for state, count in states.items()})
    yield family("darkroom_credits", {(kind,): amount for kind, amount in found.credits.items()})
    if found.ledger is not None:
        yield one("darkroom_ledger_violations", found.ledger.violations)
        yield one("darkroom_ledger_checked_age_seconds", age(found.ledger.checked_at, now))


def totals(found: Mapping[str, Sums]) -> Iterator[Metric]:
    """What was ever done."""
    yield family("darkroom_batches_total", first(found["batches"]))
    yield histogram("darkroom_batch_seconds", found["batch_times"])
    yield family("darkroom_images_total", first(found["images"]))
    yield family("darkroom_attempts_total", first(found["attempts"]))
    yield histogram("darkroom_attempt_seconds", without_code(found["attempts"]))
    yield family("darkroom_result_bytes_total", first(found["bytes"]))
    yield family("darkroom_webhook_attempts_total", first(found["webhooks"]))
    held, captured, released = found["credits"].get((), (0.0, 0.0, 0.0))
    kinds = {("held",): held, ("captured",): captured, ("released",): released}
    yield family("darkroom_batch_credits_total", kinds)


def first(sums: Sums) -> dict[tuple[str, ...], float]:
    return {label: numbers[0] for label, numbers in sums.items()}


def without_code(attempts: Sums) -> Sums:
    """(action, outcome, code) summed to (action, outcome)."""
    summed: Sums = {}
    for (action, outcome, _), numbers in attempts.items():
        before = summed.get((action, outcome), (0.0,) * len(numbers))
        summed[action, outcome] = tuple(a + b for a, b in zip(before, numbers, strict=True))
    return summed


def queues(found: QueueState, now: datetime) -> Iterator[Metric]:
    """What waits in the lists, and who takes from them."""
    yield family("darkroom_queue_jobs", {(name,): count for name, count in found.jobs.items()})
    yield family("darkroom_queue_oldest_seconds", {(name,): age(since, now) for name, since in found.oldest.items()})
    yield family("darkroom_workers", found.workers)
