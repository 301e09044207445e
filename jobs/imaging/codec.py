"""The only door that decodes: limits first, then one full decode to upright 8-bit sRGB with its alpha apart.

Never trusts a name or a declared type, never decodes a pixel before the limits, never accepts a cut file and never
follows more than the first frame. Memory and time are bounded by the caller's process limits; a decoder that hits
them becomes `ResourceLimitExceeded`. Not for several threads at once: Pillow's pixel limit and the warning filters,
which a decode sets, belong to the process.
"""

import io
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import ExifTags, Image

from jobs.imaging import faults
from jobs.imaging.colour import U8, to_srgb
from jobs.imaging.header import OTHER_PICTURE, Header, sniff, too_many_pieces, too_many_scans, webp_canvas
from jobs.imaging.native import jpeg_quality, native_pixels, upright

PRINT_FORMATS = frozenset({"JPEG", "PNG", "WEBP", "TIFF"})
STUDIO_FORMATS = PRINT_FORMATS | {"GIF", "BMP", "AVIF"}

# libjpeg-turbo's notes about pixels it had to invent; its other notes (stray bytes, odd headers) harm nothing.
_LOST_PIXELS = ("bad huffman", "premature end of data segment", "bad rst", "restart marker", "arithmetic-coded")
# WebP's decoder has one message for damage and for want of memory; it asks for 8 bytes a pixel, and 32 MB are there.
_WEBP_SURELY_FITS = 4_000_000
_NO_MEMORY = ("could not create decoder object", "out of memory", "insufficient memory", "cannot allocate",
              "memory allocation", "decoder error -9")  # fmt: skip


@dataclass(frozen=True)
class DecodeLimits:
    """What a decode may cost: encoded bytes, pixels, sides in pixels, and the accepted formats (Pillow's names)."""

    formats: frozenset[str] = PRINT_FORMATS
    max_bytes: int = 50_000_000
    max_pixels: int = 100_000_000
    max_side: int = 30_000
    min_side: int = 1


@dataclass(frozen=True)
class PictureFacts:
    """What the source was. `width` and `height` are upright pixels; `dpi` as stated by the file, if usable.

    `jpeg_quality` is estimated from the luminance table, None for other formats. `warnings` are codes:
    first_frame_only, icc_ignored, cmyk_without_profile, jpeg_repaired, range_scaled.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int
    frames: int
    encoded_bytes: int
    had_icc: bool
    dpi: tuple[float, float] | None
    jpeg_quality: int | None
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class Picture:
    """`rgb`: H x W x 3 uint8 sRGB, upright, contiguous. `alpha`: H x W uint8 straight (255 = opaque), or None."""

    rgb: U8
    alpha: U8 | None
    facts: PictureFacts


def probe(source: bytes | Path, limits: DecodeLimits | None = None) -> Header:
    """Read the header under the limits, decoding nothing. Raises the faults of `decode` that need no pixels."""
    limits = limits or DecodeLimits(formats=STUDIO_FORMATS)
    with _faults(), _opened(_bytes(source, limits), limits) as image:
        return _header(image)


def decode(source: bytes | Path, limits: DecodeLimits) -> Picture:
    """Decode one picture whole.

    Raises SourceEmpty, FileTooLarge, NotAnImage, UnsupportedFormat, ImageTooLarge, ImageTooSmall, CorruptImage,
    ResourceLimitExceeded; nothing else.
    """
    data = _bytes(source, limits)
    with _faults(), _opened(data, limits) as image:
        header = _header(image)
        icc = image.info.get("icc_profile") or None
        dpi = _dpi(image)
        quality = jpeg_quality(getattr(image, "quantization", {})) if header.format == "JPEG" else None
        pixels, alpha, mode, notes = _pixels(data, image, header)
        if header.frames > 1:
            notes = (*notes, "first_frame_only")
        rgb, colour_notes = to_srgb(pixels, mode, icc)
        del pixels
        turn = 1 if header.format == "TIFF" else header.orientation  # Pillow turns TIFFs itself while loading
        rgb = upright(rgb, turn)
        alpha = None if alpha is None else upright(alpha, turn)
    facts = PictureFacts(
        header.format, rgb.shape[1], rgb.shape[0], header.mode, header.orientation, header.frames, len(data),
        icc is not None, dpi, quality, notes + colour_notes,
    )  # fmt: skip
    return Picture(rgb, alpha, facts)


def _bytes(source: bytes | Path, limits: DecodeLimits) -> bytes:
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise faults.SourceEmpty
    if size > limits.max_bytes:
        raise faults.FileTooLarge
    return source.read_bytes() if isinstance(source, Path) else source


class _faults:
    """Turns whatever a decoder throws at a hostile file into one of our faults; MemoryError in any dress too."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, faults.ImagingFault) or not isinstance(error, Exception):
            return
        if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
            raise faults.ImageTooLarge from error
        if isinstance(error, MemoryError) or any(text in str(error).lower() for text in _NO_MEMORY):
            raise faults.ResourceLimitExceeded from error
        raise faults.CorruptImage from error


