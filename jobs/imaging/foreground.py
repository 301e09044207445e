"""Takes the old background's colour out of a cut-out's edge, so that no halo travels to the new background.

Never changes alpha, and never changes a pixel that is fully opaque.
"""

from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.strips import in_strips

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

_EPS = np.float32(1e-5)
_OPAQUE = np.float32(0.998)
_SURE = 4  # the purer a pixel, the more it says: weights are alpha to this power
_FAR_SIDE = 512  # the wide pass only carries low frequencies, so it runs on a picture of this longest side


def decontaminate(rgb: U8, alpha: F32) -> U8:
    """Foreground colour of every pixel: RGB uint8 H x W x 3 sRGB and alpha float32 H x W 0..1 -> RGB uint8.

    Blur-fusion (Forte, Approximate Fast Foreground Colour Estimation, ICIP 2021): foreground and background are
    spread by normalised blurs (purer pixels count for more than in the paper), then corrected by what the mixture
    leaves unexplained; once wide, once narrow. It works in sRGB values, because cameras and resizers mix the edge
    pixels that we get in those values. Pixels without any foreground near them keep a spread colour, so that later
    resizing stays clean.
    """
    if not (alpha < _OPAQUE).any() or not (alpha > 0).any():
        return rgb.copy()
    height, width = alpha.shape
    scale = min(1.0, _FAR_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(1 / 255)
    small_alpha = np.clip(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), 0, 1)
    spread = _fuse(small, small, small, small_alpha, max(5, round(max(size) * 0.06)))
    radius = max(3, round(max(height, width) / 200))
    rows = np.arange(height, dtype=np.int32)
    step = partial(_narrow, spread=spread, height=height, radius=radius)
    return np.asarray(in_strips(step, (rgb, alpha, rows), 2 * radius + 2), np.uint8)


def _narrow(rgb: U8, alpha: F32, rows: I32, spread: tuple[F32, F32], height: int, radius: int) -> U8:
    """The second pass for some `rows` of a picture of that height, after the wide one's small `spread` colours."""
    picture = rgb.astype(np.float32) * np.float32(1 / 255)
    fore, back = (_enlarged(part, rows, height, rgb.shape[1]) for part in spread)
    sure_fore, sure_back = (alpha**_SURE)[:, :, None], ((1 - alpha) ** _SURE)[:, :, None]
    fore = picture * sure_fore + fore * (1 - sure_fore)
    back = picture * sure_back + back * (1 - sure_back)
    fore, _ = _fuse(picture, fore, back, alpha, radius)
    out: U8 = np.clip(fore * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    opaque = alpha >= _OPAQUE
    out[opaque] = rgb[opaque]
    return out


def _enlarged(small: F32, rows: I32, height: int, width: int) -> F32:
    """Some rows of `small` enlarged to height x width, bilinear with pixel centres kept."""
    if rows.size == height:
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    place = np.clip((rows + 0.5) * (small.shape[0] / height) - 0.5, 0, small.shape[0] - 1)
    upper = place.astype(np.int32)
    share = (place - upper).astype(np.float32)[:, None, None]
    lower = np.minimum(upper + 1, small.shape[0] - 1)
    between = small[upper] * (1 - share) + small[lower] * share
    return np.asarray(cv2.resize(between, (width, rows.size), interpolation=cv2.INTER_LINEAR), np.float32)


def _fuse(picture: F32, fore: F32, back: F32, alpha: F32, radius: int) -> tuple[F32, F32]:
    """One blur-fusion pass: (foreground, spread background), float32 H x W x 3 each."""
    window = (2 * radius + 1, 2 * radius + 1)
    keep = alpha[:, :, None]
    fore_part, back_part = alpha**_SURE, (1 - alpha) ** _SURE
    weight = cv2.blur(fore_part, window)[:, :, None]
    spread_fore = cv2.blur(fore * fore_part[:, :, None], window) / (weight + _EPS)
    spread_back = cv2.blur(back * back_part[:, :, None], window) / (cv2.blur(back_part, window)[:, :, None] + _EPS)
    fused = spread_fore + keep * (picture - keep * spread_fore - (1 - keep) * spread_back)
    lonely = weight < 1e-4
    return np.where(lonely, fore, np.clip(fused, 0, 1)).astype(np.float32), np.clip(spread_back, 0, 1)
