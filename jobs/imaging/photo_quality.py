"""Judges whether a shelf photograph can be analysed, and names what is wrong with it.

It looks at sharpness, exposure, glare, tilt and size, never at what is on the shelf, and never changes the picture. The
limits lie between 35 real shelf photographs, none of which is flagged, and the same ones blurred, darkened,
overexposed, turned and reduced.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

WORK_SIDE, TILT_SIDE = 1024, 800
SMALLEST_SIDE, LOW_SIDE = 64, 320

_BLOCK = 32
_TEXTURED = 12.0  # grey levels of standard deviation above which a block has something to be sharp about
_BLUR_LIMIT, _DETAIL_LIMIT = 0.46, 0.45
_DARK_WHITE, _BLACK_WHITE = 110.0, 32.0
_BRIGHT_SHARE, _WHITE_SHARE = 0.15, 0.85
_CONTRAST, _FLAT = 60.0, 12.0
_GLARE_SHARE = 0.04
_TILT_LIMIT, _TILT_TRUST = 7.0, 0.5
_STRUCTURE, _NO_EDGE = 0.25, 0.93


@dataclass(frozen=True)
class PhotoQuality:
    """`score` 0..1 (1 is faultless); `blur` 0 sharp .. 1 blurred; `exposure` -1 dark .. 0 right .. 1 bright; `glare`
    share of the picture; `tilt` degrees clockwise, 0 when unknown; `resolution` million pixels; `issues` names.
    `readable` is False when there is nothing to analyse at all.
    """

    score: float
    blur: float
    exposure: float
    glare: float
    tilt: float
    resolution: float
    issues: tuple[str, ...]
    readable: bool


@dataclass(frozen=True)
class _Tones:
    black: float
    middle: float
    white: float
    clipped: float


def assess(rgb: U8) -> PhotoQuality:
    """RGB H x W x 3 uint8 sRGB -> its quality.

    issues: `blurred`, `too_dark`, `overexposed`, `low_contrast`, `glare`, `tilted`, `low_resolution`; a picture that
    is black, white, flat, noise or tiny has `no_content` alone and is not readable.
    """
    height, width = rgb.shape[:2]
    grey = cv2.cvtColor(_reduced(rgb, WORK_SIDE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    tones = _tones(grey)
    blur, detail = _perceptual_blur(grey), _detail(grey)
    glare = _glare(grey)
    tilt = _tilt(rgb)
    readable = max(height, width) >= SMALLEST_SIDE and blur < _NO_EDGE and _has_content(grey, tones)
    faults = {
        "blurred": blur > _BLUR_LIMIT or (detail is not None and detail < _DETAIL_LIMIT),
        "too_dark": tones.white < _DARK_WHITE,
        "overexposed": tones.clipped > _BRIGHT_SHARE,
        "low_contrast": tones.white - tones.black < _CONTRAST,
        "glare": glare > _GLARE_SHARE and tones.clipped <= _BRIGHT_SHARE,
        "tilted": abs(tilt) > _TILT_LIMIT,
        "low_resolution": max(height, width) < LOW_SIDE,
    }
    issues = tuple(name for name, found in faults.items() if found) if readable else ("no_content",)
    exposure = _exposure(tones)
    return PhotoQuality(
        score=_score(blur, exposure, glare, tilt, max(height, width), tones) if readable else 0.0,
        blur=round(float(np.clip((blur - 0.25) / 0.5, 0, 1)), 3),
        exposure=round(exposure, 3),
        glare=round(glare, 4),
        tilt=round(tilt, 1),
        resolution=round(height * width / 1e6, 2),
        issues=issues,
        readable=readable,
    )


def _reduced(rgb: U8, longest: int) -> U8:
    """The picture with its longest side at most `longest`, so that every measure has the same scale."""
    height, width = rgb.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return rgb
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tones(grey: F32) -> _Tones:
    black, middle, white = (float(v) for v in np.percentile(grey, (1, 50, 99)))
    return _Tones(black, middle, white, float((grey > 250).mean()))


def _perceptual_blur(grey: F32) -> float:
    """0 sharp .. 1: how little a further blur takes away (Crete et al., The Blur Effect, 2007), in the worse direction.

    The worse direction, so that motion along one axis is seen.
    """
    worst = 0.0
    for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
        own = np.abs(np.diff(grey, axis=axis))
        softer = np.abs(np.diff(cv2.blur(grey, kernel), axis=axis))
        lost = float(np.maximum(own - softer, 0).sum())
        worst = max(worst, 1 - lost / max(float(own.sum()), 1e-6))
    return worst


def _detail(grey: F32) -> float | None:
    """Deviation of the Laplacian over that of the grey levels, in the sharper textured blocks; None without texture.

    The 80th percentile, so that a plain wall around a sharp shelf is no blur; the ratio, so that contrast is no
    sharpness.
    """
    height, width = (side // _BLOCK * _BLOCK for side in grey.shape)
    if not height or not width:
        return None

    def deviation(levels: F32) -> F32:
        blocks = levels[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
        spread: F32 = blocks.std(axis=(1, 3)).ravel()
        return spread

    spread = deviation(grey)
    textured = spread > _TEXTURED
    if not textured.any():
        return None
    edges = deviation(np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32))
    return float(np.percentile((edges / np.maximum(spread, 1))[textured], 80))


def _glare(grey: F32) -> float:
    """Share of the picture in burnt-out patches that are more than thin lines or letters."""
    thick = max(3, round(max(grey.shape) * 0.012)) | 1
    burnt = (grey > 250).astype(np.uint8)
    return float(cv2.morphologyEx(burnt, cv2.MORPH_OPEN, np.ones((thick, thick), np.uint8)).mean())


def _tilt(rgb: U8) -> float:
    """Degrees clockwise by which the lines of the picture are turned from upright; 0 when they do not agree.

    Line segments (LSD, Grompone von Gioi et al., 2012), weighted by length, folded to one quarter turn.
    """
    grey = cv2.cvtColor(_reduced(rgb, TILT_SIDE), cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return 0.0
    ends = np.asarray(found, np.float32).reshape(-1, 4)
    steps = ends[:, 2:] - ends[:, :2]
    length = np.hypot(steps[:, 0], steps[:, 1])
    angle = (np.degrees(np.arctan2(steps[:, 1], steps[:, 0])) + 45) % 90 - 45
    used = (length > 0.05 * max(grey.shape)) & (np.abs(angle) < 35)
    if not used.any():
        return 0.0
    votes, _ = np.histogram(angle[used], np.arange(-35, 35.1, 0.5), weights=length[used] ** 1.5)
    smooth = cv2.GaussianBlur(votes.reshape(1, -1), (0, 0), 2.0).ravel()
    peak = int(smooth.argmax())
    trust = smooth[max(0, peak - 4) : peak + 5].sum() / smooth.sum()
    return float(-34.75 + 0.5 * peak) if trust >= _TILT_TRUST else 0.0


def _has_content(grey: F32, tones: _Tones) -> bool:
    """Not black, not white, not flat, and not noise: a real picture keeps most of its contrast when it is softened."""
    spread = float(grey.std())
    if tones.white < _BLACK_WHITE or tones.clipped > _WHITE_SHARE or spread < 2 or tones.white - tones.black < _FLAT:
        return False
    return float(cv2.GaussianBlur(grey, (0, 0), 4).std()) / spread > _STRUCTURE


def _exposure(tones: _Tones) -> float:
    if tones.white < 200:
        return max(-1.0, (tones.white - 200) / 170)
    return min(1.0, max(0.0, (tones.clipped - 0.03) / 0.4))


def _score(blur: float, exposure: float, glare: float, tilt: float, longest: int, tones: _Tones) -> float:
    """The product of how well each measure does; each falls to about 0.5 where its issue begins."""
    parts = (
        1 - np.clip((blur - 0.33) / 0.26, 0, 1),
        1 - np.clip(abs(exposure) * 1.2, 0, 1),
        1 - np.clip(glare / (2 * _GLARE_SHARE), 0, 1),
        1 - np.clip((abs(tilt) - 2) / 20, 0, 1),
        np.clip(longest / 640, 0.3, 1),
        np.clip((tones.white - tones.black) / (2 * _CONTRAST), 0, 1),
    )
    return round(float(np.prod(parts)), 3)
