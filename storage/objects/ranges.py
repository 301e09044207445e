"""Reads an HTTP Range header (RFC 9110 section 14) for one object; never touches the bytes."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class RangeUnsatisfiable(Exception):
    """The range lies outside the object: answer 416 with `Content-Range: bytes */<size>`."""

    def __init__(self, size: int) -> None:
        super().__init__(f"range outside of {size} bytes")
        self.size = size


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Half-open (start, end) of the single range asked for, clipped to `size`; None means send the whole object.

    Malformed headers, other units and several ranges give None, as the RFC allows a server to ignore them.
    RangeUnsatisfiable when the range is well formed but holds no byte of the object.
    """
    found = _ONE_RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        wanted = int(last)
        if wanted == 0:
            raise RangeUnsatisfiable(size)
        return (max(0, size - wanted), size) if size else None
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeUnsatisfiable(size)
    return start, min(int(last) + 1, size) if last else size
