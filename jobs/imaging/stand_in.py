"""A picture that stands for another in a dry run: its proportions and whether it is transparent, none of its pixels.

Never holds anything else of the original, so that trying out gives nothing away.
"""

import cv2
import numpy as np

from jobs.imaging.colour import U8
from jobs.imaging.watermark import Watermark, marked

SIDE = 256
# A sheet of 24 x 36 inches has 240 x 360 pixels at this resolution.
DPI = 10
_TOP, _BOTTOM = 238, 206


def stand_in(width: int, height: int, transparent: bool) -> tuple[U8, U8 | None]:
    """Size in pixels -> (h x w x 3 uint8 grey sRGB with the longest side SIDE and "DRY RUN" on it; h x w alpha of an
    ellipse, or None)."""
    scale = SIDE / max(width, height)
    w, h = max(16, round(width * scale)), max(16, round(height * scale))
    column = np.linspace(_TOP, _BOTTOM, h).astype(np.uint8)
    grey = np.broadcast_to(column[:, None, None], (h, w, 3))
    rgb = marked(np.ascontiguousarray(grey), Watermark("DRY RUN", 0.8, "center"))
    if not transparent:
        return rgb, None
    alpha = np.zeros((h, w), np.uint8)
    cv2.ellipse(alpha, (w // 2, h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return rgb, alpha
