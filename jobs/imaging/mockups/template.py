"""Puts a design on the caller's own template: into a quad, bent by the surface, lit by the template's own light.

Never moves the template's pixels and leaves everything outside the design as it was. Linear light, float32.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.mockups.artwork import Artwork
from jobs.imaging.mockups.effects import Press, apply_effect
from jobs.imaging.mockups.objects import View
from jobs.imaging.mockups.placing import Laid, Placement
from jobs.imaging.mockups.quad import F64, fill_quad, sides

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Application:
    """How a design goes onto a template. `corners`: 4 x 2 pixels; `displacement` 0..1: how far folds bend it;
    `preserve_colors`: the design keeps its hues on a coloured ground (only light and shade go through);
    `blend`: multiply (ink), normal (a sticker with soft shading), overlay (contrast of the ground shows more)."""

    corners: F64
    placement: Placement = Placement()
    displacement: float = 0.3
    preserve_colors: bool = True
    blend: str = "multiply"


def apply_design(
    template: U8, artwork: Artwork, plan: Application, mask: F32 | None = None, effect: str = "print"
) -> U8:
    """The template (H x W x 3 sRGB) with the design on it; `mask` float32 H x W 0..1 keeps it off where it is 0."""
    rows, columns = template.shape[:2]
    light = template_light(template)
    shift = displaced(light, plan) if plan.displacement > 0 else None
    filled = fill_quad(artwork, plan.corners, plan.placement, (columns, rows), shift)
    if filled is None:
        return template.copy()
    x0, y0, x1, y1 = filled.box
    laid, ground = filled.laid, to_linear(template[y0:y1, x0:x1])
    if mask is not None:
        here = mask[y0:y1, x0:x1]
        laid = replace(laid, pixels=laid.pixels * here[..., None], ink=laid.ink * here)
    part = light[y0:y1, x0:x1]
    printed = inked_ground(ground, laid, part, plan) if effect == "print" else worked(ground, laid, part, effect)
    out = template.copy()
    changed = np.abs(printed - ground).max(axis=2) > 1e-6
    out[y0:y1, x0:x1][changed] = from_linear(printed)[changed]
    return out


def inked_ground(ground: F32, laid: Laid, light: F32, plan: Application) -> F32:
    """The region with the design printed on it."""
    alpha: F32 = np.asarray(laid.pixels[..., 3:], np.float32)
    ink = np.asarray(np.clip(laid.pixels[..., :3] / np.maximum(alpha, 1e-3), 0, 1), np.float32)
    printed = blended(ground, ink, light, alpha, plan)
    return np.asarray(ground + (printed - ground) * alpha, np.float32)


def worked(ground: F32, laid: Laid, light: F32, effect: str) -> F32:
    """The region under an effect of relief or metal: the template counts as a flat surface lit from the upper left.

    Its brightness is the light and its colour the albedo, so that every effect finds what an object would give it.
    """
    rows, columns = ground.shape[:2]
    near = laid.pixels[..., 3] > 0.05
    usual = float(np.percentile(light[near], 60)) if near.any() else float(light.mean())
    albedo = np.clip(ground / np.maximum(light[..., None], 1e-3) * np.float32(min(usual, 0.9)), 0, 1)
    body = light / np.float32(max(min(usual, 0.9), 0.02))
    ones, normal = np.ones((rows, columns), np.float32), np.zeros((rows, columns, 3), np.float32)
    normal[..., 2] = 1
    shares = {"key": 0.6, "fill": 0.15, "rim": 0.0, "sky": 0.25}
    view = View(
        bare={group: np.zeros_like(ones) for group in shares},
        body={group: body * np.float32(share) for group, share in shares.items()},
        alpha=ones, cover=ones, fixed=np.zeros_like(ones), sheet=plain_sheet(rows, columns), normal=normal, tint=None,
        to_light={"key": (-0.55, 0.5, 0.67), "fill": (0.6, 0.1, 0.79)}, sheet_size=(columns / rows, 1.0), areas={},
        unit=float(rows), box=(0, 0, columns, rows),
    )  # fmt: skip
    strength = float(np.clip(usual * 1.25, 0.15, 1.0))
    press = Press({group: strength for group in shares})
    surface = apply_effect(effect, np.asarray(albedo, np.float32), laid, view, press)
    total = np.zeros_like(ground)
    for group, plate in view.body.items():
        total += (plate * surface.shade[group] if group in surface.shade else plate)[..., None]
    done = surface.albedo * total
    return np.asarray(done if surface.added is None else done + surface.added, np.float32)


def plain_sheet(rows: int, columns: int) -> F32:
    """The sheet coordinates of a picture that is its own sheet."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return np.dstack([(x + 0.5) / columns, (y + 0.5) / rows]).astype(np.float32)


def template_light(template: U8) -> F32:
    """Linear luminance, H x W."""
    return np.asarray(to_linear(template) @ _LUMA, np.float32)


def blended(ground: F32, ink: F32, light: F32, alpha: F32, plan: Application) -> F32:
    """What the printed surface sends back, h x w x 3."""
    seen = alpha[..., 0] > 0.05
    usual = float(np.percentile(light[seen], 70)) if seen.any() else 1.0
    shade = np.clip(light / max(usual, 0.02), 0.03, 1.9)[..., None]
    level = float(np.clip(usual / 0.75, 0.28, 1.0))  # paper white in this light
    if plan.blend == "normal":
        return np.asarray(ink * level * shade**0.35, np.float32)
    if not plan.preserve_colors:
        printed = ground * ink
    elif plan.blend == "overlay":
        printed = ink * level * shade**1.35
    else:
        printed = ink * level * shade
    if plan.blend == "overlay" and not plan.preserve_colors:
        low, high = np.sqrt(np.clip(ground, 0, 1)), np.sqrt(ink)
        printed = np.where(low < 0.5, 2 * low * high, 1 - 2 * (1 - low) * (1 - high)) ** 2
    return np.asarray(printed + highlights(light, usual)[..., None], np.float32)


def highlights(light: F32, usual: float) -> F32:
    """Gloss that lies over the print: what is well brighter than the surface around it."""
    smooth = cv2.GaussianBlur(light, (0, 0), max(3.0, light.shape[1] / 40))
    return np.asarray(np.clip(light - np.maximum(smooth * 1.25, usual * 1.25), 0, None) * 0.7, np.float32)


def displaced(light: F32, plan: Application) -> F32:
    """H x W x 2 pixels: the design slides along the slopes of the template's brightness, as print follows folds."""
    wide, high = sides(plan.corners)
    span = min(wide, high)
    tone = np.sqrt(np.clip(light, 0, 1))
    soft = cv2.GaussianBlur(tone, (0, 0), max(1.0, span / 60))
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) * np.float32(span / 8)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) * np.float32(span / 8)
    most = 0.035 * span * plan.displacement
    size = np.hypot(across, down)
    scale = most * np.tanh(size) / np.maximum(size, 1e-6)
    smooth = cv2.GaussianBlur(np.dstack([across * scale, down * scale]), (0, 0), max(1.0, span / 90))
    return np.asarray(smooth, np.float32)
