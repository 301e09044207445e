"""Dresses a mock-up object: colour, design and effect in the object's own baked light -> a cut-out.

Never reads words and never knows a stage. pixel = gloss + albedo * body, summed over the light groups in linear light.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.mockups import relief
from jobs.imaging.mockups.artwork import Artwork
from jobs.imaging.mockups.effects import METALS, Press, Surface, apply_effect
from jobs.imaging.mockups.objects import GROUPS, Facts, View
from jobs.imaging.mockups.placing import Laid, Placement, design_coordinates, extent, lay, pattern_placement, sample

Rgb = tuple[float, float, float]
NEUTRAL: Mapping[str, Rgb] = {group: (1.0, 1.0, 1.0) for group in GROUPS}
_DIE_BORDER = 0.035  # of the design's longer side
_PEEL = 0.74  # how far from the middle, along x + y in units, the peeled corner of the sticker's sheet lies
_SHOULDER = 0.82


@dataclass(frozen=True)
class Finish:
    """How the body's own surface differs from its baked one: `gloss` factor on what it mirrors; `metal`: a metal's
    name when it mirrors in its colour."""

    gloss: float = 1.0
    metal: str | None = None


@dataclass(frozen=True)
class Look:
    """Everything about a dressed object. `colour`: linear albedo of the body; `gains`: light groups' linear colours;
    `pattern`: the design covers the whole sheet in tiles; `foil`: the metal of a foil."""

    colour: Rgb
    placement: Placement = Placement()
    effect: str = "print"
    blend: str = "normal"
    pattern: bool = False
    gains: Mapping[str, Rgb] = field(default_factory=lambda: NEUTRAL)
    finish: Finish = Finish()
    foil: str = "gold"
    seed: int = 0


@dataclass(frozen=True)
class Dressed:
    """A cut-out: `foreground` uint8 H x W x 3 sRGB, straight; `alpha` float32 H x W; `box` x0, y0, x1, y1."""

    foreground: U8
    alpha: F32
    box: tuple[int, int, int, int]


def dress(facts: Facts, view: View, artwork: Artwork | None, look: Look) -> Dressed:
    """The object in its colour with the design on it, as a photograph's cut-out. The view gives the size."""
    view = balanced(view, look)
    albedo = ground_colours(facts, view, look.colour)
    surface, alpha = Surface(albedo, {}), view.alpha
    if artwork is not None:
        placement = pattern_placement(view, look.placement) if look.pattern else look.placement
        if facts.word == "sticker":
            view, alpha, placement = die_cut(view, artwork, placement)
        laid = lay(view, artwork, placement)
        press = Press(
            {group: float(np.mean(gain)) for group, gain in look.gains.items()}, look.foil, look.blend, look.seed
        )
        surface = apply_effect(look.effect, albedo, laid, view, press)
    light = lit(view, surface, look)
    return Dressed(from_linear(shouldered(light)), alpha, box_of(alpha))


def balanced(view: View, look: Look) -> View:
    """The view under a change of gloss."""
    if look.finish.gloss == 1.0:
        return view
    return replace(view, bare={group: plate * np.float32(look.finish.gloss) for group, plate in view.bare.items()})


def ground_colours(facts: Facts, view: View, colour: Rgb) -> F32:
    """Albedo before any design: the body's colour, the unprinted sheet's stock, the fixed parts' own colours."""
    albedo = np.empty((*view.alpha.shape, 3), np.float32)
    albedo[:] = np.asarray(colour, np.float32)
    if facts.stock is not None:
        albedo += view.cover[..., None] * (np.asarray(facts.stock, np.float32) - albedo)
    fixed = view.tint if view.tint is not None else np.float32(1.0)
    albedo += view.fixed[..., None] * (fixed - albedo)
    return albedo


