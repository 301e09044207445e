"""The picture-quality gate on a made-up shelf: clean it passes, spoiled it is named for what spoils it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from spoiled_photos import SPOILED

from jobs.imaging.photo_quality import assess


def shelf(height: int = 600, width: int = 800) -> np.ndarray:
    """A made-up shelf: straight boards, boxes with letters and price tags, sharp and evenly lit. RGB uint8."""
    rng = np.random.default_rng(5)
    rgb = np.full((height, width, 3), 150, np.uint8)
    for top in range(20, height - 120, 150):
        for left in range(10, width - 70, 80):
            colour = tuple(int(v) for v in rng.integers(40, 220, 3))
            cv2.rectangle(rgb, (left, top), (left + 66, top + 105), colour, -1)
            cv2.putText(
                rgb, "ABC", (left + 5, top + 50), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (250, 250, 250), 2, cv2.LINE_AA
            )
            cv2.putText(rgb, "199", (left + 8, top + 90), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (10, 10, 10), 2, cv2.LINE_AA)
        cv2.rectangle(rgb, (0, top + 108), (width, top + 125), (60, 50, 45), -1)
    return rgb


def turned(rgb: np.ndarray, degrees: float) -> np.ndarray:
    """Turned clockwise about the centre, and only the inner part kept, so that no border is made up."""
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    whole = cv2.warpAffine(rgb, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(whole[height // 5 : -height // 5, width // 5 : -width // 5])


def test_a_clean_shelf_has_no_issue():
    quality = assess(shelf())
    assert quality.issues == () and quality.readable
    assert quality.score > 0.9 and quality.resolution == 0.48


@pytest.mark.parametrize("issue", SPOILED)
def test_what_spoils_a_picture_is_named(issue: str):
    quality = assess(SPOILED[issue](shelf()))
    assert issue in quality.issues and quality.readable
    assert quality.score < 0.75


@pytest.mark.parametrize("degrees", [-20, -12, 12, 20])
def test_tilt_is_measured_in_degrees_clockwise(degrees: int):
    quality = assess(turned(shelf(), degrees))
    assert "tilted" in quality.issues
    assert quality.tilt == pytest.approx(degrees, abs=1)


@pytest.mark.parametrize("degrees", [-3, 0, 3])
def test_a_hand_held_lean_is_no_issue(degrees: int):
    assert "tilted" not in assess(turned(shelf(), degrees)).issues


NOTHING = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "flat": np.full((300, 400, 3), 127, np.uint8),
    "even noise": np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8),
    "camera noise": np.random.default_rng(2).normal(40, 12, (300, 400, 3)).clip(0, 255).astype(np.uint8),
    "gradient": np.tile(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], (300, 1, 3)),
    "one pixel": np.full((1, 1, 3), 9, np.uint8),
    "a line": np.full((2, 900, 3), 9, np.uint8),
    "a stamp": shelf()[:40, :60],
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_picture_of_nothing_is_said_to_be_unreadable(name: str):
    quality = assess(NOTHING[name])
    assert (quality.readable, quality.score, quality.issues) == (False, 0.0, ("no_content",))
