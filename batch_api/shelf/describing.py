"""What every operation of the shelf says about itself in the same words: its errors, its key. Never changes a reply."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema

from batch_api.documents import View, operation
from batch_api.shelf.errors import error_doc

SECURITY: tuple[dict[str, list[str]], ...] = ({"bearer": []},)
TAG = "shelf"
READ = (401, 403, 404, 422, 429, 500, 503)
WRITE = (401, 403, 404, 413, 415, 422, 429, 500, 503)
SUBMIT = (401, 402, 403, 413, 415, 422, 429, 500, 503)


def described(
    blueprint: Blueprint,
    operation_id: str,
    reply: type[Schema] | None = None,
    example: Any = None,
    *,
    errors: Sequence[int] = READ,
    tag: str = TAG,
    **more: Any,
) -> Callable[[View], View]:
    """`documents.operation` with the shelf's errors and security; `more` goes there."""
    return operation(
        blueprint,
        operation_id,
        tags=(tag,),
        reply=reply,
        example=example,
        errors=errors,
        words=error_doc,
        security=SECURITY,
        **more,
    )
