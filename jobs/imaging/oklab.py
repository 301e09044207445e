"""OKLab, the colour space in which palettes are found and tints are chosen: equal steps look equal.

Björn Ottosson, "A perceptual color space for image processing" (2020); matrices as published there. Never clips colours
on the way in.
"""

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
_FROM_LMS = np.linalg.inv(_TO_LMS).T.astype(np.float32)
_FROM_LAB = np.linalg.inv(_TO_LAB).T.astype(np.float32)


def to_oklab(light: F32) -> F32:
    """Linear sRGB, float32 … x 3 (1 = white) -> OKLab, float32 … x 3: L 0..1, a and b about ±0.4."""
    return np.asarray(np.cbrt(light @ _TO_LMS.T.astype(np.float32)) @ _TO_LAB.T.astype(np.float32), np.float32)


def from_oklab(lab: F32) -> F32:
    """OKLab -> linear sRGB, float32 … x 3; colours that sRGB does not have come out below 0 or above 1."""
    return np.asarray((lab @ _FROM_LAB) ** 3 @ _FROM_LMS, np.float32)
