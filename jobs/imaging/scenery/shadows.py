"""What a standing or lying cut-out takes away: the shadow it casts out of each light, and the dark where it touches.

Works on a raster of the ground seen from above, in world units, so that blur is as wide near as far; then once through
the camera. Never touches a plate: the result is the blocked share of light, 0..1, in canvas pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.framing import Framing, Stand, through
from jobs.imaging.scenery.stage import Stage, Vector

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

CARD = 224  # rows of the silhouette that casts
FINENESS = (48.0, 150.0)  # least and most raster pixels for the larger side of an item
SOFTEST = 0.55
_FORWARD = 0.012  # of an item's size: how far the dark gap under a rounded foot reaches towards the camera
_KINDS = {"natural": (1.0, 0.94), "soft": (2.2, 0.8), "hard": (0.35, 0.97), "reflection": (1.6, 0.7)}
_CONTACT = {"natural": 1.0, "soft": 0.9, "hard": 1.0, "contact": 1.0, "reflection": 0.8, "none": 0.0}


@dataclass(frozen=True)
class Caster:
    """A cut-out as it blocks light. `alpha`: float32 card (<= 224 rows); `stand`: where; `wide`, `tall`: in units;
    `thick`: units from front to back (standing) or up (lying); `foot`: float32 per card column, height above the
    ground of its lowest visible part in units, inf where there is none."""

    alpha: F32
    stand: Stand
    wide: float
    tall: float
    thick: float
    foot: F32
    flat: bool


def caster(alpha: F32, stand: Stand, flat: bool, steep: float = 0.15) -> Caster:
    """Reduce an item's alpha (float32 H x W, its box exactly) to what shadows need. `steep`: sine of the angle at which
    the camera looks down: what is seen steeply shows more of the ground behind it, so it is thought thinner."""
    share = min(1.0, CARD / max(alpha.shape))
    size = (max(4, round(alpha.shape[1] * share)), max(4, round(alpha.shape[0] * share)))
    card = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    x0, y0, x1, y1 = stand.box
    wide, tall = (x1 - x0) * stand.unit, (y1 - y0) * stand.unit
    filled = card > 0.5
    lift = np.where(filled.any(axis=0), np.argmax(filled[::-1], axis=0) * tall / card.shape[0], np.inf)
    if flat:
        return Caster(card, stand, wide, tall, 0.045 * max(wide, tall), lift.astype(np.float32), True)
    thick = depth_of(lift, wide, tall, card.shape[1]) * float(np.clip(1.25 - 1.5 * steep, 0.2, 1))
    return Caster(card, stand, wide, tall, thick, lift.astype(np.float32), False)


def depth_of(lift: npt.NDArray[np.floating], wide: float, tall: float, columns: int) -> float:
    """How deep the thing is thought to be: as its foot is wide, less for wide and low or flat things."""
    touching = np.flatnonzero(lift < 0.06 * max(wide, tall))
    foot = wide * (touching[-1] - touching[0] + 1) / columns if touching.size else wide * 0.5
    return float(min(0.60 * foot, 0.34 * max(tall, 0.35 * wide)))


@dataclass(frozen=True)
class Raster:
    """A patch of ground: world (x, y) of its corner, pixels per unit, size in pixels."""

    left: float
    near: float
    fine: float
    size: tuple[int, int]

    def to_world(self) -> F64:
        step = 1 / self.fine
        return np.array([[step, 0, self.left], [0, step, self.near], [0, 0, 1.0]])


def ground_patch(item: Caster) -> Raster:
    """Enough ground around an item for its shadow and the dark at its foot."""
    span = max(item.wide, item.tall)
    fine = float(np.clip(0.6 * span / item.stand.unit, *FINENESS)) / span
    x, y, _ = item.stand.foot
    if item.flat:
        reach = 0.5 * span + 0.35 * span
        return Raster(
            x - reach, y - 0.35 * span, fine, (round(2 * reach * fine), round((item.tall + 0.7 * span) * fine))
        )
    side = item.wide / 2 + 1.9 * span
    return Raster(x - side, y - 1.9 * span, fine, (round(2 * side * fine), round(4.0 * span * fine)))


def cast(item: Caster, direction: Vector, softness: float, raster: Raster, side: float) -> F32:
    """The shadow (float32 raster, 0..1) under light that travels along `direction`; `side`: +1, or -1 when the canvas
    shows the world mirrored. Penumbra: a point `d` from the ground along the ray blurs by d * softness."""
    drop = max(-direction[2], 0.12)
    across, away = direction[0] / drop, direction[1] / drop
    if item.flat:
        return cast_flat(item, across, away, softness, raster, side)
    if abs(away) < 0.06:
        away = 0.06 if away >= 0 else -0.06
    rows, columns = item.alpha.shape
    x, y, _ = item.stand.foot
    wide, tall = item.wide / columns * side, item.tall / rows
    onto = np.array([[wide, -tall * across, x - item.wide / 2 * side + item.tall * across],
                     [0, -tall * away, y + item.tall * away], [0, 0, 1.0]])  # fmt: skip
    matrix = (np.linalg.inv(raster.to_world()) @ onto)[:2]
    heights = np.linspace(1, 0, rows, dtype=np.float32)[:, None]
    longer = float(np.sqrt(1 + across**2 + away**2))
    shadow = np.zeros(raster.size[::-1], np.float32)
    deep = max(1, round(item.thick * raster.fine))
    for low, high in ((0.0, 0.1), (0.05, 0.25), (0.18, 0.45), (0.38, 0.72), (0.62, 1.01)):
        band = item.alpha * np.clip(1 - np.maximum(low - heights, heights - high) / 0.06, 0, 1)
        laid = cv2.warpAffine(band, matrix, raster.size, flags=cv2.INTER_LINEAR)
        laid = cv2.dilate(laid, np.ones((deep, 1), np.uint8), anchor=(0, deep - 1))
        blur = min(softness, SOFTEST) * 0.5 * (low + high) / 2 * item.tall * longer
        shadow = np.maximum(shadow, blurred(laid, max(blur, 0.006 * item.tall) * raster.fine))
    return shadow * fading(raster.size)


def fading(size: tuple[int, int]) -> F32:
    """1 inside, falling to 0 towards the raster's edges, so that no shadow ends in a line."""
    across, down = (np.minimum(np.arange(many), np.arange(many)[::-1]) / (0.16 * many) for many in size)
    return np.asarray(np.clip(down, 0, 1)[:, None] * np.clip(across, 0, 1)[None, :], np.float32)


