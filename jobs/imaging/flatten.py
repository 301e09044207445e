"""Puts a picture with transparency on a plain ground, in linear light. Never keeps an alpha channel."""

import numpy as np

from jobs.imaging.colour import U8, from_linear, to_linear

_STRIP_ROWS = 512


def flatten(rgb: U8, alpha: U8, ground: tuple[int, int, int]) -> U8:
    """H x W x 3 uint8 sRGB + straight alpha H x W uint8 → H x W x 3 uint8 sRGB on `ground` (sRGB).

    Opaque pixels and clear pixels come out exactly as they are; only the soft edge is mixed, float32, strip by strip.
    """
    out = rgb.copy()
    colour = np.array(ground, np.uint8)
    light = to_linear(colour)
    for y in range(0, rgb.shape[0], _STRIP_ROWS):
        cover = alpha[y : y + _STRIP_ROWS]
        part = out[y : y + _STRIP_ROWS]
        part[cover == 0] = colour
        soft = (cover > 0) & (cover < 255)
        if soft.any():
            weight = cover[soft].astype(np.float32)[:, None] * np.float32(1 / 255)
            part[soft] = from_linear(to_linear(part[soft]) * weight + light * (np.float32(1) - weight))
    return out
