"""The shelf's entrance: one key, three rate buckets by plan. Never reads a body."""

from flask import Request

from batch_api.auth import Caller, bearer, by_key
from batch_api.door import Door
from batch_api.idempotency import Policy
from batch_api.limits import Bucket
from batch_api.service import service
from batch_api.shelf import analyses, deliveries, uploads, usage
from batch_api.shelf.buckets import reads_bucket, writes_bucket
from batch_api.shelf.errors import word_error
from storage.model import Dialect

# Nobody waits longer for a twin request than a proxy in front would.
TWIN_WAIT_S = 30.0


def owns(path: str) -> bool:
    """Everything under /api/v1 that the studio does not claim before, and the old spelling without /api."""
    return path.startswith(("/api/v1/", "/v1/analyses", "/v1/usage"))


def authenticate(request: Request) -> Caller:
    """Usage may be read with a key of any dialect: it reports the account, which they share."""
    wanted = tuple(Dialect) if request.path.rstrip("/").endswith("/usage") else (Dialect.SHELF,)
    return by_key(service().tools, bearer(request), wanted)


def buckets(request: Request, who: Caller) -> tuple[Bucket, ...]:
    """Analyses are counted per image once the body is understood (analyses.charge), so not here."""
    if request.method in ("GET", "HEAD"):
        return (reads_bucket(who),)
    if "/analyses" in request.path:
        return ()
    return (writes_bucket(who),)


DOOR = Door(
    dialect=Dialect.SHELF,
    blueprints=(analyses.blueprint, uploads.blueprint, usage.blueprint, deliveries.blueprint),
    owns=owns,
    authenticate=authenticate,
    buckets=buckets,
    word_error=word_error,
    idempotency=Policy(
        replayed_header="X-Idempotent-Replayed",
        refuse_mismatch=False,
        mismatch_header="X-Idempotent-Body-Mismatch",
        wait_s=TWIN_WAIT_S,
        commas=True,
    ),
)
