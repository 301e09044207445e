"""Setting + cut-outs -> finished picture: the order of the craft's steps, and nothing else of it.

Never reads words. Everything follows from the setting, the items, the size and the seed.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.scenery import atmosphere, mirror
from jobs.imaging.scenery.air import Air
from jobs.imaging.scenery.distance import defocused, eye_of, seen_distance, solid_ground
from jobs.imaging.scenery.exposure import fall_off, lens, low_rows, lowered, restraint
from jobs.imaging.scenery.finishing import Layer, developed
from jobs.imaging.scenery.framing import Framing, frame
from jobs.imaging.scenery.harmony import Relight, relight
from jobs.imaging.scenery.mixing import Mix, mix_of, mixed, warped
from jobs.imaging.scenery.props import prop_items, softened
from jobs.imaging.scenery.setting import Setting
from jobs.imaging.scenery.shadows import blocked
from jobs.imaging.scenery.stage import PlateShelf, Stage, open_stage, shelf
from jobs.imaging.scenery.standing import Box, Item, Placed, canvas_box, place, wish_of

__all__ = ["Item", "Rendered", "render", "wish_of"]

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rendered:
    """`rgb`: uint8 sRGB H x W x 3; `boxes`: each item's box on it; `cover`: float32 H x W alpha of all items."""

    rgb: U8
    boxes: tuple[Box, ...]
    cover: F32


def render(
    setting: Setting, items: tuple[Item, ...], size: tuple[int, int], seed: int, plates: PlateShelf | None = None
) -> Rendered:
    """The finished picture of `size` (width, height). ValueError for no items or an item without a visible part."""
    if not items:
        raise ValueError("nothing to stand in the scene")
    plates = plates or shelf()
    stage = open_stage(setting.stage)
    beside = prop_items(setting, items[0])
    framing, placed = stand(stage, setting, (*items, *beside), size)
    placed = tuple(replace(each, prop=number >= len(items)) for number, each in enumerate(placed))
    mix = mix_of(stage, setting.lighting, setting.exposure, setting.mirrored)
    depths = depths_of(stage, framing, plates)
    scene = lit_stage(stage, setting, framing, placed, mix, depths, plates)
    rows = low_rows(framing, depths.ground) if setting.angle == "low-angle" else None
    if rows is not None:
        scene, depths = lowered(scene, rows), Depths(lowered(depths.seen, rows), ground_lowered(depths, rows))
    from_left = key_from_left(stage, setting)
    air = Air(setting.atmosphere, framing, stage, mix, depths.seen, depths.ground, from_left, seed)
    canvas = atmosphere.behind(scene, air)
    side = -1.0 if setting.mirrored else 1.0
    lights = tuple(light_of(each, canvas, framing, mix, setting, stage, side) for each in placed)
    reflect(canvas, stage, setting, framing, placed, lights, plates)
    order = sorted(range(len(placed)), key=lambda number: -placed[number].depth)
    layers = tuple(layer_of(placed[number], lights[number]) for number in order)
    shown = with_items(canvas, framing, placed, lights) if setting.atmosphere in atmosphere.WET else canvas
    veil = atmosphere.before(shown, air)
    rgb, cover = developed(
        canvas, layers, veil, size, setting.grade, contrast=setting.lighting.contrast, tint=setting.tint, seed=seed
    )
    return Rendered(rgb, tuple(each.box for each in placed if not each.prop), cover)


def stand(
    stage: Stage, setting: Setting, items: tuple[Item, ...], size: tuple[int, int]
) -> tuple[Framing, tuple[Placed, ...]]:
    """The frame, and every item in it."""
    framing = frame(stage, setting, tuple(wish_of(item, size, setting.angle) for item in items), size)
    return framing, tuple(place(item, framing, number, size) for number, item in enumerate(items))


@dataclass(frozen=True)
class Depths:
    """`seen`: distance in units (a quarter of the canvas); `ground`: 1 where the ground is seen (canvas), or None."""

    seen: F32
    ground: F32 | None


def depths_of(stage: Stage, framing: Framing, plates: PlateShelf) -> Depths:
    seen = seen_distance(stage, framing, plates)
    return Depths(seen, solid_ground(stage, framing, seen))


def ground_lowered(depths: Depths, rows: F32) -> F32 | None:
    return None if depths.ground is None else lowered(depths.ground, rows)


def key_from_left(stage: Stage, setting: Setting) -> bool:
    group = stage.groups.get("key")
    travels = group.direction[0] if group is not None and group.direction is not None else 1.0
    return (travels > 0) != setting.mirrored


