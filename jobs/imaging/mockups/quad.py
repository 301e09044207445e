"""Four corners in a picture: read from numbers, ordered, made into a homography, filled with a design.

Never looks at what the picture shows. Corners clockwise from the top left; pixels, x right and y down, edges at 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import F32
from jobs.imaging.mockups.artwork import Artwork, printable
from jobs.imaging.mockups.placing import Laid, Placement, sample

F64 = npt.NDArray[np.float64]


def read_quad(numbers: Sequence[float], size: tuple[int, int]) -> F64:
    """Corners (4 x 2) in pixels of a picture of `size` (width, height); numbers of 0..1.5 are shares of it.

    ValueError when they are not eight finite numbers or the corners do not form a convex quadrangle.
    """
    corners = np.asarray(numbers, np.float64)
    if corners.shape != (8,) or not np.isfinite(corners).all():
        raise ValueError("a quad has eight numbers")
    corners = corners.reshape(4, 2)
    if float(np.abs(corners).max()) <= 1.5:
        corners = corners * np.asarray(size, np.float64)
    around = np.roll(corners, -1, axis=0) - corners
    following = np.roll(around, -1, axis=0)
    turns = around[:, 0] * following[:, 1] - around[:, 1] * following[:, 0]
    if not (turns > 1e-6).all():
        raise ValueError("the corners are not clockwise around a convex area")
    return corners


def homography(corners: F64) -> F64:
    """3 x 3, unit square (x right, y down) -> picture; exact at the corners."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    rows = []
    for (u, v), (x, y) in zip(square, corners, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
    solved = np.linalg.solve(np.asarray(rows), corners.reshape(-1))
    return np.append(solved, 1.0).reshape(3, 3)


def scaled_quad(corners: F64, size: tuple[int, int], other: tuple[int, int]) -> F64:
    """Corners of a picture in the same picture at another size."""
    return np.asarray(corners * np.array([other[0] / size[0], other[1] / size[1]]), np.float64)


def sides(corners: F64) -> tuple[float, float]:
    """Mean width and height in pixels."""
    length = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(length[0] + length[2]) / 2, float(length[1] + length[3]) / 2


def design_in_quad(corners: F64, ratio: float, placement: Placement) -> F64:
    """3 x 3, design square -> picture, by the placement's fit, scale, rotation and offsets inside the quad."""
    wide, high = sides(corners)
    if placement.fit == "stretch":
        size = np.array([wide, high]) * placement.scale
    elif placement.fit == "tile":
        size = np.array([wide, wide / ratio]) * placement.scale
    else:
        pick = max if placement.fit == "cover" else min
        width = pick(wide, high * ratio) * placement.scale
        size = np.array([width, width / ratio])
    turn = np.deg2rad(placement.rotation)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = np.diag(1 / np.array([wide, high])) @ rotate @ np.diag(size)
    middle = np.array([0.5 + placement.dx / 2, 0.5 + placement.dy / 2])
    inner = np.eye(3)
    inner[:2, :2], inner[:2, 2] = linear, middle - linear @ np.array([0.5, 0.5])
    return homography(corners) @ inner


@dataclass(frozen=True)
class Filled:
    """A design in its place: as Laid has it, over the region `box` (x0, y0, x1, y1) of the picture."""

    laid: Laid
    box: tuple[int, int, int, int]


def fill_quad(
    artwork: Artwork, corners: F64, placement: Placement, size: tuple[int, int], shift: F32 | None = None
) -> Filled | None:
    """The design in the quad of a picture of `size`, None when nothing of it lies inside.

    `shift`: H x W x 2 pixels by which the design is displaced, None for none. Cover, stretch and tiles end at the quad.
    """
    matrix = design_in_quad(corners, artwork.ratio, placement)
    artwork = printable(artwork, float(max(sides_of(matrix))) * 1.25)
    box = region(corners if placement.fit != "contain" else projected(matrix), size, 12)
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return None
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32) + np.float32(0.5)
    if shift is not None:
        x, y = x + shift[y0:y1, x0:x1, 0], y + shift[y0:y1, x0:x1, 1]
    u, v = through(inverse(matrix), x, y)
    rows, columns = artwork.pixels.shape[:2]
    tiled = placement.fit == "tile"
    u, v = (u * columns - 0.5).astype(np.float32), (v * rows - 0.5).astype(np.float32)
    pixels, ink = sample(artwork.pixels, u, v, tiled), sample(artwork.ink, u, v, tiled)
    if placement.fit != "contain":
        inside = covered(corners, x, y)
        pixels, ink = pixels * inside[..., None], ink * inside
    return Filled(Laid(pixels, ink, artwork, u, v, tiled, lean(matrix)), box)


def covered(corners: F64, x: F32, y: F32) -> F32:
    """1 inside the quad, a soft pixel at its edge, 0 outside."""
    s, t = through(inverse(homography(corners)), x, y)
    wide, high = sides(corners)
    edge = np.clip(np.minimum(s, 1 - s) * wide + 0.5, 0, 1) * np.clip(np.minimum(t, 1 - t) * high + 0.5, 0, 1)
    return np.asarray(edge, np.float32)


def lean(matrix: F64) -> float:
    """How far the design is turned in the picture, degrees clockwise."""
    corners = projected(matrix)
    across = corners[1] - corners[0] + corners[2] - corners[3]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def inverse(matrix: F64) -> F64:
    """The homography back."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def through(matrix: F64, x: F32, y: F32) -> tuple[F32, F32]:
    """Points moved by a homography."""
    m = matrix.astype(np.float32)
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w


def projected(matrix: F64) -> F64:
    """The unit square's corners under a homography."""
    points = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], np.float64) @ matrix.T
    return np.asarray(points[:, :2] / points[:, 2:], np.float64)


def sides_of(matrix: F64) -> tuple[float, float]:
    return sides(projected(matrix))


def region(corners: F64, size: tuple[int, int], margin: int) -> tuple[int, int, int, int]:
    """The corners' box with a margin, inside the picture."""
    low, high = np.floor(corners.min(axis=0)) - margin, np.ceil(corners.max(axis=0)) + margin
    x0, y0 = (int(max(0, value)) for value in low)
    return x0, y0, int(min(size[0], high[0])), int(min(size[1], high[1]))
