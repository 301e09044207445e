"""Posts one webhook and says how it went. Never follows a redirect, never raises for what a receiver does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.egress.safe_http import Answer, Wire, open_checked
from jobs.egress.urls import EgressPolicy, UrlRefused, check_url
from jobs.egress.watch import EgressFault, Limits

LIMITS = Limits(total_seconds=15.0, connect_seconds=5.0, max_bytes=64 * 1024, min_rate=0)
KEPT_BYTES = 1024
# What the receiver says beside its status only goes into a log; it is not worth a thread's time.
_BODY_SECONDS = 0.8
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `error` is None for success (any 2xx), else a class: http, redirect, refused, timeout,
    unreachable, tls, bad_answer. `response` is text of at most 1024 characters; `cause` is for the operator's log."""

    status: int | None
    error: str | None
    response: str = ""
    retry_after: str | None = None
    cause: str = ""


def post_webhook(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    policy: EgressPolicy,
    limits: Limits = LIMITS,
    wire: Wire | None = None,
) -> Outcome:
    """Sends `body` as it is; the URL is judged again, as it was when it was registered."""
    try:
        target = check_url(url, policy, "webhook")
        with open_checked(
            "POST", target, policy, headers=headers, body=body, limits=limits, wire=wire or Wire()
        ) as answer:
            return _outcome(answer)
    except UrlRefused as fault:
        return Outcome(None, "refused", cause=fault.public)
    except EgressFault as fault:
        return Outcome(None, fault.kind, cause=fault.detail)


def _outcome(answer: Answer) -> Outcome:
    error = None if 200 <= answer.status < 300 else "redirect" if 300 <= answer.status < 400 else "http"
    response = ""
    if answer.headers.get("content-encoding", "identity").strip().lower() in ("", "identity"):
        response = text_safe(answer.head(KEPT_BYTES, _BODY_SECONDS))
    return Outcome(answer.status, error, response, answer.headers.get("retry-after"))


def text_safe(found: bytes) -> str:
    """Any bytes as text that every database and page can hold: no control characters but tab and line feed."""
    return _CONTROLS.sub("\ufffd", found.decode("utf-8", "replace"))
