"""Setting + cut-outs -> finished picture: the order of the craft's steps, and nothing else of it.

Never reads words. Everything follows from the setting, the items, the size and the seed.
"""

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.scenery import atmosphere, mirror
from jobs.imaging.scenery.air import Air
from jobs.imaging.scenery.distance import defocused, eye_of, seen_distance, solid_ground
from jobs.imaging.scenery.finishing import Layer, developed
from jobs.imaging.scenery.framing import Framing, Wanted, frame
from jobs.imaging.scenery.harmony import Relight, relight
from jobs.imaging.scenery.mixing import Mix, mix_of, mixed, warped
from jobs.imaging.scenery.setting import Lighting, Setting
from jobs.imaging.scenery.shadows import Caster, blocked, caster
from jobs.imaging.scenery.stage import PlateShelf, Stage, open_stage, shelf

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Item:
    """A cut-out to stand in the scene. `foreground`: RGB uint8 H x W x 3 sRGB; `alpha`: float32 H x W 0..1; `box`: x0,
    y0, x1, y1 of its visible part; `scale`: longest side of the box over the frame's shorter side; `x`: sideways place
    from the setting's position, -1..1 of the frame's half width; `depth`: units behind the spot; `flat`: lying on a
    surface that is seen from above (every item lies there); `y`: of what lies, its place downwards from the middle,
    -1..1 of the frame's half height."""

    foreground: U8
    alpha: F32
    box: Box
    scale: float = 0.6
    x: float = 0.0
    depth: float = 0.0
    flat: bool = False
    y: float = 0.0


@dataclass(frozen=True)
class Rendered:
    """`rgb`: uint8 sRGB H x W x 3; `boxes`: each item's box on it; `cover`: float32 H x W alpha of all items."""

    rgb: U8
    boxes: tuple[Box, ...]
    cover: F32


@dataclass(frozen=True)
class Placed:
    """An item on its way: its box in the output, itself at that size, and what it blocks."""

    box: Box
    rgb: U8
    alpha: U8
    caster: Caster


def render(
    setting: Setting, items: tuple[Item, ...], size: tuple[int, int], seed: int, plates: PlateShelf | None = None
) -> Rendered:
    """The finished picture of `size` (width, height). ValueError for no items or an item without a visible part."""
    if not items:
        raise ValueError("nothing to stand in the scene")
    plates = plates or shelf()
    stage = open_stage(setting.stage)
    wishes = tuple(wish_of(item, size) for item in items)
    framing = frame(stage, setting, wishes, size)
    placed = tuple(place(item, framing, number, size) for number, item in enumerate(items))
    mix = mix_of(stage, setting.lighting, setting.exposure, setting.mirrored)
    seen = seen_distance(stage, framing, plates)
    ground = solid_ground(stage, framing, seen)
    scene = lit_stage(stage, setting, framing, placed, mix, Depths(seen, ground), plates)
    air = Air(setting.atmosphere, framing, stage, mix, seen, ground, key_from_left(stage, setting), seed)
    canvas = atmosphere.behind(scene, air)
    side = -1.0 if setting.mirrored else 1.0
    lights = tuple(light_of(each, canvas, framing, mix, setting, stage, side) for each in placed)
    reflect(canvas, stage, setting, framing, placed, lights, plates)
    order = sorted(range(len(items)), key=lambda number: -items[number].depth)
    layers = tuple(layer_of(placed[number], lights[number]) for number in order)
    veil = atmosphere.before(canvas, air)
    rgb, cover = developed(
        canvas, layers, veil, size, setting.grade, contrast=setting.lighting.contrast, tint=setting.tint, seed=seed
    )
    return Rendered(rgb, tuple(each.box for each in placed), cover)


def wish_of(item: Item, size: tuple[int, int]) -> Wanted:
    """The item's size in output pixels, never larger than the frame less its margins."""
    x0, y0, x1, y1 = solid_box(item)
    ratio = (x1 - x0) / (y1 - y0)
    longest = min(max(item.scale, 0.02), 0.95) * min(size)
    width, height = (longest, longest / ratio) if ratio >= 1 else (longest * ratio, longest)
    return Wanted(width, height, item.x, item.depth, item.flat, item.y)


