"""How a view tells the OpenAPI document about itself: one decorator that registers an operation's id, tags, security,
replies, errors with examples and, where a form cannot be written as a schema, its request body. Never changes a reply.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import Schema

ALIASES = "darkroom_aliases"
View = TypeVar("View", bound=Callable[..., Any])
ErrorDoc = Callable[[int], Mapping[str, Any]]

RAW = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}  # of the type that its record says
PROBLEM_EXAMPLE = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "There is nothing at this address.",
    "instance": "urn:request:req_0m3x",
    "code": "not_found",
    "request_id": "req_0m3x",
    "errors": [],
}
# The code of each status' example; all of them stand in errors.DOCUMENTED.
PROBLEM_CODES = {400: "invalid_request", 403: "link_invalid", 404: "not_found", 409: "upload_used",
                 410: "assets_expired", 413: "payload_too_large", 416: "invalid_request"}  # fmt: skip


def problem_doc(status: int) -> Mapping[str, Any]:
    """An error outside of the dialects: RFC 9457."""
    phrase = HTTPStatus(status).phrase
    code = PROBLEM_CODES.get(status, "internal_error")
    example = PROBLEM_EXAMPLE | {"title": phrase, "status": status, "detail": phrase, "code": code}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": phrase, "content": {"application/problem+json": {"schema": schema, "example": example}}}


def operation(
    blueprint: Blueprint,
    operation_id: str,
    *,
    tags: Sequence[str],
    status: int = 200,
    reply: type[Schema] | None = None,
    example: Any = None,
    errors: Sequence[int] = (),
    words: ErrorDoc = problem_doc,
    security: Sequence[Mapping[str, Sequence[str]]] = (),
    public: bool = False,
    body: Mapping[str, Any] | None = None,
    binary: bool = False,
    raw_body: bool = False,
    parameters: Sequence[Mapping[str, Any]] = (),
    aliases: Sequence[str] = (),
) -> Callable[[View], View]:
    """Register the decorated view method's operation. Its docstring is the summary and the description.

    `words(status)` documents an error; `aliases` are further addresses of the same operation, served by `also_at`.
    """
    replies: dict[str, Any] = {str(code): dict(words(code)) for code in errors}
    doc = {
        "operationId": operation_id,
        "tags": list(tags),
        "responses": replies | ({str(status): {"description": "The file", "content": FILE}} if binary else {}),
        "security": [] if public else [dict(way) for way in security],
        "requestBody": {"required": True, "content": RAW} if raw_body else body,
        "parameters": list(parameters),
        "x-aliases": list(aliases),
    }
    said = {name: value for name, value in doc.items() if value or name == "security"}

    def register(view: View) -> View:
        answered = blueprint.response(status, reply, example=example, description=HTTPStatus(status).phrase)(view)
        documented: View = blueprint.doc(**said)(answered)
        return documented

    return register


def also_at(blueprint: Blueprint, view: Any, endpoint: str, *rules: str) -> None:
    """Serve a view at further addresses, which the document lists as x-aliases of its one operation."""

    def serve(state: Any) -> None:
        # Blueprint.route would document each address as an operation of its own with the same id.
        for number, rule in enumerate(rules):
            name = f"{endpoint}_alias_{number}"
            state.app.add_url_rule(rule, endpoint=f"{blueprint.name}.{name}", view_func=view.as_view(name))
            state.app.extensions.setdefault(ALIASES, {}).setdefault(view, []).append(openapi_path(rule))

    blueprint.record(serve)


def openapi_path(rule: str) -> str:
    """`/v1/batch/<batch_id>` in the document's spelling, `/v1/batch/{batch_id}`."""
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)
