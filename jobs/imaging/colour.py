"""Colour: every source becomes 8-bit sRGB here; holds the sRGB profile that outputs carry and the linear-light curves.

Never decodes a file and never guesses a colour space that a profile states.
"""

import io
import struct
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

_STRIP_PIXELS = 4_000_000
_ICC_SPACE_OF_MODE = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}


def to_srgb(pixels: U8, mode: str, icc: bytes | None) -> tuple[U8, tuple[str, ...]]:
    """Convert native pixels to sRGB.

    `pixels`: uint8, H x W (mode L) or H x W x C (RGB, CMYK with 255 = full ink, LAB as Pillow stores it).
    `icc`: the embedded profile or None. Perceptual intent. Returns (H x W x 3 uint8 sRGB, warning codes).
    A broken or mismatching profile is ignored with the warning `icc_ignored`. RGB input may be changed in place.
    """
    warnings: list[str] = []
    transform = None
    if icc:
        try:
            pixels, mode, transform = _transform_for(pixels, mode, icc)
        except (OSError, ValueError, ImageCms.PyCMSError):
            warnings.append("icc_ignored")
    if transform is None and mode == "LAB":
        transform = ImageCms.buildTransform(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB", ImageCms.Intent.PERCEPTUAL
        )
    if transform is not None:
        return _apply(pixels, mode, transform), tuple(warnings)
    if mode == "CMYK":
        warnings.append("cmyk_without_profile")
    return _plain_rgb(pixels, mode), tuple(warnings)


def _transform_for(pixels: U8, mode: str, icc: bytes) -> tuple[U8, str, ImageCms.ImageCmsTransform | None]:
    """The transform for these pixels, or None when the profile is sRGB in effect; raises when it does not fit them."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    space = profile.profile.xcolor_space.strip()
    if mode == "L" and space == "RGB":
        pixels, mode = _plain_rgb(pixels, "L"), "RGB"
    if mode == "RGB" and space == "GRAY" and bool((pixels == pixels[:, :, :1]).all()):
        pixels, mode = np.ascontiguousarray(pixels[:, :, 0]), "L"
    if _ICC_SPACE_OF_MODE.get(mode) != space:
        raise ValueError(f"profile of {space} pixels on a {mode} picture")
    transform = ImageCms.buildTransform(
        profile, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.PERCEPTUAL
    )
    return pixels, mode, None if mode == "RGB" and _is_identity(transform) else transform


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    """True when a 9 x 9 x 9 colour cube comes back within one level: an sRGB profile under any name."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3)
    out = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), transform))
    return bool(np.abs(out.astype(np.int16) - cube).max() <= 1)


def _apply(pixels: U8, mode: str, transform: ImageCms.ImageCmsTransform) -> U8:
    """Run the transform in strips, so that it costs one strip of memory on top of the two pictures."""
    height, width = pixels.shape[:2]
    out = pixels if mode == "RGB" and pixels.flags.writeable else np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for y in range(0, height, rows):
        strip = _image(pixels[y : y + rows], mode)
        out[y : y + rows] = np.asarray(ImageCms.applyTransform(strip, transform))
    return out


def _plain_rgb(pixels: U8, mode: str) -> U8:
    if mode == "RGB":
        return pixels
    if mode == "L":
        return np.repeat(pixels[:, :, None], 3, axis=2)
    height, width = pixels.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for y in range(0, height, rows):
        out[y : y + rows] = np.asarray(_image(pixels[y : y + rows], mode).convert("RGB"))
    return out


def _image(pixels: U8, mode: str) -> Image.Image:
    height, width = pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), np.ascontiguousarray(pixels).tobytes(), "raw", mode, 0, 1)


@cache
def _decode_curve() -> F32:
    level = np.arange(256, dtype=np.float64) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _encode_curve() -> U8:
    light = np.arange(65536, dtype=np.float64) / 65535
    level = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (level * 255 + 0.5).astype(np.uint8)


def to_linear(srgb: U8) -> F32:
    """sRGB uint8 of any shape -> linear light float32 in 0..1 (IEC 61966-2-1)."""
    return _decode_curve()[srgb]


def from_linear(light: F32) -> U8:
    """Linear light float of any shape, clipped to 0..1 -> sRGB uint8 (IEC 61966-2-1), within half a level."""
    return _encode_curve()[(np.clip(light, 0, 1) * 65535 + 0.5).astype(np.uint16)]


@cache
def srgb_profile() -> bytes:
    """A version 2 ICC profile of sRGB, the same bytes every time (about 2.5 KB).

    Primaries are the D50-adapted ones of IEC 61966-2-1 in s15Fixed16; the curve is that of the standard in 1024 steps.
    Version 2 because print shops' older software does not read version 4.
    """
    light = np.linspace(0, 1, 1024)
    curve = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    points = (curve * 65535 + 0.5).astype(">u2").tobytes()
    name = b"sRGB\0"
    tags: dict[bytes, bytes] = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(8 + 3 + 67),
        b"cprt": b"text\0\0\0\0No copyright, use freely\0",
        b"wtpt": _xyz(0xF6D6, 0x10000, 0xD32D),
        b"rXYZ": _xyz(0x6FA2, 0x38F5, 0x0390),
        b"gXYZ": _xyz(0x6299, 0xB785, 0x18DA),
        b"bXYZ": _xyz(0x24A0, 0x0F84, 0xB6CF),
        b"rTRC": b"curv\0\0\0\0" + struct.pack(">I", 1024) + points,
    }
    return _profile_file(tags)


def _xyz(x: int, y: int, z: int) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3I", x, y, z)


def _profile_file(tags: dict[bytes, bytes]) -> bytes:
    """Header, tag table and tag data (ICC.1:2001-04); green and blue share red's curve."""
    count = len(tags) + 2
    offset = 128 + 4 + 12 * count
    table: list[bytes] = []
    body = b""
    for name, data in tags.items():
        entry = struct.pack(">II", offset + len(body), len(data))
        names = (b"rTRC", b"gTRC", b"bTRC") if name == b"rTRC" else (name,)
        table.extend(n + entry for n in names)
        body += data + bytes(-len(data) % 4)
    rest = struct.pack(">I", count) + b"".join(table) + body
    head = struct.pack(">I4sI4s4s4s", 128 + len(rest), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + rest
