"""What the web processes count: requests, refusals, submissions, bytes. Each process counts in files of its own where
the web server says so (scripts/gunicorn.conf.py), else in memory; `python -m jobs.metrics` adds them up and shows them.

Labels are words of ours alone: route templates, dialects, codes. Nothing here is served.
"""

import time
from dataclasses import dataclass

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from batch_api.service import service
from jobs.metrics.catalogue import BY_NAME

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "none"  # no route; no dialect
STORE_FAULT = "storage_unavailable"


@dataclass(frozen=True)
class WebMetrics:
    """The counters of one app."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    running: Gauge
    refusals: Counter
    submissions: Counter
    upload_bytes: Counter
    storage_errors: Counter
    limiter_fallbacks: Counter


def open_metrics() -> WebMetrics:
    """Counters on a registry of their own."""
    registry = CollectorRegistry()

    def counter(name: str) -> Counter:
        known = BY_NAME[name]
        return Counter(name, known.help, known.labels, registry=registry)

    seconds, running = BY_NAME["darkroom_http_request_seconds"], BY_NAME["darkroom_http_requests_running"]
    return WebMetrics(
        registry=registry,
        requests=counter("darkroom_http_requests_total"),
        seconds=Histogram(seconds.name, seconds.help, seconds.labels, buckets=seconds.buckets, registry=registry),
        running=Gauge(running.name, running.help, registry=registry, multiprocess_mode="livesum"),
        refusals=counter("darkroom_refusals_total"),
        submissions=counter("darkroom_submissions_total"),
        upload_bytes=counter("darkroom_upload_bytes_total"),
        storage_errors=counter("darkroom_storage_errors_total"),
        limiter_fallbacks=counter("darkroom_limiter_fallbacks_total"),
    )


def init_metrics(app: Flask, metrics: WebMetrics) -> None:
    """Count every request from its first hook to its reply."""

    def begin() -> None:
        g.counted_from = time.perf_counter()
        metrics.running.inc()

    def count(reply: Response) -> Response:
        count_reply(metrics, reply.status_code)
        return reply

    def end(fault: BaseException | None) -> None:
        if g.pop("counted_from", None) is not None:
            metrics.running.dec()

    app.before_request(begin)
    app.after_request(count)
    app.teardown_request(end)


def count_reply(metrics: WebMetrics, status: int) -> None:
    """The present request, whose reply is about to begin."""
    route = str(request.url_rule) if request.url_rule else NOWHERE
    method = request.method if request.method in METHODS else "other"
    metrics.requests.labels(route, method, status).inc()
    begun = g.get("counted_from")
    if begun is not None:
        metrics.seconds.labels(route, method).observe(time.perf_counter() - begun)
    door = service().door_of_blueprint(request.blueprint) or service().door_of_path(request.path)
    dialect = door.dialect.value if door else NOWHERE
    code = g.get("fault_code")
    if code is not None:
        metrics.refusals.labels(dialect, code).inc()
    if code == STORE_FAULT:
        metrics.storage_errors.inc()
    if g.get("submitting"):
        outcome = "rejected" if code else "replayed" if g.get("replayed") else "accepted"
        metrics.submissions.labels(dialect, outcome, code or "").inc()
    if g.get("received_bytes"):
        metrics.upload_bytes.labels(dialect).inc(g.received_bytes)