def solid_box(item: Item) -> Box:
    """The box of what is more than half opaque: a soft shadow that came with a cut-out does not stand on the ground."""
    x0, y0, x1, y1 = item.box
    part = item.alpha[y0:y1, x0:x1] > 0.5
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if rows.size == 0:
        raise ValueError("an item shows nothing")
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def place(item: Item, framing: Framing, number: int, size: tuple[int, int]) -> Placed:
    """The item at its output size, and its silhouette for the shadows."""
    stand = framing.stands[number]
    grow = size[0] / framing.size[0], size[1] / framing.size[1]
    left, bottom = round(stand.box[0] * grow[0]), round(stand.box[3] * grow[1])
    width = max(1, round((stand.box[2] - stand.box[0]) * grow[0]))
    height = max(1, round((stand.box[3] - stand.box[1]) * grow[1]))
    x0, y0, x1, y1 = solid_box(item)
    rgb, alpha = resized(item.foreground[y0:y1, x0:x1], item.alpha[y0:y1, x0:x1], (width, height))
    small = alpha.astype(np.float32) * np.float32(1 / 255)
    return Placed((left, bottom - height, left + width, bottom), rgb, alpha, caster(small, stand, framing.flat))


def resized(rgb: U8, alpha: F32, size: tuple[int, int]) -> tuple[U8, U8]:
    """A cut-out at another size, both uint8: averaged when it shrinks, Lanczos when it grows."""
    mask = (np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8)
    shrinks = size[0] <= rgb.shape[1]
    kernel = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    rgb = np.asarray(cv2.resize(rgb, size, interpolation=kernel))
    mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))
    return rgb, mask


@dataclass(frozen=True)
class Depths:
    """`seen`: distance in units (a quarter of the canvas); `ground`: 1 where the ground is seen (canvas), or None."""

    seen: F32
    ground: F32 | None


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
    focus = float(np.linalg.norm(np.array(placed[0].caster.stand.foot) - eye_of(framing.camera)))
    return defocused(scene, depths.seen, focus, lens(setting, stage))


def fall_off(lighting: Lighting, framing: Framing, placed: tuple[Placed, ...]) -> F32:
    """The light's pool around the items (float32 canvas, 1 inside), and a ring light's halo of shadow at their edge."""
    width, height = framing.size
    boxes = np.array([each.caster.stand.box for each in placed])
    x0, y0, x1, y1 = (float(value) for value in (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    reach = 0.5 * max(width, height)
    far = np.hypot((x - (x0 + x1) / 2) / (reach + 0.3 * (x1 - x0)), (y - (y0 + 2 * y1) / 3) / (reach + 0.2 * (y1 - y0)))
    ramp = np.clip((far - 0.22) / 0.95, 0, 1)
    pool = 1 - lighting.pool * ramp * ramp * (3 - 2 * ramp)
    if lighting.frontal:
        halo = np.zeros((height, width), np.float32)
        for each in placed:
            left, top, right, bottom = canvas_box(each, framing)
            halo[top:bottom, left:right] = cv2.resize(each.caster.alpha, (right - left, bottom - top))
        pool *= 1 - 0.30 * lighting.frontal * cv2.GaussianBlur(halo, (0, 0), 0.016 * height)
    return np.asarray(pool, np.float32)


def lens(setting: Setting, stage: Stage) -> float:
    """How much the lens blurs what is infinitely far, in frame heights, beyond what is baked."""
    if setting.angle == "macro":
        return 0.03
    if setting.angle == "45-degree" and stage.view == "top":
        return 0.035
    return 0.012 if setting.atmosphere == "Cinematic depth" else 0.0


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


def canvas_box(each: Placed, framing: Framing) -> Box:
    """An item's box in whole canvas pixels, inside the canvas."""
    x0, y0, x1, y1 = each.caster.stand.box
    width, height = framing.size
    left, top = max(0, int(x0)), max(0, int(y0))
    return left, top, max(left + 1, min(width, ceil(x1))), max(top + 1, min(height, ceil(y1)))


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
    return Layer(each.box[0], each.box[1], each.rgb, each.alpha, light.factor, light.added)
