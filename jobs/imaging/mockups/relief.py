"""What a raised or sunken surface does to light: shading by its slope, its shadow, its gloss, and a studio to mirror.

Linear light, float32, in the picture's own pixels; normals in the camera's axes (x right, y up, z towards the eye).
Never knows designs or objects.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from jobs.imaging.colour import F32

Vector = tuple[float, float, float]
_SCATTER = 0.25  # light that reaches a slope from everywhere


def tilted(normal: F32, height: F32, strength: float) -> F32:
    """Normals after a height field (pixels, H x W) is added to the surface."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) * np.float32(0.125 * strength)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) * np.float32(0.125 * strength)
    out = normal.copy()
    out[..., 0] -= across
    out[..., 1] += down
    return unit(out)


def unit(vectors: F32) -> F32:
    """Vectors (…, 3) of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-4), np.float32)


def facing(normal: F32, towards: Vector) -> F32:
    """Cosine to a light, 0 where it is turned away."""
    return np.maximum(normal @ np.asarray(towards, np.float32), 0)


def reshaded(before: F32, after: F32, to_light: Mapping[str, Vector]) -> dict[str, F32]:
    """By light group the factor that a change of normals makes to the light received, 0..2.2."""
    return {
        group: np.clip((facing(after, way) + _SCATTER) / (facing(before, way) + _SCATTER), 0, 2.2)
        for group, way in to_light.items()
    }


def hollow(height: F32, reach: float) -> F32:
    """Share of the light from everywhere that is left in hollows (1 = open); `height` and `reach` in pixels."""
    depth = cv2.GaussianBlur(height, (0, 0), max(reach, 0.6)) - height
    return np.asarray(np.clip(1 - 0.55 * np.maximum(depth, 0) / max(reach, 0.6) * 2.2, 0.35, 1), np.float32)


def cast(mask: F32, towards: Vector, length: float, softness: float) -> F32:
    """How much of a light a raised mask blocks beside itself, 0..1; `length` and `softness` in pixels."""
    size = max(float(np.hypot(towards[0], towards[1])), 1e-3)
    dx, dy = -towards[0] / size * length, towards[1] / size * length
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(np.maximum(moved, mask), (0, 0), max(softness, 0.5))
    return np.asarray(np.clip(soft - mask, 0, 1), np.float32)


def mirrored_studio(normal: F32, to_light: Mapping[str, Vector], gains: Mapping[str, float], unit_px: float) -> F32:
    """Light that a smooth metal with these normals shows: soft boxes where the lights are, a ceiling, dark flags.

    The eye is as near as a photographer's (three units), so that even a flat sheet shows a gradient. H x W.
    """
    rows, columns = normal.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    reach = 3.2 * unit_px
    eye = unit(np.stack([(columns / 2 - x) / reach, (y - rows / 2) / reach, np.ones_like(x)], -1))
    along = np.sum(normal * eye, -1, keepdims=True)
    ray = 2 * along * normal - eye
    sky = gains.get("sky", 1.0)
    light = 0.10 * sky + 0.42 * sky * np.clip(ray[..., 1] * 0.9 + 0.28, 0, 1.2) ** 1.5
    for group, wide, strength in (("key", 0.52, 1.35), ("fill", 0.34, 0.6), ("rim", 0.25, 0.8)):
        if group in to_light:
            near = 1 - ray @ np.asarray(to_light[group], np.float32)
            light = light + gains.get(group, 1.0) * strength * np.exp(-((near / wide) ** 2))
    bands = 0.5 + 0.5 * np.sin(ray[..., 0] * 6.5 + ray[..., 1] * 3.1 + 0.6)
    return np.asarray(light * (0.62 + 0.62 * bands), np.float32)


def glint(normal: F32, towards: Vector, sharpness: float) -> F32:
    """Blinn's highlight of one light, 0..1."""
    half = np.asarray(towards, np.float32) + np.array([0, 0, 1], np.float32)
    half /= max(float(np.linalg.norm(half)), 1e-4)
    return np.asarray(np.clip(normal @ half, 0, 1) ** sharpness, np.float32)


def unrest(shape: tuple[int, int], scale: float, seed: int) -> F32:
    """Smooth random heights of about -1..1 whose bumps are `scale` pixels wide; the same for the same seed."""
    chance = np.random.default_rng(seed)
    small = (max(3, int(shape[0] / max(scale, 1)) + 2), max(3, int(shape[1] / max(scale, 1)) + 2))
    field = chance.standard_normal(small).astype(np.float32)
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
