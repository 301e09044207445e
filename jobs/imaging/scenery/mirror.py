"""The product's mirror image in glossy ground: laid down column by column from where it touches, blurred with distance.

Never decides how glossy a ground is: the stage's reflection plate says so.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

REACH = 0.9  # of the item's height that is mirrored


def foot_line(alpha: F32) -> F32:
    """Row (float32 per column) around which each column is mirrored: its lowest visible pixel where that is near the
    ground, else the lowest row of all; smoothed."""
    rows, columns = alpha.shape
    filled = alpha > 0.5
    lowest = np.where(filled.any(axis=0), rows - np.argmax(filled[::-1], axis=0), 0).astype(np.float32)
    low = float(lowest.max())
    line = np.where(lowest > low - 0.07 * max(rows, columns), lowest, low)
    return np.asarray(
        cv2.GaussianBlur(line[None, :].astype(np.float32), (max(3, columns // 24) | 1, 1), 0)[0], np.float32
    )


@dataclass(frozen=True)
class Image:
    """A mirror image: `light` premultiplied float32 h x w x 3, `cover` h x w, its corner relative to the item's box."""

    light: F32
    cover: F32
    left: int
    top: int


def mirrored(light: F32, alpha: F32, roughness: float) -> Image:
    """The image below an item. `light`, `alpha`: the item at canvas size.

    Blur grows with the distance from the ground by `roughness`, and so does the fade.
    """
    rows, columns = alpha.shape
    line = foot_line(alpha)
    start = int(line.min())
    reach = max(4, int(REACH * rows) + rows - start)
    pad = max(4, columns // 8, int(1.5 * roughness * rows))
    x, y = np.meshgrid(np.arange(-pad, columns + pad, dtype=np.float32), np.arange(reach, dtype=np.float32) + start)
    base = np.concatenate([np.full(pad, line[0]), line, np.full(pad, line[-1])]).astype(np.float32)[None, :]
    source = 2 * base - y - 1
    source = np.where(y >= base - 1, source, -9).astype(np.float32)
    laid = cv2.remap(
        np.dstack([light * alpha[:, :, None], alpha]), x, source, cv2.INTER_LINEAR, borderValue=(0, 0, 0, 0)
    )
    away = np.clip((y - base) / rows, 0, 1)
    out = np.zeros_like(laid)
    total = np.zeros(away.shape, np.float32)
    for place, spread in ((0.0, 0.02), (0.08, 0.08), (0.25, 0.22), (0.6, 0.5)):
        weight = np.exp(-((away - place) ** 2) / (2 * max(place * 0.5, 0.04) ** 2)) + 1e-6
        sigma = max(0.6, roughness * spread * rows)
        out += cv2.GaussianBlur(laid, (0, 0), sigma, sigmaY=sigma * 1.4) * weight[:, :, None]
        total += weight
    out /= total[:, :, None]
    out *= np.exp(-away / max(0.75 - 1.6 * roughness, 0.12))[:, :, None]
    return Image(np.ascontiguousarray(out[:, :, :3]), np.ascontiguousarray(out[:, :, 3]), -pad, start)


def lay(canvas: F32, strength: F32, image: Image, at: tuple[int, int]) -> None:
    """Mirror an item in the canvas, in place. `strength`: float32 H x W share mirrored; `at`: the box's (x, y)."""
    x, y = at[0] + image.left, at[1] + image.top
    rows, columns = image.cover.shape
    y0, y1, x0, x1 = max(0, y), min(canvas.shape[0], y + rows), max(0, x), min(canvas.shape[1], x + columns)
    if y1 <= y0 or x1 <= x0:
        return
    part = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    share = strength[y0:y1, x0:x1, None]
    canvas[y0:y1, x0:x1] *= 1 - share * image.cover[part][:, :, None]
    canvas[y0:y1, x0:x1] += share * image.light[part]
