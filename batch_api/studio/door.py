"""The studio's entrance: two headers, one rate bucket for work and one for polls. Never reads a body."""

import hmac

from flask import Request

from batch_api.auth import Caller, bearer, by_key
from batch_api.door import Door
from batch_api.idempotency import Policy
from batch_api.limits import Bucket
from batch_api.service import service
from batch_api.studio.errors import word_error
from batch_api.studio.routes import PATHS, blueprint
from storage.errors import Forbidden, Unauthenticated
from storage.model import Dialect

SUBMITS_PER_MINUTE = 120
POLLS_PER_MINUTE = 600


def owns(path: str) -> bool:
    bare = path.rstrip("/")
    return bare in PATHS or bare.startswith("/api/v1/jobs")


def authenticate(request: Request) -> Caller:
    """The key first, then the merchant who must own it."""
    who = by_key(service().tools, bearer(request), (Dialect.STUDIO,))
    merchant = request.headers.get("X-Merchant-Id", "").strip()
    if not merchant:
        raise Unauthenticated("Send your merchant id as 'X-Merchant-Id'.", code="missing_merchant")
    if not hmac.compare_digest(merchant.encode(), who.account.merchant_id.encode()):
        raise Forbidden("This key belongs to another merchant.", code="merchant_mismatch")
    return who


def buckets(request: Request, who: Caller) -> tuple[Bucket, ...]:
    counted = who.key.id if who.key else who.account.id
    if request.method == "GET":
        return (Bucket("studio-polls", counted, POLLS_PER_MINUTE),)
    return (Bucket("studio-submits", counted, SUBMITS_PER_MINUTE),)


DOOR = Door(
    dialect=Dialect.STUDIO,
    blueprints=(blueprint,),
    owns=owns,
    authenticate=authenticate,
    buckets=buckets,
    word_error=word_error,
    idempotency=Policy(),
)
