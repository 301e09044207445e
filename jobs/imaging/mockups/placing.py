"""Where a design lies on an object's print sheet, and the sampling of it into the object's picture.

Never lights anything. Sheet coordinates: u to the right, v down, 0..1; lengths in units by the sheet's size.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from jobs.imaging.colour import F32
from jobs.imaging.mockups.artwork import Artwork, printable
from jobs.imaging.mockups.objects import View

FITS = ("contain", "cover", "stretch", "tile")


@dataclass(frozen=True)
class Placement:
    """`area`: a rectangle of the sheet by name. `scale`: share of the size that the fit gives (of a tile: of the area's
    width). `rotation`: degrees clockwise. `dx`, `dy`: offsets in half areas, -1..1, to the right and down."""

    area: str = "front"
    fit: str = "contain"
    scale: float = 1.0
    rotation: float = 0.0
    dx: float = 0.0
    dy: float = 0.0


@dataclass(frozen=True)
class Laid:
    """A design seen on the object: `pixels` float32 H x W x 4 linear, times alpha; `ink` H x W; the artwork as it was
    sampled (shrunk to the picture's own resolution), the maps that sampled it, and where in the picture it lies."""

    pixels: F32
    ink: F32
    artwork: Artwork
    columns: F32
    rows: F32
    tiled: bool
    angle: float


def density(view: View) -> float:
    """Pixels per unit on the sheet, the median over what is seen of it."""
    sheet = cv2.GaussianBlur(view.sheet, (0, 0), 1.5) * np.asarray(view.sheet_size, np.float32)
    dx, dy = np.gradient(sheet, axis=1), np.gradient(sheet, axis=0)
    size = np.abs(dx[..., 0] * dy[..., 1] - dx[..., 1] * dy[..., 0])
    seen = size[view.cover > 0.9]
    return 1.0 / max(float(np.sqrt(np.median(seen))), 1e-6) if seen.size else view.unit


def extent(view: View, placement: Placement, ratio: float) -> tuple[float, float]:
    """Width and height in units that the design takes."""
    u0, v0, u1, v1 = view.areas[placement.area]
    wide, high = (u1 - u0) * view.sheet_size[0], (v1 - v0) * view.sheet_size[1]
    if placement.fit == "stretch":
        return wide * placement.scale, high * placement.scale
    if placement.fit == "tile":
        return wide * placement.scale, wide * placement.scale / ratio
    inside, around = min(wide, high * ratio), max(wide, high * ratio)
    width = (around if placement.fit == "cover" else inside) * placement.scale
    return width, width / ratio


def lay(view: View, artwork: Artwork, placement: Placement) -> Laid:
    """Sample the design through the view's sheet; cover, stretch and tile end at the area's edge."""
    wide, high = extent(view, placement, artwork.ratio)
    artwork = printable(artwork, wide * density(view) * 1.15)
    rows, columns = artwork.pixels.shape[:2]
    across, down = design_coordinates(view, placement, wide, high)
    x, y = (across * columns - 0.5).astype(np.float32), (down * rows - 0.5).astype(np.float32)
    tiled = placement.fit == "tile"
    pixels, ink = sample(artwork.pixels, x, y, tiled), sample(artwork.ink, x, y, tiled)
    seen = view.cover * clipped(view, placement) if placement.fit != "contain" else view.cover
    pixels *= seen[..., None]
    return Laid(pixels, ink * seen, artwork, x, y, tiled, placement.rotation)


def design_coordinates(view: View, placement: Placement, wide: float, high: float) -> tuple[F32, F32]:
    """For every pixel the place in the design, 0..1 inside it."""
    u0, v0, u1, v1 = view.areas[placement.area]
    sheet_wide, sheet_high = view.sheet_size
    middle = ((u0 + u1) / 2 + placement.dx * (u1 - u0) / 2, (v0 + v1) / 2 + placement.dy * (v1 - v0) / 2)
    x = (view.sheet[..., 0] - np.float32(middle[0])) * np.float32(sheet_wide)
    y = (view.sheet[..., 1] - np.float32(middle[1])) * np.float32(sheet_high)
    turn = np.deg2rad(placement.rotation)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    across, down = (x * cos + y * sin) / np.float32(wide), (y * cos - x * sin) / np.float32(high)
    return np.asarray(across + np.float32(0.5), np.float32), np.asarray(down + np.float32(0.5), np.float32)


def sample(plate: F32, x: F32, y: F32, tiled: bool) -> F32:
    """Cubic sampling; outside is clear, or the next tile."""
    border = cv2.BORDER_WRAP if tiled else cv2.BORDER_CONSTANT
    if tiled:
        x, y = np.mod(x, plate.shape[1]).astype(np.float32), np.mod(y, plate.shape[0]).astype(np.float32)
    out = cv2.remap(plate, x, y, cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(np.clip(out, 0, 1), np.float32)


def clipped(view: View, placement: Placement) -> F32:
    """1 inside the placement's area, a soft pixel at its edge, 0 outside."""
    u0, v0, u1, v1 = view.areas[placement.area]
    out = np.ones(view.cover.shape, np.float32)
    for axis, low, high in ((0, u0, u1), (1, v0, v1)):
        step = 1.0 / (density(view) * view.sheet_size[axis])
        place = view.sheet[..., axis]
        if low > 0.001:
            out *= np.clip((place - low) / step + 0.5, 0, 1)
        if high < 0.999:
            out *= np.clip((high - place) / step + 0.5, 0, 1)
    return out


def pattern_placement(view: View, placement: Placement) -> Placement:
    """A pattern runs over the whole sheet in tiles; `scale` is then a tile's share of the sheet's longer side."""
    wide, high = view.sheet_size
    return replace(placement, area="wrap", fit="tile", scale=placement.scale * max(1.0, high / wide))
