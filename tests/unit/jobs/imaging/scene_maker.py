"""Small synthetic product pictures with exact alpha, and a network that answers what it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]


def disc(size: int = 200, radius: float = 60, hole: float = 0, centre: tuple[float, float] | None = None) -> F32:
    """Anti-aliased alpha of a disc, or of a ring when `hole` is a radius too."""
    cx, cy = centre or (size / 2, size / 2)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    away = np.hypot(x + 0.5 - cx, y + 0.5 - cy)
    alpha = np.clip(radius - away + 0.5, 0, 1)
    if hole:
        alpha *= np.clip(away - hole + 0.5, 0, 1)
    return alpha.astype(np.float32)


def mixed(alpha: F32, fore: tuple[int, int, int], back: tuple[int, int, int] | F32, noise: float = 0.0) -> U8:
    """RGB uint8 of a flat product on a backdrop, mixed in sRGB values, with seeded noise."""
    behind = np.broadcast_to(np.asarray(back, np.float32), (*alpha.shape, 3))
    picture = alpha[:, :, None] * np.float32(fore) + (1 - alpha[:, :, None]) * behind
    picture = picture + np.random.default_rng(7).normal(0, noise, picture.shape) if noise else picture
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def blurred(alpha: F32, sigma: float = 3.0) -> F32:
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.float32)


@dataclass
class _Port:
    name: str


@dataclass
class StubNetwork:
    """A session whose answer is a function of the picture it is fed (1 x 3 x N x N float32 -> N x N)."""

    answer: Callable[[F32], F32]
    fed: list[F32] = field(default_factory=list)

    def get_inputs(self) -> list[_Port]:
        return [_Port("in")]

    def get_outputs(self) -> list[_Port]:
        return [_Port("out"), _Port("side")]

    def run(self, names: Any, feed: Any, /) -> list[F32]:
        assert names == ["out"]
        self.fed.append(feed["in"])
        return [self.answer(feed["in"])[None, None]]


def darker_than(level: float) -> StubNetwork:
    """A network that takes everything darker than `level` (normalised units) for the subject, softly."""
    return StubNetwork(lambda fed: blurred((fed[0].mean(axis=0) < level).astype(np.float32), 1.2))


def always(value: float) -> StubNetwork:
    return StubNetwork(lambda fed: np.full(fed.shape[2:], value, np.float32))
