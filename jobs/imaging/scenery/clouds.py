"""Random fields with the look of nature: clouds, wisps, soft discs of light. From a generator that is handed in.

Never knows what it is used for.
"""

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Size = tuple[int, int]


def clouds(size: Size, rng: np.random.Generator, scale: float, octaves: int = 4, stretch: float = 1.0) -> F32:
    """Fractal noise 0..1 about 0.5 (float32, height x width for a (width, height) size); `scale`: size of its largest
    shapes in shares of the height, `stretch`: how much longer they are sideways."""
    width, height = size
    field = np.zeros((height, width), np.float32)
    weight = total = 1.0
    for octave in range(octaves):
        cell = max(scale * height / 2**octave, 2.0)
        grid = rng.random((int(height / cell) + 4, int(width / (cell * stretch)) + 4), np.float32)
        grown = (max(width, round(grid.shape[1] * cell * stretch)), max(height, round(grid.shape[0] * cell)))
        field += weight * cv2.resize(grid, grown, interpolation=cv2.INTER_CUBIC)[:height, :width]
        total += weight if octave else 0.0
        weight *= 0.5
    return np.asarray(np.clip(0.5 + (field / total - 0.5) * 1.7, 0, 1), np.float32)


def wisps(size: Size, rng: np.random.Generator, scale: float) -> F32:
    """Smoke: noise whose places are themselves displaced by noise, drawn into ridges; float32 0..1."""
    small = (max(16, size[0] // 2), max(16, size[1] // 2))
    pull = 0.55 * scale * small[1]
    x, y = np.meshgrid(np.arange(small[0], dtype=np.float32), np.arange(small[1], dtype=np.float32))
    across, down = clouds(small, rng, scale * 1.5, 3), clouds(small, rng, scale * 1.5, 3)
    base = clouds(small, rng, scale, 5, 0.7)
    moved = cv2.remap(
        base,
        x + (across - 0.5) * 2 * pull,
        y + (down - 0.5) * 2 * pull,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    ridge = 1 - np.abs(2 * moved - 1)
    drawn = np.clip((0.55 * moved + 0.65 * ridge**2.2 - 0.38) * 1.6, 0, 1)
    return np.asarray(cv2.resize(drawn.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32).clip(0, 1)


def disc(radius: float, feather: float, ring: float = 0.0) -> F32:
    """A round spot of light (float32, odd square): edge `feather` pixels soft, its rim brighter by `ring`."""
    reach = int(np.ceil(radius + 2 * feather)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    away = np.hypot(x, y)
    body = 1 / (1 + np.exp(np.clip((away - radius) / max(feather * 0.5, 0.25), -30, 30)))
    if ring:
        body *= 1 + ring * np.clip(away / max(radius, 1e-3), 0, 1) ** 6
    return np.asarray(body, np.float32)


def stamp(field: F32, spot: F32, x: float, y: float, strength: float) -> None:
    """Add a spot to a field (float32 H x W) around (x, y), in place; what falls outside is cut off."""
    reach = spot.shape[0] // 2
    left, top = round(x) - reach, round(y) - reach
    y0, y1 = max(0, top), min(field.shape[0], top + spot.shape[0])
    x0, x1 = max(0, left), min(field.shape[1], left + spot.shape[1])
    if y1 > y0 and x1 > x0:
        field[y0:y1, x0:x1] += strength * spot[y0 - top : y1 - top, x0 - left : x1 - left]
