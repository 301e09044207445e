"""How sharp a thing is in its picture, and a product brought to the same sharpness.

Never sharpens.
"""

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_FINE, _COARSE = 0.7, 2.2
_MOST = 2.6
_BLURS = (0.0, 0.5, 0.8, 1.1, 1.5, 2.0, _MOST)


def sharpness_of(light: F32, where: Mask) -> float | None:
    """0 (blurred) .. 1: the slope of the steepest edges at a fine scale over that at a coarse one; None without edges.

    `light`: float32 H x W x 3, linear; `where`: bool H x W. The scales are pixels, so pictures are compared at the size
    at which they will be seen.
    """
    level = np.cbrt(np.maximum(light @ _LUMINANCE, 0))
    inner = cv2.erode(where.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if int(inner.sum()) < 200:
        return None
    fine, coarse = _slope(level, _FINE), _slope(level, _COARSE)
    edges = inner & (coarse >= np.percentile(coarse[inner], 96))
    strong = float(coarse[edges].mean())
    if strong < 0.004:
        return None
    return float(np.clip(fine[edges].mean() / strong / 2.6, 0, 1))


def _slope(level: F32, sigma: float) -> F32:
    soft = cv2.GaussianBlur(level, (0, 0), sigma)
    return np.asarray(cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)), np.float32)


def softened(product: F32, cover: F32, wanted: float) -> tuple[F32, F32]:
    """Premultiplied linear colour h x w x 3 and alpha h x w, blurred by as little as makes them no sharper than
    `wanted`; at most 2.6 pixels."""
    solid = cover > 0.97
    straight = np.asarray(product / np.maximum(cover, np.float32(1e-4))[:, :, None], np.float32)
    for blur in _BLURS:
        soft = straight if blur == 0 else np.asarray(cv2.GaussianBlur(straight, (0, 0), blur), np.float32)
        now = sharpness_of(soft, solid)
        if now is None or now <= wanted + 0.04 or blur == _MOST:
            break
    if blur == 0 or now is None:
        return product, cover
    return (
        np.asarray(cv2.GaussianBlur(product, (0, 0), blur), np.float32),
        np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.6 * blur), np.float32),
    )
