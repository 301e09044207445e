"""Signs and checks the expiring links of a local store; never opens an object and never keeps a link."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

MIN_SECRET = 16
_PURPOSE = "darkroom-link-1"


class LinkInvalid(Exception):
    """Not a link of ours, or one that was changed: answer 403."""


class LinkExpired(LinkInvalid):
    """A genuine link whose time is over: answer 403."""


@dataclass(frozen=True)
class SignedLink:
    """What a genuine link allows; `expires` is Unix seconds, `max_bytes` is 0 for a GET."""

    method: str
    key: str
    expires: int
    filename: str
    content_type: str
    inline: bool
    max_bytes: int


class LinkSigner:
    """HMAC-SHA256 links with rotating keys: every key of `keys` is accepted, `current` signs."""

    def __init__(self, keys: Mapping[str, bytes | str], current: str) -> None:
        self._keys = {kid: k.encode() if isinstance(k, str) else bytes(k) for kid, k in keys.items()}
        self._current = current
        if current not in self._keys:
            raise ValueError("the current link key is not among the keys")
        if any(len(secret) < MIN_SECRET for secret in self._keys.values()):
            raise ValueError(f"a link key needs at least {MIN_SECRET} bytes")

    def sign(
        self,
        method: str,
        key: str,
        expires: int,
        filename: str = "",
        content_type: str = "",
        inline: bool = False,
        max_bytes: int = 0,
    ) -> str:
        """The query string (no leading "?") that allows `method` on `key` until Unix second `expires`."""
        fields = {
            "exp": str(int(expires)),
            "fn": filename,
            "ct": content_type,
            "in": "1" if inline else "0",
            "max": str(int(max_bytes)),
            "kid": self._current,
        }
        return urlencode(fields | {"sig": self._signature(method, key, fields)})

    def verify(self, method: str, key: str, query: Mapping[str, str], now: datetime) -> SignedLink:
        """What the link allows; LinkInvalid if any part of it was changed, LinkExpired after its time (`now` is aware).

        HEAD is checked as GET: who may fetch a file may ask for its length.
        """
        method = "GET" if method.upper() == "HEAD" else method.upper()
        names = ("exp", "fn", "ct", "in", "max", "kid")
        if not all(name in query for name in (*names, "sig")) or query["kid"] not in self._keys:
            raise LinkInvalid("the link is not complete")
        fields = {name: query[name] for name in names}
        given = query["sig"].encode("utf-8", "replace")
        if not hmac.compare_digest(self._signature(method, key, fields).encode(), given):
            raise LinkInvalid("the link was changed")
        link = SignedLink(
            method, key, int(fields["exp"]), fields["fn"], fields["ct"], fields["in"] == "1", int(fields["max"])
        )
        if now.timestamp() >= link.expires:
            raise LinkExpired("the link has expired")
        return link

    def _signature(self, method: str, key: str, fields: Mapping[str, str]) -> str:
        # Every field carries its length, so no two different sets of fields give the same message.
        parts = [_PURPOSE, method, key, *(fields[name] for name in ("exp", "fn", "ct", "in", "max", "kid"))]
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
        mac = hmac.new(self._keys[fields["kid"]], message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
