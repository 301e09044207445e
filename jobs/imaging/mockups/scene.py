"""Stands a dressed object in a scene: its own light follows the scene's lamps, the stage does the rest.

Never reads words about the object and never decodes a file. What lies or hangs is seen from straight above or in front.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear
from jobs.imaging.mockups.artwork import Artwork
from jobs.imaging.mockups.dress import Dressed, Look, dress
from jobs.imaging.mockups.objects import GROUPS, Facts, View, load_view
from jobs.imaging.scenery.brief import Brief
from jobs.imaging.scenery.direction import direct
from jobs.imaging.scenery.render import Item, render
from jobs.imaging.scenery.setting import Lighting, Setting
from jobs.imaging.scenery.stage import PLATES

FILL = {"standing": 0.64, "lying": 0.66, "hanging": 0.78}  # longest side over the frame's shorter side
_TALL = 1.7  # objects more slender than this may take more of the frame
MOST = 2200  # pixels of an object's longer side beyond which it is enlarged, not rendered
_WALLS = ("concrete", "fabric", "sweep")


@dataclass(frozen=True)
class Scene:
    """`rgb`: uint8 sRGB H x W x 3; `setting`: what was directed; `box`: the object's place; sentences about wishes."""

    rgb: U8
    setting: Setting
    box: tuple[int, int, int, int]
    warnings: tuple[str, ...]


def in_scene(
    facts: Facts, view: str, artwork: Artwork | None, look: Look, brief: Brief, size: tuple[int, int], seed: int,
    plates: Path = PLATES,
) -> Scene:  # fmt: skip
    """The finished picture of `size` (width, height). Raises FileNotFoundError when no stage is installed."""
    brief = suited(facts, brief, seed, plates)
    directed = direct(brief, seed, plates)
    setting = replace(directed.setting, mirrored=False)
    if facts.pose == "standing" and setting.angle in ("top-down", "45-degree"):
        setting = replace(setting, angle="eye-level")
    share = filled(facts, view)
    plate = load_view(facts, view, min(MOST, round(share * min(size) * 1.02)), plates / facts.id)
    dressed = dress(facts, plate, artwork, replace(look, gains=lamp_gains(plate, setting.lighting), seed=seed))
    if facts.pose == "standing":
        dressed = seated(dressed)
    item = Item(dressed.foreground, dressed.alpha, dressed.box, share, flat=facts.pose != "standing")
    done = render(setting, (item,), size, seed)
    return Scene(done.rgb, setting, done.boxes[0], directed.warnings)


def filled(facts: Facts, view: str) -> float:
    """How much of the frame's shorter side the object's longer one takes."""
    x0, y0, x1, y1 = facts.views[view]["box"]
    slender = max(x1 - x0, y1 - y0) / max(1, min(x1 - x0, y1 - y0))
    return FILL[facts.pose] + (0.08 if slender > _TALL and facts.pose != "hanging" else 0.0)


def suited(facts: Facts, brief: Brief, seed: int, plates: Path) -> Brief:
    """The brief with a place that fits the object where the words name none, and the camera its pose needs."""
    angle = "eye-level" if facts.pose == "standing" else "top-down"
    brief = replace(brief, camera_angle=angle)
    if brief.background or brief.surface or brief.visual_prompt or brief.theme:
        return brief
    there = {path.parent.name for path in plates.glob("*/scene.json")}
    tail = "" if facts.pose == "standing" else "-top"
    wishes = _WALLS if facts.pose == "hanging" else tuple(name.removesuffix("-top") for name in facts.stages)
    offered = [name for name in wishes if f"{name}{tail}" in there]
    if not offered:
        return brief
    return replace(brief, background=offered[int(np.random.default_rng([seed, 17]).integers(len(offered)))])


def lamp_gains(view: View, lighting: Lighting) -> Mapping[str, tuple[float, float, float]]:
    """Colours for the object's own light groups after a lighting's lamps: their balance and hues against one another.

    The whole is kept neutral and as bright as the object was baked, because the stage exposes and tints what stands
    on it.
    """
    solid = view.alpha > 0.9
    weight = {group: float(view.body[group][solid].mean()) if solid.any() else 0.25 for group in GROUPS}
    burnt = {
        group: np.asarray(lamp.colour, np.float64) * lamp.gain if (lamp := lighting.lamps.get(group)) else np.zeros(3)
        for group in GROUPS
    }
    total = sum((weight[group] * burnt[group] for group in GROUPS), np.zeros(3))
    whole = sum(weight.values()) / np.maximum(total, 1e-4)
    gains = {group: np.clip(burnt[group] * whole, 0, 3.0) * 0.75 + 0.25 for group in GROUPS}
    return {group: (float(gain[0]), float(gain[1]), float(gain[2])) for group, gain in gains.items()}


def seated(dressed: Dressed) -> Dressed:
    """The cut-out with the narrow dark seam where its lower edges meet the ground, also those that recede from the eye.

    The edge is followed from the lowest point to both sides as long as it rises gently: a handle's underside is none.
    """
    x0, y0, x1, y1 = dressed.box
    solid = dressed.alpha > 0.5
    low = np.where(solid.any(axis=0), solid.shape[0] - 1 - np.argmax(solid[::-1], axis=0), -1)
    start, height = int(np.argmax(low)), y1 - y0
    seam = np.zeros(dressed.alpha.shape, np.float32)
    for step in (-1, 1):
        column = start
        while x0 <= column < x1 and low[column] >= y1 - 0.2 * height:
            seam[low[column], column] = 1.0
            ahead = column + 3 * step
            if not x0 <= ahead < x1 or low[column] - low[ahead] > 6:
                break
            column += step
    near, far = (blurred(seam, share * height) for share in (0.006, 0.022))
    shade = np.clip(0.8 * near / max(float(near.max()), 1e-4) + 0.38 * far / max(float(far.max()), 1e-4), 0, 0.86)
    shade = np.asarray(shade * (1 - dressed.alpha), np.float32)
    alpha = dressed.alpha + shade
    keep = (dressed.alpha / np.maximum(alpha, 1e-3))[..., None]
    light = to_linear(dressed.foreground) * keep
    return Dressed(
        from_linear(np.asarray(light, np.float32)), np.asarray(np.clip(alpha, 0, 1), np.float32), dressed.box
    )


def blurred(plate: F32, sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), max(sigma, 0.6)), np.float32)
