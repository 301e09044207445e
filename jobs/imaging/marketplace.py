"""The marketplaces' rules for a product's main picture, as data, and a check of a finished picture against them.

Never cuts anything out and never encodes: sizes, fill, background and file rules in; findings out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from jobs.imaging.canvas import Box, Look, Rgb, compose, output_size

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

WHITE: Rgb = (255, 255, 255)
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Preset:
    """What one marketplace asks for. `canvas`: (width, height) per resolution label, empty when the request's own size
    counts. `fill`: longest side of the product's box over the frame side. `subsampling`: JPEG chroma. `lit_shadow`:
    the shadow drawn when light is to be optimised. `least_fill`: what the marketplace itself demands, 0 for nothing."""

    name: str
    aspect_ratio: str
    canvas: Mapping[str, tuple[int, int]]
    background: Rgb | None
    fill: float | None
    format: str
    quality: int
    subsampling: str = "444"
    max_bytes: int = 20 * _MEGABYTE
    lit_shadow: str = "none"
    least_fill: float = 0.0


def _sides(one: int, two: int, four: int) -> Mapping[str, tuple[int, int]]:
    return MappingProxyType({"1K": (one, one), "2K": (two, two), "4K": (four, four)})


_ETSY = MappingProxyType({"1K": (2700, 2025), "2K": (2700, 2025), "4K": (4800, 3584)})

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("amazon", "1:1", _sides(1024, 2048, 4096), WHITE, 0.88, "JPEG", 92, max_bytes=10 * _MEGABYTE,
                   least_fill=0.85),
            Preset("shopify", "1:1", _sides(2048, 2048, 4096), WHITE, 0.80, "JPEG", 90),
            Preset("etsy", "4:3", _ETSY, WHITE, 0.75, "JPEG", 92, lit_shadow="contact"),
            Preset("ebay", "1:1", _sides(1600, 1600, 1600), WHITE, 0.85, "JPEG", 92, max_bytes=12 * _MEGABYTE),
            Preset("walmart", "1:1", _sides(2000, 2000, 2000), WHITE, 0.88, "JPEG", 92, max_bytes=5 * _MEGABYTE),
            Preset("tiktok", "1:1", _sides(1200, 2048, 4096), WHITE, 0.80, "JPEG", 92, max_bytes=5 * _MEGABYTE),
            Preset("google", "1:1", _sides(1500, 2048, 4096), WHITE, 0.82, "JPEG", 92, max_bytes=16 * _MEGABYTE),
            Preset("none", "", MappingProxyType({}), None, None, "PNG", 0),
        )
    }
)


@dataclass(frozen=True)
class Finding:
    """One rule that a finished picture breaks: a stable code and a sentence."""

    code: str
    text: str


def canvas_size(preset: Preset, resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """(width, height) of the finished picture: the preset's own, or the request's. KeyError for unknown labels."""
    return preset.canvas[resolution] if preset.canvas else output_size(resolution, aspect_ratio)


def effective_ratio(preset: Preset, aspect_ratio: str) -> str:
    """The aspect ratio that the result states: a marketplace's rule wins over the request."""
    return preset.aspect_ratio or aspect_ratio


def look_for(preset: Preset, optimise_lighting: bool = False) -> Look:
    """The preset's look; change single wishes with `dataclasses.replace`."""
    shadow = preset.lit_shadow if optimise_lighting else "none"
    return Look(fill=preset.fill, background=preset.background, shadow=shadow)


def listing(
    foreground: U8, alpha: F32, box: Box, preset: Preset, resolution: str, aspect_ratio: str, look: Look | None = None
) -> U8:
    """The finished canvas for a preset: uint8 sRGB, exactly `canvas_size` pixels; see `canvas.compose` for the arrays.

    A marketplace with a white rule keeps its white whatever the look says.
    """
    wanted = look or look_for(preset)
    if preset.background is not None:
        wanted = replace(wanted, background=preset.background)
    return compose(foreground, alpha, box, canvas_size(preset, resolution, aspect_ratio), wanted)


def inspect_listing(canvas: U8, preset: Preset, resolution: str = "1K") -> list[Finding]:
    """Which of the preset's rules a finished canvas breaks (empty: none).

    `canvas`: uint8 H x W x 3, as it is or decoded again from its JPEG. Checked: pixels of the canvas, mode, corners
    and border exactly white, product clear of the border, fill. Product: what is over 8 levels from white.
    """
    findings: list[Finding] = []
    if canvas.ndim != 3 or canvas.shape[2] != 3 or canvas.dtype != np.uint8:
        return [Finding("mode", "The picture is not 8-bit RGB.")]
    height, width = canvas.shape[:2]
    if preset.canvas and (width, height) != preset.canvas.get(resolution):
        findings.append(Finding("size", f"The picture is {width} x {height}."))
    if preset.background != WHITE:
        return findings
    border = np.concatenate([canvas[0], canvas[-1], canvas[:, 0], canvas[:, -1]])
    if int(border.min()) < 255:
        findings.append(Finding("border", f"The border is not pure white (lowest value {int(border.min())})."))
    product = canvas.min(axis=2) < 247
    columns, rows = np.flatnonzero(product.any(axis=0)), np.flatnonzero(product.any(axis=1))
    if rows.size == 0:
        return [*findings, Finding("empty", "There is no product in the picture.")]
    if columns[0] == 0 or rows[0] == 0 or columns[-1] == width - 1 or rows[-1] == height - 1:
        findings.append(Finding("cropped", "The product touches the border."))
    fill = max((columns[-1] - columns[0] + 1) / width, (rows[-1] - rows[0] + 1) / height)
    if fill < preset.least_fill:
        findings.append(Finding("fill", f"The product fills {fill:.0%} of the frame."))
    return findings