def die_cut(view: View, artwork: Artwork, placement: Placement) -> tuple[View, F32, Placement]:
    """A sticker's outline: the motif grown by a border, as it lies on the sheet; the border stays white.

    The motif is moved so that its outline reaches the corner of the sheet that is peeled off the ground.
    """
    placement = replace(placement, fit="contain" if placement.fit == "tile" else placement.fit)
    rows, columns = artwork.pixels.shape[:2]
    step = max(rows, columns) / 700
    size = (max(8, round(columns / step)), max(8, round(rows / step)))
    motif = np.asarray(cv2.resize(artwork.pixels[..., 3], size, interpolation=cv2.INTER_AREA), np.float32)
    pad = 2 * round(700 * _DIE_BORDER)
    solid = outline(motif, pad)
    wide, high = extent(view, placement, artwork.ratio)
    y, x = np.nonzero(solid > 0.5)
    reach = float(((x - pad) / size[0] * wide - wide / 2 + (y - pad) / size[1] * high - high / 2).max())
    slack = min(view.sheet_size) * _PEEL - reach
    placement = replace(placement, dx=placement.dx + slack / 2, dy=placement.dy + slack / 2)
    across, down = design_coordinates(view, placement, wide, high)
    column = np.asarray(across * size[0] + (pad - 0.5), np.float32)
    row = np.asarray(down * size[1] + (pad - 0.5), np.float32)
    alpha = view.alpha * view.cover * sample(solid, column, row, False)
    return view, np.asarray(alpha, np.float32), placement


def outline(motif: F32, pad: int) -> F32:
    """The motif's alpha grown by half of `pad`, holes closed, smooth, in a frame wider by `pad` on each side."""
    grown = cv2.copyMakeBorder((motif > 0.35).astype(np.uint8), pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pad + 1, pad + 1))
    grown = cv2.morphologyEx(cv2.dilate(grown, disc), cv2.MORPH_CLOSE, disc)
    outlines, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = cv2.drawContours(np.zeros(grown.shape, np.float32), outlines, -1, 1.0, cv2.FILLED)
    return np.asarray(np.clip((cv2.GaussianBlur(solid, (0, 0), 5) - 0.5) * 4 + 0.5, 0, 1), np.float32)


def lit(view: View, surface: Surface, look: Look) -> F32:
    """Sum over the light groups, H x W x 3 linear."""
    total = np.zeros((*view.alpha.shape, 3), np.float32)
    body = np.zeros_like(total)
    for group in GROUPS:
        gain = np.asarray(look.gains.get(group, (1.0, 1.0, 1.0)), np.float32)
        plate = view.body[group] * surface.shade[group] if group in surface.shade else view.body[group]
        body += plate[..., None] * gain
        bare = view.bare[group] if surface.gloss is None else view.bare[group] * surface.gloss
        total += bare[..., None] * gain
    if look.finish.metal is not None:
        body = metallic(body, view, look)
    total += surface.albedo * body
    return total if surface.added is None else total + surface.added


def metallic(body: F32, view: View, look: Look) -> F32:
    """What a metal body mirrors, in place of what a matt one scatters; fixed parts and the print stay as they are."""
    gains = {group: float(np.mean(gain)) for group, gain in look.gains.items()}
    shown = relief.mirrored_studio(view.normal, view.to_light, gains, view.unit)[..., None]
    share = (1 - view.fixed)[..., None] * np.float32(0.75)
    return np.asarray(
        body * (1 - share) + share * shown * (0.35 + 0.65 * body / max(float(body.mean()), 1e-3)) * 0.9, np.float32
    )


def metal_colour(name: str) -> Rgb:
    """Linear reflectance of a metal."""
    return METALS.get(name, (0.72, 0.73, 0.74))


def shouldered(light: F32) -> F32:
    """Roll off what exceeds paper white, as film does; in place of hard clipping."""
    over = np.maximum(light - _SHOULDER, 0)
    return np.asarray(
        np.minimum(light, _SHOULDER) + (1 - _SHOULDER) * (1 - np.exp(-over / (1 - _SHOULDER) * 0.8)), np.float32
    )


def box_of(alpha: F32) -> tuple[int, int, int, int]:
    """The visible part, x0, y0, x1, y1."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.04), np.flatnonzero(alpha.max(axis=0) > 0.04)
    if not len(rows):
        return 0, 0, alpha.shape[1], alpha.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def white_share(rgb: U8) -> Rgb:
    """Linear albedo of an sRGB colour (1 x 3 or 3 values)."""
    light = to_linear(np.asarray(rgb, np.uint8).reshape(3))
    return float(light[0]), float(light[1]), float(light[2])


__all__ = ["Dressed", "Finish", "Laid", "Look", "dress", "metal_colour", "white_share"]
