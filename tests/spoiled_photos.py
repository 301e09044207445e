"""Ways to spoil a shelf photograph, by the issue that the quality gate must name. Never changes its argument."""

from __future__ import annotations

import cv2
import numpy as np


def blurred(rgb: np.ndarray, share: float) -> np.ndarray:
    return cv2.GaussianBlur(rgb, (0, 0), share * max(rgb.shape[:2]))


def glaring(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    spot = np.zeros((height, width), np.float32)
    cv2.circle(spot, (width // 2, height // 2), round(0.18 * max(height, width)), 1.0, -1)
    spot = cv2.GaussianBlur(spot, (0, 0), 0.02 * width)[:, :, None]
    return (rgb * (1 - spot) + 255 * spot).astype(np.uint8)


def reduced(rgb: np.ndarray, longest: int) -> np.ndarray:
    scale = longest / max(rgb.shape[:2])
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


SPOILED = {
    "blurred": lambda rgb: blurred(rgb, 0.003),
    "too_dark": lambda rgb: (rgb * 0.3).astype(np.uint8),
    "overexposed": lambda rgb: np.clip(rgb.astype(np.float32) * 2.5, 0, 255).astype(np.uint8),
    "low_contrast": lambda rgb: (rgb * 0.12 + 120).astype(np.uint8),
    "glare": glaring,
    "low_resolution": lambda rgb: reduced(rgb, 200),
}