def cast_flat(item: Caster, across: float, away: float, softness: float, raster: Raster, side: float) -> F32:
    """A lying thing's shadow: its outline swept along the light by its thickness."""
    laid = lying(item, raster, side)
    swept = np.zeros_like(laid)
    for part in np.linspace(0.1, 1.0, 7):
        lift = item.thick * part
        shift = np.array([[1, 0, lift * across * raster.fine], [0, 1, lift * away * raster.fine]], np.float32)
        moved = cv2.warpAffine(laid, shift, raster.size, flags=cv2.INTER_LINEAR)
        blur = min(softness, SOFTEST) * lift * 0.6 * raster.fine
        swept = np.maximum(swept, blurred(moved, max(blur, 1.0)))
    return swept


def lying(item: Caster, raster: Raster, side: float) -> F32:
    """The outline of a lying item on the ground raster (its foot is the lower edge of its box)."""
    rows, columns = item.alpha.shape
    x, y, _ = item.stand.foot
    onto = np.array([[item.wide / columns * side, 0, x - item.wide / 2 * side],
                     [0, -item.tall / rows, y + item.tall], [0, 0, 1.0]])  # fmt: skip
    matrix = (np.linalg.inv(raster.to_world()) @ onto)[:2]
    return np.asarray(cv2.warpAffine(item.alpha, matrix, raster.size, flags=cv2.INTER_LINEAR), np.float32)


