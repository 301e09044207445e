"""Every metric: its name, kind, labels and one line of help. docs/metrics.md shows this very table.

Never a label that grows with customers, batches or addresses. Nothing is counted here.
"""

import sys
from dataclasses import dataclass

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
WEB, RECORDS, QUEUE, MACHINE = "web processes", "database", "queue server", "this machine"

HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0)
WORK_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0)
BATCH_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)


@dataclass(frozen=True)
class Metric:
    """A row of the table; `source` is where its number comes from."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str
    source: str
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which it is found in Prometheus."""
        if self.kind == HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
        return (self.name,)


METRICS = (
    Metric("darkroom_http_requests_total", COUNTER, ("route", "method", "status"), "Requests answered, by route.", WEB),
    Metric(
        "darkroom_http_request_seconds",
        HISTOGRAM,
        ("route", "method"),
        "Time until a reply began, uploads and waiting included.",
        WEB,
        HTTP_SECONDS,
    ),
    Metric("darkroom_http_requests_running", GAUGE, (), "Requests that are being worked on now.", WEB),
    Metric("darkroom_refusals_total", COUNTER, ("dialect", "code"), "Requests refused, by the reason's code.", WEB),
    Metric(
        "darkroom_submissions_total",
        COUNTER,
        ("dialect", "outcome", "code"),
        "Submissions whose caller was let in: accepted, replayed (same Idempotency-Key) or rejected with a code.",
        WEB,
    ),
    Metric("darkroom_upload_bytes_total", COUNTER, ("dialect",), "Bytes of files received.", WEB),
    Metric("darkroom_storage_errors_total", COUNTER, (), "Requests that failed because the object store did.", WEB),
    Metric(
        "darkroom_limiter_fallbacks_total",
        COUNTER,
        (),
        "Times that a web process turned to counting rate limits by itself, because the queue server was away.",
        WEB,
    ),
    Metric("darkroom_batches_total", COUNTER, ("dialect", "action", "state"), "Batches that became final.", RECORDS),
    Metric(
        "darkroom_batch_seconds",
        HISTOGRAM,
        ("dialect",),
        "From submit to final, of final batches.",
        RECORDS,
        BATCH_SECONDS,
    ),
    Metric(
        "darkroom_images_total",
        COUNTER,
        ("dialect", "action", "outcome", "code"),
        "Images that became final: succeeded, failed or cancelled.",
        RECORDS,
    ),
    Metric(
        "darkroom_attempts_total",
        COUNTER,
        ("action", "outcome", "code"),
        "Attempts at images that ended; retry: another follows, lost: its lease ran out.",
        RECORDS,
    ),
    Metric(
        "darkroom_attempt_seconds",
        HISTOGRAM,
        ("action", "outcome"),
        "From lease to outcome, of attempts that ended.",
        RECORDS,
        WORK_SECONDS,
    ),
    Metric("darkroom_result_bytes_total", COUNTER, ("action", "role"), "Bytes of files made.", RECORDS),
    Metric(
        "darkroom_webhook_attempts_total",
        COUNTER,
        ("dialect", "outcome"),
        "Deliveries attempted: ok, or the class of failure.",
        RECORDS,
    ),
    Metric(
        "darkroom_batch_credits_total",
        COUNTER,
        ("kind",),
        "Credits of batches: held at submit, captured for what succeeded, released for the rest.",
        RECORDS,
    ),
    Metric("darkroom_credits", GAUGE, ("kind",), "Balances of all accounts: available, held, spent, granted.", RECORDS),
    Metric("darkroom_images_waiting", GAUGE, ("pool",), "Images that wait for a worker.", RECORDS),
    Metric(
        "darkroom_images_waiting_oldest_seconds",
        GAUGE,
        ("pool",),
        "How long the oldest image waits that no worker has begun; 0 without one.",
        RECORDS,
    ),
    Metric("darkroom_images_running", GAUGE, ("pool",), "Images under a lease.", RECORDS),
    Metric(
        "darkroom_lease_oldest_seconds",
        GAUGE,
        ("pool",),
        "How long the longest running attempt has been running; 0 without one.",
        RECORDS,
    ),
    Metric("darkroom_leases_expired", GAUGE, (), "Leases that ran out and that nobody has taken over yet.", RECORDS),
    Metric("darkroom_batches_open", GAUGE, ("dialect",), "Batches that are not final.", RECORDS),
    Metric("darkroom_packaging_waiting", GAUGE, (), "Batches whose images are done and whose archive is not.", RECORDS),
    Metric(
        "darkroom_packaging_oldest_seconds",
        GAUGE,
        (),
        "How long the oldest of them has been waiting; 0 without one.",
        RECORDS,
    ),
    Metric("darkroom_outbox_pending", GAUGE, (), "Webhook deliveries not delivered yet.", RECORDS),
    Metric("darkroom_outbox_due", GAUGE, (), "Those of them that are due now.", RECORDS),
    Metric(
        "darkroom_outbox_oldest_seconds",
        GAUGE,
        (),
        "How long the oldest undelivered one waits; 0 without one.",
        RECORDS,
    ),
    Metric(
        "darkroom_outbox_overdue_seconds",
        GAUGE,
        (),
        "How long the longest due one has been due; 0 without one.",
        RECORDS,
    ),
    Metric("darkroom_endpoints", GAUGE, ("status",), "Webhook endpoints: active, disabled.", RECORDS),
    Metric("darkroom_ledger_violations", GAUGE, (), "What the last check of the ledger found; must be 0.", RECORDS),
    Metric("darkroom_ledger_checked_age_seconds", GAUGE, (), "Since the last check of the ledger.", RECORDS),
    Metric("darkroom_intake_drained", GAUGE, (), "1 while an operator keeps new work out.", RECORDS),
    Metric("darkroom_sweep_age_seconds", GAUGE, (), "Since the sweep last finished a pass.", RECORDS),
    Metric("darkroom_database_up", GAUGE, (), "0: the database is away, and with it what it tells.", RECORDS),
    Metric("darkroom_totals_complete", GAUGE, (), "0 while the past is still being counted after a start.", RECORDS),
    Metric("darkroom_queue_jobs", GAUGE, ("queue",), "Jobs waiting in a queue.", QUEUE),
    Metric(
        "darkroom_queue_oldest_seconds",
        GAUGE,
        ("queue",),
        "How long the next job of a queue waits; 0 without one.",
        QUEUE,
    ),
    Metric("darkroom_workers", GAUGE, ("queue", "state"), "Workers that live: idle, busy.", QUEUE),
    Metric("darkroom_queue_server_up", GAUGE, (), "0: the queue server is away, and with it what it tells.", QUEUE),
    Metric("darkroom_disk_free_bytes", GAUGE, (), "Free space where DATA_DIR lies.", MACHINE),
    Metric("darkroom_disk_floor_bytes", GAUGE, (), "DISK_FLOOR_MB: below it submissions are refused.", MACHINE),
    Metric("darkroom_build_info", GAUGE, ("version", "schema", "python"), "Always 1; what is running.", MACHINE),
)

BY_NAME = {metric.name: metric for metric in METRICS}


def table() -> str:
    """The metrics as a Markdown table, in their order."""
    head = "| metric | kind | labels | from | meaning |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.source} | {each.help} |\n"
        for each in METRICS
    )


if __name__ == "__main__":
    sys.stdout.write(table())
