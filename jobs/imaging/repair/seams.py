"""Joins copied pieces so that no step of light is left between them, in the gradient domain.

Never changes a pixel outside the hole and never decides what is copied.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_STEPS = 90
_ENOUGH = 1e-4


def join(start: F32, hole: Mask, across: F32, down: F32, hold: float) -> F32:
    """The picture whose steps in the hole are the given ones: float32 H x W x C.

    Minimises Σ |f(p) − f(q) − step(p, q)|² + hold · |f − start|² over the hole by conjugate gradients (Pérez et al.,
    Poisson Image Editing, 2003, screened). `across`: float32 H x (W−1) x C, wanted f(x+1) − f(x); `down`: the same in
    y, (H−1) x W x C.
    """
    gap = hole[:, :, None].astype(np.float32)
    link_x = np.maximum(gap[:, 1:], gap[:, :-1])
    link_y = np.maximum(gap[1:], gap[:-1])

    def applied(f: F32) -> F32:
        out = np.float32(hold) * f
        step = (f[:, 1:] - f[:, :-1]) * link_x
        out[:, 1:] += step
        out[:, :-1] -= step
        step = (f[1:] - f[:-1]) * link_y
        out[1:] += step
        out[:-1] -= step
        return np.asarray(out * gap, np.float32)

    wanted = _pull(start, across, down, link_x, link_y) * gap
    return start + _solved(applied, np.asarray(wanted, np.float32))


def _pull(start: F32, across: F32, down: F32, link_x: F32, link_y: F32) -> F32:
    """Minus the gradient of the sum at `start`."""
    out = np.zeros_like(start)
    step = (across - (start[:, 1:] - start[:, :-1])) * link_x
    out[:, 1:] += step
    out[:, :-1] -= step
    step = (down - (start[1:] - start[:-1])) * link_y
    out[1:] += step
    out[:-1] -= step
    return out


def _solved(applied: Callable[[F32], F32], wanted: F32) -> F32:
    """Conjugate gradients from zero."""
    x = np.zeros_like(wanted)
    rest, way = wanted.copy(), wanted.copy()
    power = first = float((rest * rest).sum())
    for _ in range(_STEPS):
        if power <= _ENOUGH * _ENOUGH * max(first, 1e-12):
            break
        ahead = applied(way)
        length = power / max(float((way * ahead).sum()), 1e-20)
        x += np.float32(length) * way
        rest -= np.float32(length) * ahead
        fresh = float((rest * rest).sum())
        way = rest + np.float32(fresh / power) * way
        power = fresh
    return x
