"""Colours of a layout: taken from the client's wishes or the product itself, and made to work together.

Never reads words (a colour's name is read elsewhere) and never looks at a background.
"""

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8
from jobs.imaging.typesetting.contrast import luminance, ratio

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
_NEUTRAL = 0.16  # saturation below which a product is grey


@dataclass(frozen=True)
class Palette:
    """sRGB. `brand`: the leading colour; `accent`: what calls; `dark`, `light`: inks, a breath of the brand in them;
    `tint`: a pale ground, `deep`: a dark ground, both of the brand's hue."""

    brand: Rgb
    accent: Rgb
    dark: Rgb
    light: Rgb
    tint: Rgb
    deep: Rgb


def palette(brand: Rgb, accent: Rgb | None = None) -> Palette:
    """Everything from one or two colours; without an accent the brand itself calls, made strong enough to."""
    hue, _, saturation = _hls(brand)
    grey = saturation < 0.08
    return Palette(
        brand,
        accent or calling(brand),
        _rgb(hue, 0.085, 0.0 if grey else min(0.35, saturation * 0.5)),
        _rgb(hue, 0.985, 0.0 if grey else 0.5),
        _rgb(hue, 0.925, 0.03 if grey else min(0.45, saturation * 0.7)),
        _rgb(hue, 0.15, 0.04 if grey else min(0.5, saturation * 0.75)),
    )


def calling(colour: Rgb) -> Rgb:
    """The colour as a button: neither so pale nor so dull that nobody sees it."""
    hue, light, saturation = _hls(colour)
    if saturation < 0.1:
        return _rgb(hue, 0.13, 0.0)
    light, saturation = min(max(light, 0.34), 0.52), max(saturation, 0.42)
    if ratio(_rgb(hue, light, saturation), WHITE) > 2.6:  # white letters are within reach: go the rest of the way
        while ratio(_rgb(hue, light, saturation), WHITE) < 4.7 and light > 0.2:
            light -= 0.01
    return _rgb(hue, light, saturation)


def paper(colour: Rgb) -> Rgb:
    """The colour as a ground for type: deep enough for white letters, or left pale enough for dark ones."""
    if ratio(colour, (20, 20, 24)) >= 8.5:
        return colour
    hue, light, saturation = _hls(colour)
    while ratio(_rgb(hue, light, saturation), WHITE) < 6.2 and light > 0.1:
        light -= 0.01
    return _rgb(hue, light, saturation)


def on(ground: Rgb, pale: Rgb = WHITE, dark: Rgb = (17, 17, 17)) -> Rgb:
    """The more legible of two inks on a flat ground; pure black or white where those two fall short."""
    best = max((pale, dark), key=lambda ink: ratio(ink, ground))
    if ratio(best, ground) >= 4.5:
        return best
    return max(((255, 255, 255), (0, 0, 0)), key=lambda ink: ratio(ink, ground))


def visible(colour: Rgb, ground: Rgb, least: float, dark: Rgb, light: Rgb) -> Rgb:
    """`colour` moved towards an ink until it stands out from the ground by `least`."""
    if ratio(colour, ground) >= least:
        return colour
    target = light if luminance(ground) < 0.18 else dark
    for share in (0.2, 0.35, 0.5, 0.65, 0.8, 1.0):
        mixed = mix(colour, target, share)
        if ratio(mixed, ground) >= least:
            return mixed
    return target


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Between two colours, in display values."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def companion(colour: Rgb, number: int) -> Rgb:
    """The colour itself for 0, then its complement and its two neighbours; a grey gets warm, cool and green company."""
    if number == 0:
        return colour
    hue, lightness, saturation = _hls(colour)
    if saturation < 0.08:
        return _rgb((0.08, 0.58, 0.36)[(number - 1) % 3], 0.42, 0.4)
    return _rgb((hue + (0.5, 0.11, -0.11)[(number - 1) % 3]) % 1.0, lightness, saturation)


def leading_colour(foreground: U8, alpha: F32) -> Rgb:
    """The colour a product is remembered by: the heaviest saturated hue, or its grey. RGB sRGB and alpha, one size."""
    step = max(1, int(np.sqrt(alpha.size / 60_000)))
    solid = alpha[::step, ::step] > 0.9
    if not solid.any():
        return (70, 70, 74)
    colours = foreground[::step, ::step][solid].reshape(-1, 1, 3)
    hsv = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2HSV_FULL).reshape(-1, 3).astype(np.float32)
    weight = (hsv[:, 1] / 255) ** 1.5 * (hsv[:, 2] / 255)
    if float(weight.mean()) < _NEUTRAL * 0.35:
        grey = int(np.median(colours))
        return grey, grey, min(255, grey + 3)
    histogram = np.bincount((hsv[:, 0] / 8).astype(int) % 32, weight, 32)
    smooth = histogram + 0.6 * (np.roll(histogram, 1) + np.roll(histogram, -1))
    peak = int(np.argmax(smooth))
    near = np.abs((hsv[:, 0] / 8 - peak - 0.5 + 16) % 32 - 16) < 1.6
    chosen = colours.reshape(-1, 3)[near & (weight > np.percentile(weight[near], 50))]
    red, green, blue = (int(part) for part in np.median(chosen if len(chosen) else colours.reshape(-1, 3), axis=0))
    return red, green, blue


def distinct(foreground: U8, alpha: F32, ground: Rgb) -> float:
    """The share 0..1 of a product's outline that a ground sets off from it (more than 20 apart in CIE L*a*b*)."""
    step = max(1, int(np.sqrt(alpha.size / 90_000)))
    solid = (alpha[::step, ::step] > 0.6).astype(np.uint8)
    rim = solid - cv2.erode(solid, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    colours = foreground[::step, ::step][rim > 0].reshape(-1, 1, 3)
    if not len(colours):
        return 1.0
    lab = cv2.cvtColor(colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    own = cv2.cvtColor(np.array([[ground]], np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(3)
    return float((np.linalg.norm(lab - own, axis=1) > 20).mean())


def _hls(colour: Rgb) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(*(part / 255 for part in colour))


def _rgb(hue: float, light: float, saturation: float) -> Rgb:
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def hexed(colour: Rgb) -> str:
    """#rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
