"""One request body, whatever its form, as fields and files that lie in staging: multipart, urlencoded or JSON.
Knows no dialect, decodes no picture and never holds a whole file in memory."""

import base64
import binascii
import json
import logging
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from batch_api import refusals
from batch_api.multipart import READ_BYTES, IntakeLimits, decode_text, read_multipart
from batch_api.staging import ReceivedFile, Staging
from batch_api.wire import Wire
from jobs.tools import Tools
from storage.errors import Invalid, Unavailable, UnsupportedMedia
from storage.objects import ObjectStoreDown
from storage.records.uploads import staging_referenced

__all__ = ["Intake", "IntakeLimits", "ReceivedFile", "discard", "receive", "stage_data_uri"]

log = logging.getLogger(__name__)
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_NESTING = 64
ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # and not a backslash before the letters u0000
MAX_MEMBERS = 250_000  # of one JSON body; each costs some 70 bytes once it is read, however short it was


@dataclass(frozen=True)
class Intake:
    """`fields` and `files` in order of arrival; `document` is the parsed body of a JSON request, None for forms."""

    fields: list[tuple[str, str]]
    files: list[ReceivedFile]
    document: Any = None
    added: list[ReceivedFile] = attribute(default_factory=list)  # staged during translation; shared by every copy


def receive(request: Request, tools: Tools, limits: IntakeLimits) -> Intake:
    """Read the body within `limits`. Raises Invalid, TooLarge, UnsupportedMedia or ObjectStoreDown with nothing left in
    staging; whoever gets an Intake calls `discard` when the request fails later."""
    if (request.content_length or 0) > limits.request_bytes:
        raise refusals.request_too_large(limits.request_bytes, request.content_length)
    request.max_content_length = limits.request_bytes
    kind = request.mimetype
    try:
        if kind == MULTIPART:
            return _multipart(request, tools, limits)
        if kind == FORM:
            return Intake(_urlencoded(_bounded(request, limits), limits), [])
        if kind == "application/json" or kind.endswith("+json"):
            return Intake([], [], parse_json(_bounded(request, limits)))
        if not kind and not request.content_length and "Transfer-Encoding" not in request.headers:
            return Intake([], [])
    except RequestEntityTooLarge as fault:
        raise refusals.request_too_large(limits.request_bytes) from fault
    raise UnsupportedMedia(f"Send {MULTIPART}, {FORM} or application/json.")


def discard(tools: Tools, intake: Intake) -> None:
    """Delete what a failed request has staged, except what a batch refers to by now. A store or a database that is down
    is only logged, and not asked again for each file: the sweep collects leftovers."""
    keys = sorted({file.key for file in (*intake.files, *intake.added)})
    if not keys:
        return
    try:
        with tools.database.read() as tx:
            unused = [key for key in keys if not staging_referenced(tx, key)]
        for key in unused:
            tools.objects.delete(key)
    except (ObjectStoreDown, Unavailable) as fault:
        log.warning("staged files stay until the sweep", extra={"event": "object.orphaned", "cause": str(fault)[:300]})


def stage_data_uri(tools: Tools, limits: IntakeLimits, field: str, uri: str) -> ReceivedFile:
    """The picture of a `data:` address as a staged file, so that no address of megabytes is ever stored."""
    head, comma, payload = uri.partition(",")
    if head[:5].lower() != "data:" or not comma:
        raise Invalid("The data: address is malformed.", field=field, reason="malformed")
    if len(payload) > limits.file_bytes * 4 // 3 + 8:
        raise limits.file_too_large(field)
    try:
        raw = unquote_to_bytes(payload)
        if head.lower().endswith(";base64"):
            raw = base64.b64decode(b"".join(raw.split()), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Invalid("The data: address is not valid base64.", field=field, reason="malformed") from fault
    staging = Staging(tools.objects, tools.clock)
    staging.begin(field, "inline")
    staging.write(raw)
    staging.end()
    return staging.finish()[0]


def with_files(intake: Intake, more: Iterable[ReceivedFile]) -> Intake:
    """The same intake with further staged files; `discard` of either copy removes them. Call it right after staging."""
    fresh = list(more)
    intake.added.extend(fresh)
    return replace(intake, files=[*intake.files, *fresh])


def _multipart(request: Request, tools: Tools, limits: IntakeLimits) -> Intake:
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary or len(boundary) > 200 or not boundary.isascii():
        raise Invalid("The multipart body has no boundary.", field="Content-Type", reason="required")
    staging = Staging(tools.objects, tools.clock)
    try:
        fields = read_multipart(Wire(request), boundary, request.content_length, limits, staging)
        return Intake(fields, staging.finish())
    except BaseException:
        staging.abandon()
        raise


def _bounded(request: Request, limits: IntakeLimits) -> bytes:
    body, wire = bytearray(), Wire(request)
    while piece := wire.read(READ_BYTES):
        body += piece
        if len(body) > limits.text_bytes:
            raise refusals.request_too_large(limits.text_bytes)
    return bytes(body)


def _urlencoded(body: bytes, limits: IntakeLimits) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            body.decode("ascii", "strict") if body.isascii() else body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=limits.fields,
        )
    except UnicodeDecodeError as fault:
        raise Invalid("The form is not UTF-8.", reason="encoding") from fault
    except ValueError as fault:
        raise Invalid(f"At most {limits.fields} form fields are read.", reason="too_many") from fault
    for name, value in pairs:
        raw = value.encode()
        most = limits.field_limit(raw[:5]) if len(name) <= limits.field_bytes else limits.field_bytes
        if max(len(raw), len(name)) > most:
            raise refusals.text_too_long(most, name)
        decode_text(name, raw)
    return pairs


def parse_json(body: bytes) -> Any:
    """Strict JSON: UTF-8, finite numbers, whole characters without NUL, 64 levels; else Invalid. Nothing sent is {}."""
    if not body.strip():
        return {}
    if b"\\u0000" in body and ESCAPED_NUL.search(body):
        raise Invalid("Texts may not contain NUL.", reason="nul")
    if sum(body.count(sign) for sign in (b",", b"[", b"{")) > MAX_MEMBERS:
        raise Invalid(f"JSON may have {MAX_MEMBERS} members.", reason="too_many")
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        if b"\\ud" in body.lower():  # half of a surrogate pair is no character: no database and no reply could hold it
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise Invalid("The body is not valid JSON.", reason="malformed", cause=fault) from fault
    level = [found]
    for _ in range(MAX_NESTING):
        level = [below for node in level for below in _children(node) if isinstance(below, (dict, list))]
    if level:
        raise Invalid(f"JSON may be nested {MAX_NESTING} levels deep.", reason="too_deep")
    return found


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is out of range")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