def footprint(item: Caster, raster: Raster, side: float) -> F32:
    """Where the thing touches the ground: float32 raster, 1 under it, less where its underside hangs above."""
    if item.flat:
        return lying(item, raster, side)
    columns = item.foot.size
    reach = max(0.035 * max(item.wide, item.tall), 0.12 * item.thick)
    touch = np.exp(-np.minimum(item.foot, 9.0) / reach).astype(np.float32)
    depth = max(3, round(item.thick * raster.fine))
    profile = np.clip(1 - np.linspace(-1, 1, depth, dtype=np.float32) ** 2, 0, 1) ** 0.5
    solid = np.flatnonzero(touch > 0.3)
    middle, half = (
        (columns / 2, columns / 2) if solid.size == 0 else ((solid[0] + solid[-1]) / 2, np.ptp(solid) / 2 + 1)
    )
    chord = np.sqrt(np.clip(1 - ((np.arange(columns) - middle) / (1.04 * half)) ** 6, 0.0, 1))
    patch = (profile[:, None] >= 1 - chord[None, :]) * touch[None, :]
    x, y, _ = item.stand.foot
    onto = np.array([[item.wide / columns * side, 0, x - item.wide / 2 * side],
                     [0, item.thick / depth, y - _FORWARD * max(item.wide, item.tall)], [0, 0, 1.0]])  # fmt: skip
    matrix = (np.linalg.inv(raster.to_world()) @ onto)[:2]
    return np.asarray(cv2.warpAffine(patch.astype(np.float32), matrix, raster.size, flags=cv2.INTER_LINEAR), np.float32)


def occlusion(item: Caster, raster: Raster, side: float) -> F32:
    """Ambient light kept from the ground near the foot (float32 raster 0..0.97): a tight seam, a band, a wide haze."""
    foot = footprint(item, raster, side)
    span = max(item.wide, item.tall)
    size = item.thick if item.flat else min(max(item.thick, 0.12 * span), 0.4 * span)
    seam = blurred(foot, max(0.10 * size, 0.008 * span) * raster.fine)
    band = blurred(foot, 0.28 * size * raster.fine)
    haze = blurred(foot, 0.85 * size * raster.fine)
    tight, near, far = (0.5, 0.42, 0.25) if item.flat else (0.9, 0.62, 0.45)
    dark = 1 - (1 - tight * np.clip(1.6 * seam, 0, 1)) * (1 - near * band) * (1 - far * haze)
    return np.asarray(np.minimum(dark, 0.97), np.float32)


def blurred(field: F32, sigma: float) -> F32:
    """Gaussian blur; wide ones on a reduced copy."""
    if sigma < 0.4:
        return field
    if sigma > 6:
        step = int(min(8, sigma // 3))
        size = (max(2, field.shape[1] // step), max(2, field.shape[0] // step))
        small = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma * size[0] / field.shape[1])
        return np.asarray(cv2.resize(small, field.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def blocked(stage: Stage, framing: Framing, items: tuple[Caster, ...], kind: str, solid: F32 | None) -> dict[str, F32]:
    """By group, the share of its light that the items take, float32 canvas H x W.

    `kind`: natural, soft, hard, contact, reflection or none. `solid`: float32 canvas, 1 where the ground plane is
    really what is seen (walls and props get no ground shadow).
    """
    taken: dict[str, F32] = {}
    if kind == "none" or not items:
        return taken
    softer, strength = _KINDS.get(kind, (1.0, 0.0))
    for item in items:
        raster, side = ground_patch(item), handedness(framing, item)
        out = framing.ground(item.stand.foot[2]) @ raster.to_world()
        contact = seen(occlusion(item, raster, side), out, framing.size) * _CONTACT[kind]
        for name, group in stage.groups.items():
            shade = contact * (0.94 if group.direction is None else 0.8)
            if group.direction is not None and strength:
                softness = max(0.02, (group.softness or 0.1) * softer)
                shadow = cast(item, group.direction, softness, raster, side)
                shade = 1 - (1 - 0.75 * shade) * (1 - strength * seen(shadow, out, framing.size))
            if solid is not None:
                shade = shade * solid
            taken[name] = shade if name not in taken else 1 - (1 - taken[name]) * (1 - shade)
    return taken


def seen(field: F32, matrix: F64, size: tuple[int, int]) -> F32:
    """A ground raster through the camera."""
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    found = cv2.warpPerspective(field, half @ matrix @ np.linalg.inv(half), size, flags=cv2.INTER_LINEAR)
    return np.asarray(found, np.float32)


def handedness(framing: Framing, item: Caster) -> float:
    """+1 when world x grows to the right of the canvas, else -1."""
    x, y, z = item.stand.foot
    ground = framing.ground(z)
    return 1.0 if through(ground, x + 0.1, y)[0] > through(ground, x, y)[0] else -1.0
