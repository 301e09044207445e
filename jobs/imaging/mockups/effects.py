"""How a design sits on a surface: printed, sewn, engraved, embossed, foiled, varnished. Linear light, float32.

Never places a design and never mixes an object's lights: it says what albedo, what extra light and what shading result.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32
from jobs.imaging.mockups import relief
from jobs.imaging.mockups.objects import View
from jobs.imaging.mockups.placing import Laid, density, sample
from jobs.imaging.mockups.thread import stitched

Rgb = tuple[float, float, float]
EFFECTS = ("print", "embroidery", "engrave", "emboss", "foil", "uv")
METALS: Mapping[str, Rgb] = {
    "gold": (1.0, 0.72, 0.30),
    "rose gold": (1.0, 0.60, 0.48),
    "copper": (0.96, 0.52, 0.32),
    "bronze": (0.72, 0.46, 0.22),
    "brass": (0.92, 0.72, 0.36),
    "silver": (0.93, 0.93, 0.92),
    "holographic": (0.9, 0.92, 1.0),
}
_INK_BLACK = 0.015


@dataclass(frozen=True)
class Surface:
    """What an object's surface became. `albedo`: H x W x 3. `shade`: by light group a factor on what its body sends
    back. `gloss`: H x W factor on what it mirrors. `added`: H x W x 3 light of its own."""

    albedo: F32
    shade: Mapping[str, F32]
    gloss: F32 | None = None
    added: F32 | None = None


@dataclass(frozen=True)
class Press:
    """What the effects need to know beside the design: lights' strengths (grey), the metal of foils, the blend."""

    gains: Mapping[str, float]
    metal: str = "gold"
    blend: str = "normal"
    seed: int = 0


def inked(albedo: F32, pixels: F32, blend: str) -> F32:
    """The design over (or multiplied into, or overlaid on) the surface's colour."""
    alpha = pixels[..., 3:]
    straight = pixels[..., :3] / np.maximum(alpha, 1e-3)
    straight = _INK_BLACK + (1 - _INK_BLACK) * np.clip(straight, 0, 1)
    if blend == "multiply":
        straight = straight * albedo
    elif blend == "overlay":
        low, high = np.sqrt(np.clip(albedo, 0, 1)), np.sqrt(straight)
        mixed = np.where(low < 0.5, 2 * low * high, 1 - 2 * (1 - low) * (1 - high))
        straight = mixed**2
    return np.asarray(albedo * (1 - alpha) + straight * alpha, np.float32)


def apply_effect(effect: str, albedo: F32, laid: Laid, view: View, press: Press) -> Surface:
    """The surface with the design on it by one of EFFECTS."""
    if effect == "embroidery":
        return sewn(albedo, laid, view, press)
    if effect == "engrave":
        return engraved(albedo, laid, view, press)
    if effect == "emboss":
        return embossed(albedo, laid, view)
    if effect == "foil":
        return foiled(albedo, laid, view, press)
    if effect == "uv":
        return varnished(albedo, laid, view, press)
    return Surface(inked(albedo, laid.pixels, press.blend), {})


