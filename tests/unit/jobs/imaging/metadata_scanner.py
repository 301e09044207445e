"""Lists every block of a JPEG, PNG or WebP from its bytes alone, written apart from any imaging library.

Never decodes a picture. Raises ValueError at bytes that belong to no block, so trailing bytes cannot hide.
"""

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """One marker segment or chunk: its name ("APP1", "COM", "iCCP", "EXIF") and its payload."""

    name: str
    payload: bytes


def blocks(data: bytes) -> list[Block]:
    """Every block in file order."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _riff(data)
    raise ValueError("neither JPEG, PNG nor WebP")


def names(data: bytes) -> list[str]:
    """The names of all blocks in file order."""
    return [block.name for block in blocks(data)]


def _jpeg(data: bytes) -> list[Block]:
    found = [Block("SOI", b"")]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError(f"no marker at {at}")
        marker = data[at + 1]
        if marker == 0xD9:
            if at + 2 != len(data):
                raise ValueError(f"{len(data) - at - 2} bytes behind the end")
            return [*found, Block("EOI", b"")]
        size = struct.unpack(">H", data[at + 2 : at + 4])[0]
        found.append(Block(_jpeg_name(marker), data[at + 4 : at + 2 + size]))
        at += 2 + size
        if marker == 0xDA:
            at = _end_of_scan(data, at)


def _jpeg_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    return {0xFE: "COM", 0xDB: "DQT", 0xC4: "DHT", 0xDA: "SOS", 0xDD: "DRI", 0xC0: "SOF0", 0xC2: "SOF2"}.get(
        marker, f"{marker:02X}"
    )


def _end_of_scan(data: bytes, at: int) -> int:
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at


def _png(data: bytes) -> list[Block]:
    found, at = [], 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        payload = data[at + 8 : at + 8 + size]
        (crc,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        if crc != zlib.crc32(kind + payload):
            raise ValueError(f"wrong CRC of {kind!r}")
        found.append(Block(kind.decode("ascii"), payload))
        at += 12 + size
        if kind == b"IEND" and at != len(data):
            raise ValueError(f"{len(data) - at} bytes behind the end")
    return found


def _riff(data: bytes) -> list[Block]:
    (size,) = struct.unpack("<I", data[4:8])
    if size + 8 != len(data):
        raise ValueError("the file is not as long as it says")
    found, at = [], 12
    while at < len(data):
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        found.append(Block(kind.decode("ascii").strip(), data[at + 8 : at + 8 + length]))
        at += 8 + length + (length & 1)
    return found