def lit_stage(
    stage: Stage,
    setting: Setting,
    framing: Framing,
    placed: tuple[Placed, ...],
    mix: Mix,
    depths: Depths,
    plates: PlateShelf,
) -> F32:
    """The stage under its light, without what the items block, through the lens."""
    taken = blocked(stage, framing, tuple(each.caster for each in placed), setting.shadow, depths.ground)
    scene = mixed(stage, framing, mix, taken, plates, setting.paint)
    scene *= fall_off(setting.lighting, framing, placed)[:, :, None]
    scene *= restraint(scene)
    focus = float(np.linalg.norm(np.array(placed[0].caster.stand.foot) - eye_of(framing.camera)))
    return defocused(scene, depths.seen, focus, lens(setting, stage))


def light_of(
    each: Placed, canvas: F32, framing: Framing, mix: Mix, setting: Setting, stage: Stage, side: float
) -> Relight:
    x0, y0, x1, y1 = canvas_box(each, framing)
    behind = np.ascontiguousarray(canvas[y0:y1, x0:x1])
    low = canvas[max(0, y1 - 2) : y1 + max(4, (y1 - y0) // 8), x0:x1]
    ground = (low if low.size else behind).reshape(-1, 3).mean(axis=0).astype(np.float64)
    light = relight(each.caster, mix, setting.lighting, stage, behind, ground, side)
    air = np.array(atmosphere.ON_ITEMS.get(setting.atmosphere, (1.0, 1.0, 1.0)), np.float32)
    return Relight(light.factor * air, light.added)


def reflect(
    canvas: F32, stage: Stage, setting: Setting, framing: Framing, placed: tuple[Placed, ...],
    lights: tuple[Relight, ...], plates: PlateShelf,
) -> None:  # fmt: skip
    """Mirror the items in a glossy ground, in place."""
    if framing.flat or setting.shadow == "none":
        return
    strength, roughness = gloss(stage, setting, framing, plates)
    if strength is None:
        return
    for each, light in zip(placed, lights, strict=True):
        x0, y0, x1, y1 = each.caster.stand.box
        size = (max(2, round(x1 - x0)), max(2, round(y1 - y0)))
        shown = to_linear(np.asarray(cv2.resize(each.rgb, size, interpolation=cv2.INTER_AREA)))
        shown *= cv2.resize(light.factor, size)
        alpha = np.asarray(cv2.resize(each.alpha, size, interpolation=cv2.INTER_AREA), np.float32) * np.float32(1 / 255)
        mirror.lay(canvas, strength, mirror.mirrored(shown, alpha, roughness), (round(x0), round(y1) - size[1]))


def with_items(canvas: F32, framing: Framing, placed: tuple[Placed, ...], lights: tuple[Relight, ...]) -> F32:
    """A copy of the canvas with the items on it at its own resolution: what drops before them bend."""
    shown = canvas.copy()
    for each, light in zip(placed, lights, strict=True):
        x0, y0, x1, y1 = canvas_box(each, framing)
        size = (x1 - x0, y1 - y0)
        colour = to_linear(np.asarray(cv2.resize(each.rgb, size, interpolation=cv2.INTER_AREA)))
        alpha = cv2.resize(each.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)[:, :, None] / 255
        part = shown[y0:y1, x0:x1]
        part += (colour * cv2.resize(light.factor, size) - part) * alpha
    return shown


def gloss(stage: Stage, setting: Setting, framing: Framing, plates: PlateShelf) -> tuple[F32 | None, float]:
    """(share of light that the ground mirrors, float32 canvas H x W or None; its roughness)."""
    least = max(0.30 if setting.shadow == "reflection" else 0.0, 0.34 if setting.atmosphere in atmosphere.WET else 0.0)
    strength, roughness = None, 0.08
    if stage.reflection is not None:
        file, roughness = stage.reflection
        strength = np.asarray(warped(plates.mask(stage.folder / file), framing), np.float32) * np.float32(1 / 255)
    if least:
        floor = np.full(framing.size[::-1], least, np.float32)
        strength = floor if strength is None else np.maximum(strength, floor)
        roughness = min(roughness, 0.07)
    if strength is not None and float(strength.max()) < 0.01:
        strength = None
    return strength, roughness


def layer_of(each: Placed, light: Relight) -> Layer:
    rgb, alpha = softened(each) if each.prop else (each.rgb, each.alpha)
    return Layer(each.box[0], each.box[1], rgb, alpha, light.factor, light.added, not each.prop)