def sewn(albedo: F32, laid: Laid, view: View, press: Press) -> Surface:
    """Stitches: raised, shaded thread by thread, with satin's sheen across the light and a shadow around the patch."""
    wide = laid.artwork.pixels.shape[1]
    pitch = max(3.0, min(wide, laid.artwork.pixels.shape[0]) / 90)
    work = stitched(laid.artwork, pitch)
    pixels = sample(work.pixels, laid.columns, laid.rows, laid.tiled) * view.cover[..., None]
    height = cv2.remap(work.height, laid.columns, laid.rows, cv2.INTER_LINEAR, borderMode=border(laid)) * view.cover
    along = cv2.remap(work.along, laid.columns, laid.rows, cv2.INTER_LINEAR, borderMode=border(laid))
    turn = np.deg2rad(laid.angle)
    lie = np.stack([
        along[..., 0] * np.cos(turn) - along[..., 1] * np.sin(turn),
        -(along[..., 0] * np.sin(turn) + along[..., 1] * np.cos(turn)),
    ], -1)  # fmt: skip
    alpha = np.clip(pixels[..., 3], 0, 1)
    normal = relief.tilted(view.normal, cv2.GaussianBlur(height, (0, 0), 0.6) * np.float32(pitch), 0.85)
    shade = dict(relief.reshaded(view.normal, normal, view.to_light))
    open_ = relief.hollow(height * pitch, pitch * 0.8)
    dark = relief.cast(alpha, view.to_light.get("key", (-0.5, 0.5, 0.7)), pitch * 0.9, pitch * 0.55)
    shade = {group: 1 + (factor - 1) * alpha for group, factor in shade.items()}
    shade["key"] = shade.get("key", np.ones_like(alpha)) * (1 - 0.6 * dark)
    shade["sky"] = (1 + (open_ - 1) * np.maximum(alpha, dark)) * (1 - 0.35 * dark)
    straight = pixels[..., :3] / np.maximum(alpha[..., None], 1e-3)
    return Surface(
        inked(albedo, pixels, "normal"),
        shade,
        1 - 0.5 * alpha,
        sheen(lie, normal, view, press) * (0.35 + straight) * alpha[..., None],
    )


def border(laid: Laid) -> int:
    return int(cv2.BORDER_WRAP if laid.tiled else cv2.BORDER_CONSTANT)


def sheen(lie: F32, normal: F32, view: View, press: Press) -> F32:
    """Light mirrored by round threads that lie along `lie` (Kajiya and Kay), H x W x 1."""
    total = np.zeros(lie.shape[:2], np.float32)
    for group, strength in (("key", 0.30), ("fill", 0.10), ("rim", 0.06)):
        if group not in view.to_light:
            continue
        half = np.asarray(view.to_light[group]) + (0, 0, 1)
        half /= np.linalg.norm(half)
        along = lie[..., 0] * half[0] + lie[..., 1] * half[1]
        across = np.sqrt(np.clip(1 - along**2, 0, 1)) ** 26
        total += strength * press.gains.get(group, 1.0) * across * relief.facing(normal, view.to_light[group])
    return np.asarray(total[..., None], np.float32)


def engraved(albedo: F32, laid: Laid, view: View, press: Press) -> Surface:
    """Cut into the surface: a darker, matt floor, a shadow under the lit edge, a bright far edge."""
    unit = density(view) / 400
    mask = np.asarray(np.clip((laid.ink - 0.3) / 0.4, 0, 1), np.float32)
    height = -cv2.GaussianBlur(mask, (0, 0), max(0.7, 0.9 * unit)) * np.float32(3.2 * max(unit, 0.6))
    normal = relief.tilted(view.normal, height, 1.0)
    shade = dict(relief.reshaded(view.normal, normal, view.to_light))
    towards = view.to_light.get("key", (-0.5, 0.5, 0.7))
    dark = relief.cast(1 - mask, towards, 2.4 * max(unit, 0.6), 0.9 * max(unit, 0.6)) * mask
    shade["key"] = shade.get("key", np.ones_like(mask)) * (1 - 0.75 * dark)
    shade["sky"] = 1 - 0.35 * mask
    bright = float(albedo.mean()) < 0.05
    floor = albedo * 0.42 if not bright else albedo * 0.5 + 0.16
    lip = np.maximum(relief.glint(normal, towards, 18) - relief.glint(view.normal, towards, 18), 0)
    added = lip[..., None] * np.float32(0.25 * press.gains.get("key", 1.0)) * np.ones(3, np.float32)
    return Surface(np.asarray(albedo + (floor - albedo) * mask[..., None], np.float32), shade, 1 - 0.6 * mask, added)


