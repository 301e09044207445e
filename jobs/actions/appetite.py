"""How much memory an action's work takes at its peak, in bytes, from its sources' sizes and its result's.

Measured by action, format, size and resolution with pictures that fill their frame: what work took lies below these
numbers. The networks that a worker keeps open are its own and not counted. Never looks at a picture.
"""

from collections.abc import Sequence

from jobs.admission import BASE_BYTES, BYTES_PER_PIXEL, FACTOR

Sizes = Sequence[tuple[int, int]]  # width and height of each source

MB = 1_000_000
DECODE = BYTES_PER_PIXEL * FACTOR
_SHEET, _SHEET_PIXEL = 80 * MB, 18  # a part of a sheet and the file; WebP with alpha is laid on white
_CLIPART, _CLIPART_PIXEL = 140 * MB, 30
_ENLARGED_PIXEL = 16 * 3  # what a network makes of a source's pixel
_CUT, _CUT_PIXEL = 220 * MB, 56  # a strip in floats, and the masks of a whole picture
_UPSCALED_PIXEL = 10
_READING, _READ_PIXEL = 400 * MB, 20
_RESULT = {"1K": 80 * MB, "2K": 280 * MB, "4K": 1050 * MB}  # a studio canvas in floats, and its file


def pixels(sizes: Sizes) -> int:
    return sum(width * height for width, height in sizes)


def sheet(sizes: Sizes, network_pixels: int) -> int:
    """Print files made a part at a time; networks enlarge sources of up to `network_pixels`."""
    source = pixels(sizes)
    return BASE_BYTES + _SHEET + _SHEET_PIXEL * source + _ENLARGED_PIXEL * min(source, network_pixels)


def clip_art(sizes: Sizes, network_pixels: int, cut: bool) -> int:
    """One PNG of 3600 pixels; `cut`: after a cut-out."""
    source = pixels(sizes)
    grown = _ENLARGED_PIXEL * min(source, network_pixels)
    per_pixel, more = (_CUT_PIXEL, _CUT) if cut else (_CLIPART_PIXEL, 0)
    return BASE_BYTES + _CLIPART + more + per_pixel * source + grown


def upscaled(sizes: Sizes, result: tuple[int, int], network_pixels: int) -> int:
    """The source, what networks made of it, and the `result` (width, height) with its file."""
    source = pixels(sizes)
    grown = _ENLARGED_PIXEL * min(source, network_pixels)
    return BASE_BYTES + DECODE * source + grown + _UPSCALED_PIXEL * result[0] * result[1]


def read(sizes: Sizes) -> int:
    """A photograph and the reduced copy in which text is looked for."""
    return BASE_BYTES + _READING + _READ_PIXEL * pixels(sizes)


def composed(sizes: Sizes, resolution: str, kept_pixel: int = DECODE, canvases: float = 1.0) -> int:
    """A cut-out of each source, one at a time and `kept_pixel` bytes kept of the others, and a picture made of them.

    `canvases`: how many of the result's size are alive at once, in the usual number.
    """
    areas = sorted(width * height for width, height in sizes)
    largest, others = areas[-1], sum(areas[:-1])
    return BASE_BYTES + _CUT + _CUT_PIXEL * largest + kept_pixel * others + int(_RESULT[resolution] * canvases)
