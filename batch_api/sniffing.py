"""What kind of picture a file says it is, from its first bytes only; the name and the declared type are ignored.
Never decodes: whether the file really is one is found out by a worker, behind limits."""

HEAD_BYTES = 32

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"8BPS", "PSD"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG2000"),
    (0, b"\xff\x0a", "JXL"),
    (0, b"\x00\x00\x00\x0cJXL ", "JXL"),
    (0, b"\x00\x00\x01\x00", "ICO"),
)
_BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"hevc": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
}
CONTENT_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
    "HEIC": "image/heic",
}


def picture_format(head: bytes) -> str | None:
    """The codec name (JPEG, PNG, WEBP, TIFF, GIF, BMP, AVIF, HEIC …) of a file that starts with `head`, or None."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        # A generic first brand (mif1) may name the real one among the compatible brands that follow.
        for brand in (head[8:12], head[16:20], head[20:24], head[24:28], head[28:32]):
            if brand in (b"avif", b"avis"):
                return "AVIF"
        return _BRANDS.get(head[8:12])
    return next((name for at, magic, name in _MAGIC if head[at : at + len(magic)] == magic), None)


def content_type(name: str | None) -> str:
    """The media type of a codec name; octet-stream for what is not a picture."""
    return CONTENT_TYPES.get(name or "", "application/octet-stream")
