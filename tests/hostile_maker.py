"""Makes hostile pictures from a seed: the same seed gives the same bytes. Never reads a file and never decodes one.

Every picture has a name that says what is wrong with it, so that a failing one can be made again by seed and name.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from jobs.imaging.colour import srgb_profile

CANARY = b"canary-7f3a"
PNG = b"\x89PNG\r\n\x1a\n"
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
_STORED = dict(
    enumerate(
        (
            None,
            Image.Transpose.FLIP_LEFT_RIGHT,
            Image.Transpose.ROTATE_180,
            Image.Transpose.FLIP_TOP_BOTTOM,
            Image.Transpose.TRANSPOSE,
            Image.Transpose.ROTATE_90,
            Image.Transpose.TRANSVERSE,
            Image.Transpose.ROTATE_270,
        ),
        1,
    )
)
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F")


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    if kind == "AVIF":
        options = {"speed": 10, "max_threads": 1, **options}
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def scene(width: int = 640, height: int = 512, seed: int = 7) -> Image.Image:
    """A dark bottle on a light ground with some grain: something that every action can make something of."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (width, height), (228, 226, 220))
    pen = ImageDraw.Draw(picture)
    x, y = width / 2, height / 2
    reach = min(width, height)
    pen.rounded_rectangle((x - reach * 0.14, y - reach * 0.32, x + reach * 0.14, y + reach * 0.4), reach * 0.05, "navy")
    pen.rectangle((x - reach * 0.06, y - reach * 0.42, x + reach * 0.06, y - reach * 0.3), "black")
    pen.rectangle((x - reach * 0.11, y - reach * 0.05, x + reach * 0.11, y + reach * 0.2), "white")
    grain = rng.integers(-3, 4, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture).astype(np.int16) + grain, 0, 255).astype(np.uint8))


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(width: int, height: int, *between: bytes, idat: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    """A PNG by its chunks; `idat` is stored as it is."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG + head + b"".join(between) + chunk(b"IDAT", idat) + chunk(b"IEND", b"")


@cache
def zeros(megabytes: int) -> bytes:
    """That many megabytes of nothing, deflated to a thousandth."""
    squeeze = zlib.compressobj(6)
    block = bytes(1 << 20)
    return b"".join([*(squeeze.compress(block) for _ in range(megabytes)), squeeze.flush()])


def oversized() -> Iterator[tuple[str, bytes]]:
    """Headers that promise more pixels than any limit, with hardly a byte behind them."""
    for width, height in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (1, 65_500), (65_500, 1), (30_001, 8), (0, 8)):
        yield f"dims-{width}x{height}.png", png(width, height, idat=zlib.compress(b""))
    jpeg = bytearray(encoded(scene(64, 64), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 65_500, 65_500)
    yield "dims-65500.jpg", bytes(jpeg)
    bits = (16_383 | 16_383 << 14).to_bytes(4, "little")
    yield (
        "dims-16384.webp",
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<I", 10) + b"\x2f" + bits + bytes(5),
    )
    gif = bytearray(encoded(scene(64, 64).quantize(8), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    yield "dims-65535.gif", bytes(gif)
    bmp = bytearray(encoded(scene(64, 64), "BMP"))
    bmp[18:26] = struct.pack("<ii", 50_000, 50_000)
    yield "dims-50000.bmp", bytes(bmp)
    tiff = encoded(scene(64, 64), "TIFF")
    for tag in (256, 257):
        tiff = tiff.replace(struct.pack("<HHII", tag, 4, 1, 64), struct.pack("<HHII", tag, 4, 1, 60_000))
        tiff = tiff.replace(struct.pack("<HHIHH", tag, 3, 1, 64, 0), struct.pack("<HHII", tag, 4, 1, 60_000))
    yield "dims-60000.tif", tiff


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that unpack to much: pixels, texts and a profile."""
    small = zlib.compress(b"\0" + bytes(3))
    yield "bomb-idat.png", png(640, 512, idat=zeros(64))
    yield "bomb-plain.png", png(9_000, 9_000, idat=zeros(232))
    yield "bomb-ztxt.png", png(1, 1, chunk(b"zTXt", b"Comment\0\0" + zeros(64)), idat=small)
    yield "bomb-itxt.png", png(1, 1, chunk(b"iTXt", b"Comment\0\1\0\0\0" + zeros(64)), idat=small)
    yield "bomb-iccp.png", png(1, 1, chunk(b"iCCP", b"icc\0\0" + zeros(64)), idat=small)
    yield "bomb-texts.png", png(1, 1, *[chunk(b"zTXt", b"a\0\0" + zeros(1))] * 200, idat=small)
    yield "scans.jpg", many_scans(1_000)
    yield "tiles.tif", many_tiles(500)
    frames = [Image.new("P", (1_000, 1_000), n % 2) for n in range(40)]
    yield "frames.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def many_scans(copies: int) -> bytes:
    """A progressive JPEG whose last scan is said over and over; each makes the decoder walk the whole picture."""
    data = encoded(scene(512, 512), "JPEG", progressive=True, quality=40)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * copies + data[-2:]


def many_tiles(side: int) -> bytes:
    """A grey TIFF in tiles of one pixel, all of them the same byte."""
    count = side * side
    rows = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (322, 1), (323, 1)]
    places = 8 + 2 + 12 * (len(rows) + 2) + 4
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in rows]
    entries += [struct.pack("<HHII", 324 + n, 4, count, places + 4 * n * count) for n in range(2)]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    return head + struct.pack("<I", places + 8 * count) * count + struct.pack("<I", 1) * count + b"\x80"


