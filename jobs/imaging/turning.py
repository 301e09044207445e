"""Turns a cut-out in its plane, edges clean. Never moves it and never scales it."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.matting import box_of

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]


def turned(foreground: U8, alpha: F32, box: Box, angle: float) -> tuple[U8, F32, Box, float]:
    """The cut-out turned by `angle` degrees counter-clockwise: RGB uint8 sRGB, alpha float32, its box, how many times
    as long the box's longest side is. Resampled premultiplied in linear light: no edge takes on a hidden colour."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    size = math.ceil(wide * cos + high * sin) + 4, math.ceil(wide * sin + high * cos) + 4
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    matrix[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    part = alpha[y0:y1, x0:x1]
    layer = np.dstack([to_linear(np.ascontiguousarray(foreground[y0:y1, x0:x1])) * part[:, :, None], part])
    layer = np.clip(cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_CUBIC), 0, 1).astype(np.float32)
    cover = np.ascontiguousarray(layer[:, :, 3])
    colour = from_linear(np.asarray(layer[:, :, :3] / np.maximum(cover, np.float32(1e-4))[:, :, None], np.float32))
    found = box_of(cover, 0.1) or (0, 0, *size)
    growth = max(found[2] - found[0], found[3] - found[1]) / max(wide, high)
    return colour, cover, found, growth
