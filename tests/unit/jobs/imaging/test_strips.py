"""Work on a large picture in strips gives what the same work in one piece gives."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from jobs.imaging import strips
from jobs.imaging.edges import decide, follow_edges, unmix
from jobs.imaging.foreground import decontaminate


def pair() -> tuple[np.ndarray, np.ndarray]:
    """A soft-edged, grainy disc on a graded ground, 900 x 700, and its coarse alpha."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:900, 0:700].astype(np.float32)
    alpha = np.clip((300 - np.hypot(x - 350, y - 450)) / 24 + 0.5, 0, 1).astype(np.float32)
    ground = np.stack([200 + y / 30, 190 + x / 20, np.full_like(x, 180)], axis=2)
    colour = np.array([40, 90, 160], np.float32) * alpha[:, :, None] + ground * (1 - alpha[:, :, None])
    rgb = np.clip(colour + rng.normal(0, 3, colour.shape), 0, 255).astype(np.uint8)
    return rgb, cv2.GaussianBlur(alpha, (0, 0), 3)


STEPS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "decide": lambda rgb, alpha: decide(alpha, 3.2),
    "follow": lambda rgb, alpha: follow_edges(rgb, alpha, 3.2),
    "unmix": lambda rgb, alpha: unmix(rgb, alpha, 3.2, None),
    "unmix-backdrop": lambda rgb, alpha: unmix(rgb, alpha, 3.2, np.full(rgb.shape, 200, np.float32)),
    "colour": lambda rgb, alpha: decontaminate(rgb, alpha).astype(np.float32) / 255,
}


@pytest.mark.parametrize("name", STEPS)
def test_strips_give_what_one_piece_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rgb, alpha = pair()
    whole = STEPS[name](rgb, alpha)
    monkeypatch.setattr(strips, "PIXELS", 700 * 128)
    monkeypatch.setattr(strips, "_LEAST_ROWS", 64)
    parts = STEPS[name](rgb, alpha)
    away = np.abs(parts - whole)
    assert parts.dtype == whole.dtype and float(away.max()) < 0.02 and float(away.mean()) < 2e-4
    assert float(np.ptp(whole)) > 0.1  # it did something


def test_a_small_picture_is_done_in_one_piece() -> None:
    sizes: list[int] = []

    def step(picture: np.ndarray) -> np.ndarray:
        sizes.append(picture.shape[0])
        return picture

    strips.in_strips(step, (np.zeros((500, strips.PIXELS // 500)),), 10)
    strips.in_strips(step, (np.zeros((501, strips.PIXELS // 500)),), 11)
    assert sizes == [500, 501, 1 + 12]