def cut_and_flipped(seed: int) -> Iterator[tuple[str, bytes]]:
    """Every format cut at every twentieth, and with bits flipped here and there."""
    rng = np.random.default_rng(seed)
    for kind in FORMATS:
        whole = encoded(scene(160, 120, seed), kind)
        for share in range(5, 100, 5):
            yield f"cut-{share:02d}.{kind.lower()}", whole[: len(whole) * share // 100]
        for number in range(20):
            data = bytearray(whole)
            for at in rng.integers(0, len(data), rng.integers(1, 9)):
                data[at] ^= 1 << int(rng.integers(8))
            yield f"flip-{number:02d}.{kind.lower()}", bytes(data)


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Pictures that are something else as well."""
    tails = {
        "zip": b"PK\3\4" + bytes(26) + b"PK\5\6" + bytes(18),
        "html": b"<html><script>alert(1)</script></html>",
        "js": b"\n/*`*/=1;alert(1)//",
    }
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        for name, tail in tails.items():
            yield f"tail-{name}.{kind.lower()}", encoded(scene(), kind) + tail
    yield "html-first.jpg", b"<html>" + encoded(scene(), "JPEG")
    yield "script-comment.jpg", encoded(scene(), "JPEG", comment=b"*/alert(1)/*")


def carriers() -> Iterator[tuple[str, bytes]]:
    """The canary in every place that a format has for metadata, and behind the end of what has an end."""
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        yield f"canary.{kind.lower()}", carrier(kind)


def turned_carrier(orientation: int) -> bytes:
    """The upright scene as a camera stores it under an EXIF orientation 1..8, without loss, with every canary."""
    how = _STORED[orientation]
    return carrier("PNG", scene() if how is None else scene().transpose(how), orientation)


def carrier(kind: str, image: Image.Image | None = None, orientation: int = 1) -> bytes:
    word = CANARY.decode()
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = exif[0x8298] = exif[0x013B] = word
    exif.get_ifd(0x8825)[29] = word
    options: dict[str, Any] = {"exif": exif, "icc_profile": srgb_profile() + CANARY}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", word, zip=False)
        text.add_itxt("XML:com.adobe.xmp", word)
        options["pnginfo"] = text
    if kind in ("JPEG", "WEBP"):
        options["xmp"] = b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>"
    if kind == "JPEG":
        options["comment"] = CANARY
    data = encoded(image or scene(), kind, **options)
    if kind == "JPEG":
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY) + 5)
        iptc += b"\x1c\x02\x78" + struct.pack(">H", len(CANARY)) + CANARY + b"\0"
        data = data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:]
    return data + (CANARY if kind in ("JPEG", "PNG") else b"")


def odd() -> Iterator[tuple[str, bytes]]:
    """Every mode in every format that can hold it, 16 bits, animations, slivers and the smallest pictures."""
    for mode in MODES:
        image = in_mode(scene(), mode)
        for kind in FORMATS:
            try:
                yield f"mode-{mode.replace(';', '')}.{kind.lower()}", encoded(image, kind)
            except (OSError, KeyError, ValueError):
                continue  # this format has no such mode
    yield "deep.png", deep_png()
    yield "adobe-cmyk.jpg", encoded(in_mode(scene(), "CMYK"), "JPEG")
    frames = [scene(600, 600, seed) for seed in range(3)]
    for kind in ("PNG", "WEBP", "GIF"):
        yield f"animated.{kind.lower()}", encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    for size in ((1, 1), (1, 4_000), (4_000, 1), (500, 29_000), (640, 512)):
        plain = Image.new("RGB", size, "white")
        yield f"size-{size[0]}x{size[1]}.png", encoded(plain, "PNG")
        yield f"size-{size[0]}x{size[1]}.jpg", encoded(plain, "JPEG")
    noise = np.random.default_rng(1).integers(0, 256, (600, 700, 4), dtype=np.uint8)
    yield "noise.png", encoded(Image.fromarray(noise), "PNG")
    yield "clear.png", encoded(Image.new("RGBA", (640, 640), (0, 0, 0, 0)), "PNG")
    yield "broken-icc.jpg", encoded(scene(), "JPEG", icc_profile=b"no profile")
    yield "broken-exif.jpg", encoded(scene(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode in ("I;16", "I", "F"):
        grey = np.asarray(image.convert("L"))
        return Image.fromarray(grey.astype({"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]) * 257)
    if mode == "LAB":
        steps = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        lab = ImageCms.applyTransform(image, ImageCms.buildTransform(*steps, "RGB", "LAB"))
        assert lab is not None
        lab.info.clear()  # its profile carries the date
        return lab
    if mode == "PA":
        return image.convert("P").convert("PA")
    return image.convert(mode)


def deep_png() -> bytes:
    """16 bits in each of three channels."""
    rows = np.asarray(scene()).astype(">u2") * 257
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png(640, 512, idat=zlib.compress(lines), depth=16)


@cache
def hostile_pictures(seed: int) -> dict[str, bytes]:
    """All of them by name."""
    makers = (oversized(), bombs(), cut_and_flipped(seed), polyglots(), carriers(), odd())
    return {name: data for maker in makers for name, data in maker}
