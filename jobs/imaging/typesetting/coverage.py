"""Which characters a font file has glyphs for, read from its own character map (OpenType 1.9, `cmap` formats 4 and 12).

Never shapes or draws anything.
"""

import struct
from functools import cache
from pathlib import Path

_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))  # platform and encoding, the widest first


@cache
def characters(path: str) -> frozenset[int]:
    """Code points with a glyph in the TrueType or OpenType file; empty when the file has no Unicode map."""
    data = Path(path).read_bytes()
    start = _table(data, b"cmap")
    found = {}
    for record in range(struct.unpack_from(">H", data, start + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * record)
        found[platform, encoding] = start + offset
    for key in _UNICODE:
        if key in found:
            return _read_map(data, found[key])
    return frozenset()


def _table(data: bytes, name: bytes) -> int:
    for record in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * record)
        if tag == name:
            return int(offset)
    raise ValueError(f"the font has no {name.decode()} table")


def _read_map(data: bytes, at: int) -> frozenset[int]:
    kind = struct.unpack_from(">H", data, at)[0]
    if kind == 12:
        return _groups(data, at)
    if kind == 4:
        return _segments(data, at)
    return frozenset()


def _groups(data: bytes, at: int) -> frozenset[int]:
    out: set[int] = set()
    for group in range(struct.unpack_from(">I", data, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
        out.update(range(first + (glyph == 0), last + 1))
    return frozenset(out)


def _segments(data: bytes, at: int) -> frozenset[int]:
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + 2 * count)
    out: set[int] = set()
    for first, last in zip(starts, ends, strict=True):
        if first != 0xFFFF:
            out.update(range(first, last + 1))
    return frozenset(out)
