"""Print files at exact sizes: five ratios for wall art, one sheet for a poster; cropped around the subject.

Never stretches, never holds more than one finished file, and never invents pixels by itself: enlarging beyond cubic
interpolation is the caller's `enlarge`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jobs.imaging import encode
from jobs.imaging.bands import fitted, resampled_jpeg
from jobs.imaging.colour import U8
from jobs.imaging.saliency import Box, saliency_map, salient_crop

Orientation = Literal["auto", "portrait", "landscape"]
Enlarge = Callable[[U8], U8]

QUALITY = 92
SUBSAMPLING = "444"
# Under this enlargement cubic interpolation is as good as a network; above it a given `enlarge` goes first.
ENLARGE_FROM = 1.5
# A picture this little wider than high is square to the eye, and square pictures print upright.
_SQUARE = 1.02


@dataclass(frozen=True)
class PrintSize:
    """A sheet, upright: `name` for people, `slug` for file names, sides in inches or millimetres."""

    name: str
    slug: str
    width: float
    height: float
    unit: Literal["in", "mm"] = "in"

    def pixels(self, dpi: int = encode.PRINT_DPI, bleed_in: float = 0.0) -> tuple[int, int]:
        """(width, height) in whole pixels, to the nearest; `bleed_in` inches are added on each of the four sides."""
        per_unit = dpi if self.unit == "in" else dpi / 25.4
        return round(self.width * per_unit + 2 * bleed_in * dpi), round(self.height * per_unit + 2 * bleed_in * dpi)


WALL_ART: tuple[PrintSize, ...] = (
    PrintSize("2:3", "2x3", 24, 36),
    PrintSize("3:4", "3x4", 18, 24),
    PrintSize("4:5", "4x5", 24, 30),
    PrintSize("11:14", "11x14", 11, 14),
    PrintSize("ISO A1", "iso-a1", 594, 841, "mm"),
)
POSTERS: dict[str, PrintSize] = {
    size.slug: size
    for size in (
        PrintSize("24×36 in", "24x36", 24, 36),
        PrintSize("12×18 in", "12x18", 12, 18),
        PrintSize("16×24 in", "16x24", 16, 24),
        PrintSize("18×24 in", "18x24", 18, 24),
        PrintSize("20×30 in", "20x30", 20, 30),
        PrintSize("A1", "a1", 594, 841, "mm"),
        PrintSize("A2", "a2", 420, 594, "mm"),
        PrintSize("A3", "a3", 297, 420, "mm"),
    )
}


@dataclass(frozen=True)
class PrintFile:
    """One encoded JPEG. `source_dpi`: how many real source pixels an inch of the print holds, before any enlarging.

    `method`: "area" (reduced), "cubic", "enlarge+cubic" or "enlarge+area". `crop` is in pixels of the source.
    """

    size: PrintSize
    width: int
    height: int
    dpi: int
    method: str
    source_dpi: float
    crop: Box
    data: bytes


def print_files(
    rgb: U8,
    sizes: Sequence[PrintSize] = WALL_ART,
    *,
    orientation: Orientation = "auto",
    bleed_in: float = 0.0,
    dpi: int = encode.PRINT_DPI,
    enlarge: Enlarge | None = None,
) -> Iterator[PrintFile]:
    """H x W x 3 uint8 sRGB -> one PrintFile a size, in the given order, one at a time.

    No sheet ever lies in memory whole (see `bands`): the cost is the source, a part of a sheet and one file.
    `enlarge` takes and returns H x W x 3 uint8; it is called once, and only when some sheet needs 1.5 times the source.
    """
    sheets = [(size, *_turned(size.pixels(dpi, bleed_in), rgb, orientation)) for size in sizes]
    if not sheets:
        return
    weights = saliency_map(rgb)
    height, width = rgb.shape[:2]
    crops = [salient_crop(width, height, w / h, weights) for _, w, h in sheets]
    source = rgb
    most = max(w / crop.width for (_, w, _), crop in zip(sheets, crops, strict=True))
    if enlarge is not None and most > ENLARGE_FROM:
        source = enlarge(rgb)
    for (size, w, h), crop in zip(sheets, crops, strict=True):
        box = fitted(_mapped(crop, rgb, source, w / h), w, h, SUBSAMPLING)
        window = source[box.y : box.y + box.height, box.x : box.x + box.width]
        method = ("" if source is rgb else "enlarge+") + ("area" if h < box.height else "cubic")
        data = resampled_jpeg(window, w, h, QUALITY, SUBSAMPLING, dpi)
        shown = box if source is rgb else crop
        yield PrintFile(size, w, h, dpi, method, round(dpi * crop.width / w, 1), shown, data)


def poster(
    rgb: U8,
    size: str = "24x36",
    *,
    orientation: Orientation = "auto",
    bleed_in: float = 0.0,
    dpi: int = encode.PRINT_DPI,
    enlarge: Enlarge | None = None,
) -> PrintFile:
    """One sheet by its name in POSTERS (KeyError for others), `bleed_in` inches wider on each side."""
    sheets = [POSTERS[size]]
    return next(print_files(rgb, sheets, orientation=orientation, bleed_in=bleed_in, dpi=dpi, enlarge=enlarge))


def _turned(pixels: tuple[int, int], rgb: U8, orientation: Orientation) -> tuple[int, int]:
    height, width = rgb.shape[:2]
    landscape = width > height * _SQUARE if orientation == "auto" else orientation == "landscape"
    return (pixels[1], pixels[0]) if landscape else pixels


def _mapped(crop: Box, rgb: U8, source: U8, ratio: float) -> Box:
    """The same window in the enlarged picture, to its finer pixels."""
    if source is rgb:
        return crop
    height, width = source.shape[:2]
    scale_x, scale_y = width / rgb.shape[1], height / rgb.shape[0]
    if crop.width < rgb.shape[1]:
        size = (min(width, round(height * ratio)), height)
    else:
        size = (width, min(height, round(width / ratio)))
    x = min(round(crop.x * scale_x), width - size[0])
    y = min(round(crop.y * scale_y), height - size[1])
    return Box(x, y, *size)
