"""Is the process alive, and can it do its work? /healthz touches nothing; /readyz tries what a submission needs.
Answers anybody, and tells nobody why something is down: that is in the log."""

import logging
import shutil
import threading
import time
from collections.abc import Callable

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from batch_api.cautions import cautions
from batch_api.documents import also_at, operation
from batch_api.replies import json_reply
from batch_api.service import Service, service
from storage.records.schema import require_schema

log = logging.getLogger(__name__)
CACHE_S = 30.0
VERBOSE = {
    "name": "verbose",
    "in": "query",
    "schema": {"type": "string"},
    "description": "Given in any form: tell cautions too.",
}

blueprint = Blueprint("health", __name__, description="Liveness and readiness.")


class CachedProbe:
    """A part's state, asked at most every 30 seconds while it is well: readiness is polled, a bucket bills each call,
    and a queue server's settings hardly ever change."""

    def __init__(self, name: str, check: Callable[[Service], object]) -> None:
        self._name, self._check = name, check
        self._lock = threading.Lock()
        self._until = 0.0
        self._ready = False

    def __call__(self, found: Service) -> bool:
        with self._lock:
            if time.monotonic() >= self._until:
                self._ready = attempt(self._name, lambda: self._check(found))
                self._until = time.monotonic() + (CACHE_S if self._ready else 1.0)
            return self._ready


def probe_store(found: Service) -> None:
    found.tools.objects.probe()


def keep_jobs(found: Service) -> None:
    """Raises RuntimeError when the queue server may throw jobs away."""
    if found.doorbell.evicts():
        raise RuntimeError("the queue server evicts keys; set maxmemory-policy to noeviction")


def attempt(name: str, check: Callable[[], object]) -> bool:
    """Whether a check passes; the reason why not goes to the log."""
    try:
        check()
    except Exception as fault:  # noqa: BLE001  whatever a driver raises, the part is down and the probe must answer
        log.warning(
            "not ready",
            extra={"event": "health.not_ready", "check": name, "cause": f"{type(fault).__name__}: {fault}"[:300]},
        )
        return False
    return True


def readiness(found: Service, store: CachedProbe, policy: CachedProbe) -> dict[str, bool]:
    """Each part's state: database (a write), its schema, queue server (answers and keeps what it is given), object
    store, free disk."""
    database = found.tools.database
    return {
        "database": attempt("database", database.ping),
        "schema": attempt("schema", lambda: require_schema(database)),
        "queue": attempt("queue", found.doorbell.ping) and policy(found),
        "objects": store(found),
        "disk": attempt("disk", lambda: leave_room(found)),
    }


def leave_room(found: Service) -> None:
    """Raises OSError when the data folder cannot be had or its disk has less free than submissions need."""
    settings = found.settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    if free < settings.disk_floor_mb * (1 << 20):
        raise OSError(f"{free >> 20} MB free, {settings.disk_floor_mb} are needed")


@blueprint.route("/healthz")
class Alive(MethodView):
    @operation(blueprint, "getHealth", tags=["operations"], public=True, errors=(400,), example={"status": "ok"},
               aliases=["/health"])  # fmt: skip
    def get(self) -> Response:
        """Is the process alive

        Touches neither database nor queue; answers in well under 10 ms.
        """
        return json_reply({"status": "ok"})


@blueprint.route("/readyz")
class Ready(MethodView):
    store = CachedProbe("objects", probe_store)
    policy = CachedProbe("queue", keep_jobs)

    @operation(
        blueprint,
        "getReadiness",
        tags=["operations"],
        public=True,
        errors=(400,),
        example={"status": "ready", "checks": {"database": "ok", "queue": "ok"}},
        parameters=(VERBOSE,),
    )
    @blueprint.alt_response(503, description="Some part does not work", example={"status": "not ready"})
    def get(self) -> Response:
        """Can the service accept work

        503 with each part's state when something that a submission needs is missing. With ?verbose also the settings
        that open what should be shut in production.
        """
        states = readiness(service(), self.store, self.policy)
        ready = all(states.values())
        body = {"status": "ready" if ready else "not ready"}
        checks = {name: "ok" if state else "down" for name, state in states.items()}
        more = {"warnings": cautions(service().settings)} if "verbose" in request.args else {}
        return json_reply(body | {"checks": checks} | more, 200 if ready else 503)


also_at(blueprint, Alive, "alive", "/health")
