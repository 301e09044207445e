"""Mixes a stage's baked lights into one picture: gains, colours, blocked light, painted surfaces, exposure.

Never decides on a light: rows of gains come in. Linear light, float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.framing import Framing
from jobs.imaging.scenery.setting import Lighting, Rgb
from jobs.imaging.scenery.stage import SIDES, PlateShelf, Stage

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

DARKEST, BRIGHTEST = 0.25, 6.0


@dataclass(frozen=True)
class Mix:
    """`lamps`: linear RGB factor of every group, exposure included; `arriving`: by side, light on a white subject."""

    lamps: Mapping[str, F64]
    arriving: Mapping[str, F64]


def mix_of(stage: Stage, lighting: Lighting, exposure: float = 1.0, mirrored: bool = False) -> Mix:
    """The factors of each group so that a neutral subject at the spot is lit to the lighting's level.

    Colour is kept by `lighting.keeps`: the rest is balanced away, as a photographer's white balance does.
    """
    colours = {
        name: np.asarray(lamp.colour, np.float64) * lamp.gain
        for name in stage.groups
        if (lamp := lighting.lamps.get(name)) is not None
    }
    plain = {name: np.ones(3) for name in stage.groups}
    neutral = luminance(front_light(stage, plain))
    lit = front_light(stage, colours)
    balance = (lit / max(luminance(lit), 1e-6)) ** -(1 - lighting.keeps)
    # a stage that was baked dark stays darker than a bright one, by half its stops
    usual = float(np.clip(neutral / 0.75, 0.35, 1.25)) ** 0.5
    gain = float(np.clip(lighting.level * neutral / max(luminance(lit), 1e-6), DARKEST, BRIGHTEST)) * exposure
    lamps = {name: colour * balance * gain for name, colour in colours.items()}
    shown = {name: factor * lighting.scene for name, factor in lamps.items()}
    swap = {"left": "right", "right": "left"} if mirrored else {}
    arriving = {
        side: sum((lamps[n] * np.asarray(ball_side(stage, n, swap.get(side, side))) for n in lamps), np.zeros(3))
        / max(neutral, 1e-6) * usual
        for side in SIDES
    }  # fmt: skip
    return Mix(shown, arriving)


def ball_side(stage: Stage, group: str, side: str) -> Rgb:
    return stage.probe.get(group, {}).get(side, (0.0, 0.0, 0.0))


def front_light(stage: Stage, colours: Mapping[str, F64]) -> F64:
    """Light on the side of a white subject that the camera sees: mostly its front, some of its sides and top."""
    share = {"front": 0.6, "left": 0.13, "right": 0.13, "top": 0.14}
    light = np.zeros(3)
    for name, colour in colours.items():
        for side, part in share.items():
            light = light + part * colour * np.asarray(ball_side(stage, name, side))
    return light if light.max() > 0 else np.full(3, 0.5)


def luminance(light: F64) -> float:
    return float(light @ np.array([0.2126, 0.7152, 0.0722]))


def warped(plate: npt.NDArray[np.generic], framing: Framing, fill: str = "edge") -> npt.NDArray[np.generic]:
    """A plate in canvas pixels; beyond its edge it is mirrored."""
    border = cv2.BORDER_REFLECT_101 if fill == "edge" else cv2.BORDER_CONSTANT
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    matrix = half @ framing.view @ np.linalg.inv(half)
    shrink = abs(matrix[0, 0]) < 0.95 and abs(matrix[2, 0]) + abs(matrix[2, 1]) < 1e-9
    if shrink:
        plate, matrix = reduced(plate, matrix)
    return np.asarray(
        cv2.warpPerspective(plate, matrix, framing.size, flags=cv2.INTER_CUBIC if plate.ndim == 3 else cv2.INTER_LINEAR,
                            borderMode=border)
    )  # fmt: skip


def reduced(plate: npt.NDArray[np.generic], matrix: F64) -> tuple[npt.NDArray[np.generic], F64]:
    """The plate averaged down to what the canvas holds, so that the warp does not skip pixels."""
    share = max(abs(matrix[0, 0]), 0.05)
    height, width = plate.shape[:2]
    small = np.asarray(cv2.resize(plate, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA))
    x, y = width / small.shape[1], height / small.shape[0]
    grow = np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1.0]])
    return small, matrix @ grow


def curve_table(scale: float, curve: float) -> F32:
    return (scale * (np.arange(256, dtype=np.float64) / 255) ** curve).astype(np.float32)


def mixed(
    stage: Stage, framing: Framing, mix: Mix, blocked: Mapping[str, F32], shelf: PlateShelf, paint: Rgb | None = None
) -> F32:
    """The lit stage, linear float32 canvas H x W x 3. `blocked`: by group, share of its light that is taken, H x W."""
    width, height = framing.size
    total = np.zeros((height, width, 3), np.float32)
    for name, factor in mix.lamps.items():
        group = stage.groups[name]
        if float(factor.max()) < 1e-4:
            continue
        stored = warped(shelf.colour(stage.folder / group.file), framing)
        light = curve_table(group.scale, stage.curve)[stored]
        light *= factor.astype(np.float32)
        if name in blocked:
            light *= (1 - blocked[name])[:, :, None]
        total += light
    if paint is not None and stage.paint is not None:
        repaint(total, stage, framing, shelf, paint)
    return total


def repaint(total: F32, stage: Stage, framing: Framing, shelf: PlateShelf, paint: Rgb) -> None:
    """Give the painted surfaces another albedo (sRGB 0..1), in place: light is linear in it."""
    assert stage.paint is not None
    file, albedo = stage.paint
    mask = np.asarray(warped(shelf.mask(stage.folder / file), framing), np.float32) * np.float32(1 / 255)
    wanted = np.minimum(linear(paint), 0.82)
    ratio = (wanted / np.maximum(np.asarray(albedo), 0.02)).astype(np.float32)
    total *= 1 + mask[:, :, None] * (ratio - 1)


def linear(colour: Rgb) -> F64:
    """sRGB 0..1 to linear (IEC 61966-2-1)."""
    level = np.asarray(colour, np.float64)
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