class _opened:
    """Pillow's lazily opened image of an accepted format, its size within the limits."""

    def __init__(self, data: bytes, limits: DecodeLimits) -> None:
        self._data = data
        self._limits = limits
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> Image.Image:
        name = sniff(self._data)
        if name is None:
            raise faults.NotAnImage
        if name == OTHER_PICTURE or name not in self._limits.formats:
            raise faults.UnsupportedFormat
        if name == "WEBP":
            self._check_webp()
        if (name == "JPEG" and too_many_scans(self._data)) or (name == "TIFF" and too_many_pieces(self._data)):
            raise faults.CorruptImage("The image is stored in far more parts than any program writes.")
        Image.MAX_IMAGE_PIXELS = self._limits.max_pixels
        self._quiet.__enter__()
        try:
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            self._image = self._open(name)
            self._check(*self._image.size)
        except BaseException:
            self._quiet.__exit__(None, None, None)
            raise
        return self._image

    def __exit__(self, *_: object) -> None:
        self._image.close()
        self._quiet.__exit__(None, None, None)

    def _open(self, name: str) -> Image.Image:
        try:
            return Image.open(io.BytesIO(self._data), formats=[name])
        except OSError as error:
            canvas = webp_canvas(self._data) if name == "WEBP" else None
            if canvas is not None and canvas[0] * canvas[1] < _WEBP_SURELY_FITS:
                raise faults.CorruptImage from error
            raise

    def _check_webp(self) -> None:
        canvas = webp_canvas(self._data)
        if canvas is None:
            raise faults.CorruptImage
        self._check(*canvas)

    def _check(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise faults.CorruptImage
        limits = self._limits
        if max(width, height) > limits.max_side or width * height > limits.max_pixels:
            allowed = f"{limits.max_pixels / 1e6:g} megapixels and {limits.max_side} pixels a side"
            raise faults.ImageTooLarge(f"The image has {width} x {height} pixels; at most {allowed} are allowed.")
        if min(width, height) < limits.min_side:
            wanted = f"the shorter side must have {limits.min_side}"
            raise faults.ImageTooSmall(f"The image has {width} x {height} pixels; {wanted}.")


def _header(image: Image.Image) -> Header:
    name = "JPEG" if image.format in ("JPEG", "MPO") else str(image.format)
    return Header(name, *image.size, image.mode, _orientation(image), _frames(image))


def _orientation(image: Image.Image) -> int:
    """1..8. A broken EXIF block is no reason to refuse a picture, and no reader would turn it either."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  Pillow's EXIF reader throws many kinds at broken blocks
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _frames(image: Image.Image) -> int:
    """From the header alone: counting the frames of a GIF or the pages of a TIFF would walk the whole file."""
    if image.format == "TIFF":
        return 2 if getattr(getattr(image, "tag_v2", None), "next", 0) else 1
    if image.format == "GIF":
        return 2 if getattr(image, "is_animated", False) else 1
    if image.format == "MPO":
        return 1
    return int(getattr(image, "n_frames", 1))


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    value = image.info.get("dpi")
    try:
        x, y = (float(v) for v in value)  # type: ignore[union-attr]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return (x, y) if 1 <= x <= 10_000 and 1 <= y <= 10_000 else None


def _pixels(data: bytes, image: Image.Image, header: Header) -> tuple[U8, U8 | None, str, tuple[str, ...]]:
    """(native uint8 pixels, alpha, mode of the pixels, warnings). Plain JPEGs go straight into one array."""
    if header.format == "JPEG" and image.mode in ("RGB", "L"):
        space = "RGB" if image.mode == "RGB" else "GRAY"
        try:
            pixels = simplejpeg.decode_jpeg(data, colorspace=space)
            if pixels.shape[:2] == (header.height, header.width):
                return np.squeeze(pixels, 2) if space == "GRAY" else pixels, None, image.mode, ()
        except ValueError as error:
            if any(text in str(error).lower() for text in _LOST_PIXELS):
                raise
        return (*native_pixels(image)[:3], ("jpeg_repaired",))
    return native_pixels(image)
