"""What a file is, by its content alone: the format's signature, and the facts that its header tells.

Never looks at a name or a declared type and never decodes a pixel.
"""

import re
import struct
from dataclasses import dataclass

# Accepted formats, each by its signature. MPO is a JPEG with more pictures behind the first.
_ACCEPTABLE: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
)
_OTHER_PICTURES: tuple[bytes, ...] = (
    b"8BPS", b"\0\0\1\0", b"\0\0\2\0", b"%!PS", b"\xc5\xd0\xd3\xc6", b"\0\0\0\x0cjP  ", b"\xffO\xffQ", b"\xff\x0a",
    b"\0\0\0\x0cJXL ", b"DDS ", b"BLP", b"\x01\xda", b"qoif", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"Pf",
    b"SIMPLE  =", b"icns", b"\x59\xa6\x6a\x95", b"/* XPM", b"#define ", b"v/1\x01", b"#?RADIANCE",
)  # fmt: skip
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

OTHER_PICTURE = "OTHER"

# Every scan walks the whole picture again, and 150 bytes are enough for one: without a limit, a megabyte keeps a
# decoder busy for half an hour. Encoders write about 10, those that search for the best order under 30.
MOST_SCANS = 64
# Pillow lists a TIFF's strips or tiles before it tells the size, at some 400 bytes each. A side of 30 000 rows in four
# planes has 120 000 strips.
MOST_PIECES = 150_000
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))  # without a length: TEM, RST, SOI
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324


@dataclass(frozen=True)
class Header:
    """A file's header: stored width and height in pixels (before orientation), Pillow's mode, EXIF orientation 1..8.

    `frames` is what the header tells; for GIF and TIFF, 2 stands for two or more.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int
    frames: int


def sniff(data: bytes) -> str | None:
    """The format by signature: an acceptable one, OTHER_PICTURE for pictures that no job takes, None for the rest."""
    for magic, name in _ACCEPTABLE:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brands = {data[8:12]} | {data[i : i + 4] for i in range(16, 64, 4)}
        if brands & set(_AVIF_BRANDS):
            return "AVIF"
        return OTHER_PICTURE if brands & set(_HEIF_BRANDS) else None
    if data.startswith(_OTHER_PICTURES) or b"<svg" in data[:4096].lower():
        return OTHER_PICTURE
    return None


def webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Width and height that a WebP header states (RFC 9649), or None when the file is cut or states none.

    Needed because the decoder allocates its canvas at open, before a caller can look at the size.
    """
    if len(data) < 30 or struct.unpack("<I", data[4:8])[0] + 8 > len(data):
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)
    return None


def too_many_scans(jpeg: bytes) -> bool:
    """Whether the first picture of a JPEG has more scans than MOST_SCANS; its markers are found as libjpeg finds them
    (ITU-T T.81, B.1.1)."""
    if jpeg.count(bytes((0xFF, _START_OF_SCAN))) <= MOST_SCANS:
        return False
    scans, at = 0, 2
    while scans <= MOST_SCANS:
        found = _MARKER.search(jpeg, at)
        if found is None or jpeg[found.end() - 1] == _END_OF_IMAGE:
            return False
        marker, at = jpeg[found.end() - 1], found.end()
        scans += marker == _START_OF_SCAN
        if marker not in _BARE_MARKERS:
            at += int.from_bytes(jpeg[at : at + 2])
    return True


def too_many_pieces(tiff: bytes) -> bool:
    """Whether the first page of a TIFF is stored in more strips or tiles than MOST_PIECES."""
    order = "<" if tiff[:2] == b"II" else ">"
    big = tiff[2:4] in (b"+\0", b"\0+")
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    try:
        at = struct.unpack_from(order + ("Q" if big else "I"), tiff, 8 if big else 4)[0]
        count = struct.unpack_from(order + ("Q" if big else "H"), tiff, at)[0]
        first = at + (8 if big else 2)
        last = min(first + entry.size * min(count, 65_535), len(tiff))
        entries = [entry.unpack_from(tiff, place) for place in range(first, last - entry.size + 1, entry.size)]
    except (struct.error, OverflowError):
        return False  # the decoder will say what is wrong with it
    return any(tag in (_STRIP_OFFSETS, _TILE_OFFSETS) and pieces > MOST_PIECES for tag, _, pieces in entries)
