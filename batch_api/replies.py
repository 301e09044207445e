"""JSON on the wire: one spelling for every reply. Never decides what is in it."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

JSON = "application/json"


def to_json(body: Any) -> bytes:
    """Compact UTF-8 JSON, keys in the order given; NaN is refused."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def json_reply(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None, content_type: str = JSON
) -> Response:
    """A reply whose body is `body` as JSON."""
    reply = Response(to_json(body), status, content_type=content_type)
    reply.headers.update(dict(headers or {}))
    return reply
