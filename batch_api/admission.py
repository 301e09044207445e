"""Who gets in: before a view of a dialect runs and before a byte of its body is read, the caller is known and counted.
Never reads a body, never looks at what is asked for beyond its route."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, Request, Response, g, request

from batch_api.limits import Allowance, Bucket
from batch_api.service import service
from storage.errors import Unauthenticated

FAILURES_PER_MINUTE = 20


def init_admission(app: Flask) -> None:
    app.before_request(admit)
    app.after_request(show_allowance)


def admit() -> None:
    """Authenticate and count the caller of a dialect's endpoint; health, files and docs are open."""
    found = service()
    door = found.door_of_blueprint(request.blueprint)
    if door is None or request.endpoint in door.open_endpoints or request.method == "OPTIONS":
        return
    failures = Bucket("authentication-failures", client_address(request), FAILURES_PER_MINUTE)
    left = found.limiter.peek(failures)
    if not left.remaining:
        found.limiter.take([failures])
    try:
        g.caller = door.authenticate(request)
    except Unauthenticated:
        found.limiter.take([failures])
        raise
    count(*door.buckets(request, g.caller))


def count(*buckets: Bucket, cost: int = 1) -> None:
    """Take `cost` places in each bucket, or raise RateLimited; the reply shows the one with least left."""
    if buckets:
        g.allowances = [*g.get("allowances", []), *service().limiter.take(buckets, cost)]


def client_address(request: Request) -> str:
    """The caller's address, after as many proxies as the settings trust. Of IPv6 the network: who has one address there
    has 2^64 of them."""
    given = request.remote_addr or "unknown"
    try:
        address = ip_address(given)
    except ValueError:
        return given
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else given


def show_allowance(reply: Response) -> Response:
    """X-RateLimit-* of the tightest bucket that this request was counted in."""
    allowances: list[Allowance] = g.get("allowances", [])
    if allowances:
        tightest = min(allowances, key=lambda allowance: (allowance.remaining, allowance.bucket.limit))
        reply.headers["X-RateLimit-Limit"] = str(tightest.bucket.limit)
        reply.headers["X-RateLimit-Remaining"] = str(tightest.remaining)
        reply.headers["X-RateLimit-Reset"] = str(tightest.reset_at)
    return reply
