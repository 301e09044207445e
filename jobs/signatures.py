"""The headers of a signed webhook: Standard Webhooks for every dialect, and each dialect's own documented ones.

Computed anew at every attempt, because the timestamp is the attempt's. Never sends, never stores or logs a secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.model import Dialect

_PREFIX = "whsec_"


@dataclass(frozen=True)
class HeaderNames:
    """What the operator may choose: the print dialect's signature header, and what we call ourselves."""

    print_signature: str = "X-RatioReady-Signature"
    user_agent: str = "Darkroom-Webhooks/1.0"
    shelf_user_agent: str = "Shelfforce-Webhooks/1.0"


def sign(
    dialect: Dialect,
    event: str,
    delivery_id: str,
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    names: HeaderNames,
) -> dict[str, str]:
    """All headers of one attempt. `secrets` are `whsec_…` strings, newest first; each signs where the form has room for
    several signatures, the newest alone where it has not. Without a secret the attempt goes unsigned.

    Raises ValueError for a secret that is not `whsec_` and base64.
    """
    moment = str(int(now.timestamp()))
    headers = {"Content-Type": "application/json", "User-Agent": names.user_agent}
    headers |= {"webhook-id": delivery_id, "webhook-timestamp": moment}
    if secrets:
        headers["webhook-signature"] = _standard(delivery_id, moment, body, secrets)
    own = {Dialect.PRINT: _print, Dialect.STUDIO: _studio, Dialect.SHELF: _shelf}[dialect]
    return headers | own(event, delivery_id, moment, body, secrets, names)


def _standard(delivery_id: str, moment: str, body: bytes, secrets: Sequence[str]) -> str:
    """Standard Webhooks 1.0.0: HMAC-SHA256 of `id.timestamp.body` under the decoded secret, base64, `v1,` each."""
    signed = f"{delivery_id}.{moment}.".encode() + body
    made = (hmac.digest(_key(secret), signed, hashlib.sha256) for secret in secrets)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in made)


def _key(secret: str) -> bytes:
    text = secret.removeprefix(_PREFIX)
    if text == secret or not text:
        raise ValueError("a webhook secret is whsec_ and base64")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _hex(secret: str, *parts: bytes) -> str:
    """The dialects' own signatures take the whole secret string, prefix included, as the key."""
    return hmac.new(secret.encode(), b"".join(parts), hashlib.sha256).hexdigest()


def _dated(moment: str, body: bytes, secrets: Sequence[str]) -> str:
    stamped = f"{moment}.".encode()
    return ",".join([f"t={moment}", *(f"v1={_hex(secret, stamped, body)}" for secret in secrets)])


def _print(
    event: str, delivery_id: str, moment: str, body: bytes, secrets: Sequence[str], names: HeaderNames
) -> dict[str, str]:
    headers = {"X-Webhook-Id": delivery_id, "X-Webhook-Event": event}
    if secrets:
        headers[names.print_signature] = "sha256=" + _hex(secrets[0], body)
        headers["X-Webhook-Signature"] = _dated(moment, body, secrets)
    return headers


def _studio(
    event: str, delivery_id: str, moment: str, body: bytes, secrets: Sequence[str], names: HeaderNames
) -> dict[str, str]:
    headers = {"X-Webhook-Id": delivery_id, "X-Webhook-Event": event, "X-Webhook-Timestamp": moment}
    if secrets:
        headers["X-Webhook-Signature"] = "sha256=" + _hex(secrets[0], f"{moment}.".encode(), body)
    return headers


def _shelf(
    event: str, delivery_id: str, moment: str, body: bytes, secrets: Sequence[str], names: HeaderNames
) -> dict[str, str]:
    headers = {
        "User-Agent": names.shelf_user_agent,
        "X-Shelfforce-Event": event,
        "X-Shelfforce-Delivery": delivery_id,
    }
    if secrets:
        headers["X-Shelfforce-Signature"] = _dated(moment, body, secrets)
    return headers