def embossed(albedo: F32, laid: Laid, view: View) -> Surface:
    """Blind relief: the surface itself pushed up, without any ink."""
    unit = max(density(view) / 400, 0.6)
    mask = np.asarray(np.clip(laid.ink, 0, 1), np.float32)
    height = cv2.GaussianBlur(mask, (0, 0), 1.5 * unit) * 0.65 + cv2.GaussianBlur(mask, (0, 0), 4 * unit) * 0.55
    height = np.asarray(height * np.float32(7.0 * unit), np.float32)
    normal = relief.tilted(view.normal, height, 1.1)
    shade = dict(relief.reshaded(view.normal, normal, view.to_light))
    dark = relief.cast(mask, view.to_light.get("key", (-0.5, 0.5, 0.7)), 3.0 * unit, 2.0 * unit)
    shade["key"] = shade.get("key", np.ones_like(mask)) * (1 - 0.5 * dark)
    shade["sky"] = relief.hollow(height, 4 * unit) * (1 - 0.2 * dark)
    return Surface(albedo, shade)


def foiled(albedo: F32, laid: Laid, view: View, press: Press) -> Surface:
    """Hot foil: a thin metal that mirrors a studio, pressed a little into the surface."""
    unit = max(density(view) / 400, 0.6)
    mask = np.asarray(np.clip((laid.ink - 0.25) / 0.5, 0, 1), np.float32)
    waves = relief.unrest(mask.shape, 46 * unit, press.seed + 11) + 0.35 * relief.unrest(mask.shape, 9 * unit, 5)
    edge = -cv2.GaussianBlur(mask, (0, 0), 0.9 * unit) * np.float32(2.0 * unit)
    normal = relief.tilted(relief.tilted(view.normal, waves * np.float32(unit), 0.55), edge, 0.8)
    shown = relief.mirrored_studio(normal, view.to_light, press.gains, view.unit)
    metal = np.asarray(METALS.get(press.metal, METALS["gold"]), np.float32)
    light = shown[..., None] * metal
    light += np.clip(shown - 0.9, 0, None)[..., None] * (1 - metal) * 0.6
    if press.metal == "holographic":
        light = shown[..., None] * rainbow(normal, view)
    keep = 1 - mask
    shade = {group: keep for group in view.body}
    return Surface(albedo, shade, keep, light.astype(np.float32) * mask[..., None])


def rainbow(normal: F32, view: View) -> F32:
    """First-order colours of a diffracting foil, H x W x 3 around 1."""
    rows, columns = normal.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / np.float32(view.unit)
    phase = 2.3 * x + 1.4 * y + 5.0 * normal[..., 0] + 4.0 * normal[..., 1]
    bands = [0.62 + 0.55 * np.cos(2 * np.pi * (phase - shift)) for shift in (0.0, 0.33, 0.67)]
    return np.asarray(np.stack(bands, -1), np.float32)


def varnished(albedo: F32, laid: Laid, view: View, press: Press) -> Surface:
    """The print under a thick clear varnish: deeper colour, a sharp mirror on a raised face, bright edges."""
    unit = max(density(view) / 400, 0.6)
    mask = np.asarray(np.clip((laid.pixels[..., 3] - 0.3) / 0.4, 0, 1), np.float32)
    printed = inked(albedo, laid.pixels, press.blend)
    height = cv2.GaussianBlur(mask, (0, 0), 1.6 * unit) * np.float32(4.5 * unit)
    waves = relief.unrest(mask.shape, 60 * unit, press.seed + 3) * np.float32(unit)
    normal = relief.tilted(relief.tilted(view.normal, waves, 0.4), height, 0.9)
    shown = relief.mirrored_studio(normal, view.to_light, press.gains, view.unit)
    slant = 1 - np.clip(normal[..., 2], 0, 1)
    share = 0.055 + 0.7 * slant**3
    shade = dict(relief.reshaded(view.normal, relief.tilted(view.normal, height, 0.25), view.to_light))
    dark = relief.cast(mask, view.to_light.get("key", (-0.5, 0.5, 0.7)), 1.6 * unit, 1.2 * unit)
    shade["key"] = shade.get("key", np.ones_like(mask)) * (1 - 0.35 * dark)
    deep = printed * (1 - 0.14 * mask[..., None] * (1 - printed))
    added = (shown * share * mask * 1.6)[..., None] * np.ones(3, np.float32)
    return Surface(np.asarray(deep, np.float32), shade, 1 - 0.55 * mask, np.asarray(added, np.float32))
