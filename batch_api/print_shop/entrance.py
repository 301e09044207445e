"""Who may enter the print dialect, how requests are counted, and what its documentation shares. No views here."""

import re
from collections.abc import Callable
from typing import Any

from flask import Request
from flask_smorest import Blueprint

from batch_api import auth
from batch_api.auth import Caller
from batch_api.documents import View, operation
from batch_api.door import Door
from batch_api.idempotency import Policy
from batch_api.limits import Bucket
from batch_api.print_shop.errors import error_doc, word_error
from batch_api.print_shop.schemas import PrintError
from batch_api.service import service
from storage.errors import Invalid, Unauthenticated
from storage.model import Dialect

GENERAL_PER_MINUTE = 100
PROCESSING_PER_MINUTE = 20
PAGE = 20
LONGEST_PAGE = 100
SHORT_NUMBER = re.compile(r"\d{1,9}", re.ASCII)

blueprint = Blueprint("print", __name__, description="Batches of designs to print files.")
SECURITY: tuple[dict[str, list[str]], ...] = ({"bearer": []}, {"headerKey": []})


def authenticate(request: Request) -> Caller:
    """`Authorization: Bearer` with a key or a session token, or a key in X-API-Key (print contract §2)."""
    tools = service().tools
    key = request.headers.get("X-API-Key", "").strip()
    presented = key if key and "Authorization" not in request.headers else auth.bearer(request)
    if presented.count(".") == 2:
        if not tools.settings.jwt_secret:
            raise Unauthenticated("The API key is not valid.", code="invalid_key")
        return auth.by_session(tools, presented)
    return auth.by_key(tools, presented, (Dialect.PRINT,))


def buckets(request: Request, who: Caller) -> tuple[Bucket, ...]:
    """100 requests a minute per account, and 20 submissions among them (print contract §6.1)."""
    general = Bucket("print-general", who.account.id, GENERAL_PER_MINUTE)
    if request.method == "POST" and (request.endpoint or "").startswith("print.Submit"):
        return (general, Bucket("print-processing", who.account.id, PROCESSING_PER_MINUTE))
    return (general,)


def owns(path: str) -> bool:
    return path == "/v1" or path.startswith("/v1/")


def described(operation_id: str, tag: str, *errors: int, **more: Any) -> Callable[[View], View]:
    """`documents.operation` with what all of this dialect's operations share."""
    shared = (400, 401, 403, 429, 500, 503)
    every = tuple(sorted({*errors, *shared}))
    return operation(blueprint, operation_id, tags=[tag], errors=every, words=error_doc, security=SECURITY, **more)


def page_of(request: Request) -> tuple[int, str | None]:
    """(limit, cursor) of a list request; 1 to 100, 20 unless told."""
    text = request.args.get("limit", str(PAGE))
    if not SHORT_NUMBER.fullmatch(text) or not 1 <= int(text) <= LONGEST_PAGE:
        raise Invalid(f"limit must be 1 to {LONGEST_PAGE}.", field="limit", reason="out_of_range")
    return int(text), request.args.get("cursor") or None


def unknown_cursor() -> Invalid:
    return Invalid("The cursor is not one of ours.", field="cursor", reason="unknown")


PAGING = (
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE},
        "description": "How many to return.",
    },
    {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "next_cursor of the page before."},
)

DOOR = Door(
    dialect=Dialect.PRINT,
    blueprints=(blueprint,),
    owns=owns,
    authenticate=authenticate,
    buckets=buckets,
    word_error=word_error,
    idempotency=Policy(),
    components={"PrintError": PrintError},
)
