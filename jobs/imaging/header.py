"""What a file is, by its content alone: the format's signature, and the facts that its header tells.

Never looks at a name or a declared type and never decodes a pixel.
"""

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
