"""What every reply and every request must be, whatever the route: headers that switch browsers' guesses off, exact
CORS origins, trusted hosts and proxy hops. Never opens anything that the settings do not name."""

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from storage.errors import Invalid, NotFound

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000; includeSubDomains"
CORS_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
CORS_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, Prefer, Range, X-API-Key, X-Merchant-Id, X-On-Behalf-Of, "
    "X-Request-Id"
)
CORS_EXPOSED = (
    "Idempotent-Replayed, Location, Retry-After, X-Idempotent-Replayed, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, X-Request-Id"
)


def init_security(app: Flask, settings: Settings) -> None:
    """Believe as many proxies as the settings say, serve the hosts they name, and mark every reply."""
    hops = settings.trusted_hops
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts) or None
    secure = settings.base_url.startswith("https://")
    origins = frozenset(settings.cors_origins)

    def guard(reply: Response) -> Response:
        for name, value in HEADERS.items():
            reply.headers.setdefault(name, value)
        if secure or request.is_secure:
            reply.headers.setdefault("Strict-Transport-Security", HSTS)
        return allow_origin(reply, origins)

    app.before_request(refuse_nul)
    app.before_request(preflight(origins))
    app.after_request(guard)


def refuse_nul() -> None:
    """No id and no filter holds NUL, and some databases cannot even be asked about it."""
    if "\0" in request.path:
        raise NotFound()
    if any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        raise Invalid("The address may not contain NUL.", field="query", reason="nul")


def preflight(origins: frozenset[str]):  # type: ignore[no-untyped-def]
    """A hook that answers a browser's CORS preflight before authentication, which a preflight cannot carry."""

    def answer_preflight() -> Response | None:
        asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if asked and request.headers.get("Origin") in origins else None

    return answer_preflight


def allow_origin(reply: Response, origins: frozenset[str]) -> Response:
    """Name the origin if, and only if, it is one of those configured."""
    if not origins:
        return reply
    reply.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin in origins:
        reply.headers["Access-Control-Allow-Origin"] = origin
        reply.headers["Access-Control-Allow-Methods"] = CORS_METHODS
        reply.headers["Access-Control-Allow-Headers"] = CORS_HEADERS
        reply.headers["Access-Control-Expose-Headers"] = CORS_EXPOSED
        reply.headers["Access-Control-Max-Age"] = "600"
    return reply
