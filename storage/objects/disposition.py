"""Content-Disposition for a downloaded object (RFC 6266, RFC 8187); never lets a name break out of the header."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

MAX_NAME = 180
_ATTR_CHAR = "!#$&+-.^_`|~"  # RFC 8187 attr-char beside letters and digits
_UNSAFE_ASCII = re.compile(r"[^A-Za-z0-9 ._()+,=@\[\]~-]")


def content_disposition(filename: str, inline: bool) -> str:
    """`attachment; filename="plain"; filename*=UTF-8''exact`, the second only where the first cannot say it.

    Control, bidirectional and separator characters are dropped from the name, it is NFC and at most 180 characters;
    an empty one becomes "download".
    """
    kind = "inline" if inline else "attachment"
    name = _shown_name(filename)
    plain = _UNSAFE_ASCII.sub("_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    plain = plain.strip() or "download"
    if plain.startswith("."):
        plain = "download" + plain
    if plain == name:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"


def _shown_name(filename: str) -> str:
    """The name without what could hide its end, name a folder or end a header line."""
    kept = "".join(
        c for c in unicodedata.normalize("NFC", filename) if unicodedata.category(c)[0] != "C" and c not in '/\\:"'
    )
    kept = " ".join(kept.split()).lstrip(".")
    if len(kept) > MAX_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else kept[:MAX_NAME]
    return kept.strip() or "download"
