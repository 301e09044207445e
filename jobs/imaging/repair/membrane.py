"""Stretches a smooth surface over a hole: what a wall, a sweep or a sky does where nothing is drawn on it.

Never draws texture or grain, and never changes a pixel outside the hole.
"""

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SMALLEST = 6
_ROUNDS = 14
_LARGEST = 640  # pixels; above this the surface is smooth enough to be enlarged
_FIT_SIDE = 128
_FITS = 5


def stretch(picture: F32, hole: Mask, across: float = 0.5) -> F32:
    """Solve Laplace's equation in the hole: float32 H x W x C and bool H x W -> float32 H x W x C.

    Coarse to fine, a few Jacobi rounds per level. `across`: the share of the horizontal neighbours; 0.5 is isotropic,
    more lets the rows run on, as floors and table edges do.
    """
    height, width = hole.shape
    scale = min(1.0, _LARGEST / max(height, width))
    if scale < 1:
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        small, gap = shrink(picture, hole, size)
        filled = cv2.resize(stretch(small, gap, across), (width, height), interpolation=cv2.INTER_CUBIC)
        return np.where(hole[:, :, None], filled, picture).astype(np.float32)
    if min(height, width) <= _SMALLEST or not hole.any():
        mean = picture[~hole].mean(axis=0) if (~hole).any() else picture.mean(axis=(0, 1))
        start = np.where(hole[:, :, None], mean, picture).astype(np.float32)
    else:
        small, gap = shrink(picture, hole, ((width + 1) // 2, (height + 1) // 2))
        coarse = cv2.resize(stretch(small, gap, across), (width, height), interpolation=cv2.INTER_LINEAR)
        start = np.where(hole[:, :, None], coarse, picture).astype(np.float32)
    return _relaxed(start, hole, across)


def shrink(picture: F32, hole: Mask, size: tuple[int, int]) -> tuple[F32, Mask]:
    """A smaller copy in which only known pixels have a say, and the hole of it: what no known pixel reaches."""
    known = (~hole).astype(np.float32)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(picture * known[:, :, None], size, interpolation=cv2.INTER_AREA)
    small = total / np.maximum(weight, np.float32(1e-6))[:, :, None]
    return np.asarray(small, np.float32), np.asarray(weight < 0.35, np.bool_)


def _relaxed(start: F32, hole: Mask, across: float) -> F32:
    x, y = across / 2, (1 - across) / 2
    kernel = np.array([[0, y, 0], [x, 0, x], [0, y, 0]], np.float32)
    gap = hole[:, :, None]
    now = start
    for _ in range(_ROUNDS):
        now = np.where(gap, cv2.filter2D(now, -1, kernel, borderType=cv2.BORDER_REPLICATE), start)
    return np.asarray(now, np.float32)


def graded(picture: F32, hole: Mask) -> F32:
    """A cubic surface through the surroundings plus a membrane over what it leaves: float32 H x W x C.

    The surface carries the gradient across without a crease at the rim, the membrane closes the small rest.
    """
    even = surface(picture, hole)
    rest = stretch(np.asarray(picture - even, np.float32), hole)
    return np.where(hole[:, :, None], even + rest, picture).astype(np.float32)


def surface(picture: F32, hole: Mask) -> F32:
    """The cubic surface in x and y that fits the known pixels of float32 H x W x C best, of the same shape.

    Robust: what lies far off it (a shadow, a thing) loses its say (Cauchy weights, iterated).
    """
    height, width = hole.shape
    scale = min(1.0, _FIT_SIDE / max(height, width))
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    small, gap = shrink(picture, hole, size)
    terms = _terms(size)
    free = ~gap.reshape(-1)
    wanted, known = small.reshape(-1, small.shape[2]).astype(np.float64)[free], terms[free]
    weight = np.ones(wanted.shape[0])
    ridge = 1e-6 * max(1, wanted.shape[0]) * np.eye(terms.shape[1])
    factors: F64 = np.zeros((terms.shape[1], wanted.shape[1]))
    for _ in range(_FITS):
        normal = known.T @ (known * weight[:, None])
        factors = np.linalg.solve(normal + ridge, known.T @ (wanted * weight[:, None]))
        error = np.abs(wanted - known @ factors).max(axis=1)
        weight = 1 / (1 + (error / max(float(np.median(error)) * 2, 1e-4)) ** 2)
    even = (terms @ factors).astype(np.float32).reshape(size[1], size[0], -1)
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _terms(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The ten monomials of a cubic in x and y over -1..1, (w·h) x 10."""
    across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    x, y = across.reshape(-1), down.reshape(-1)
    return np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)
