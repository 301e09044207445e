"""Where the camera looks and where things stand: the plate's crop as one matrix, and each item's box and foot.

Never reads a plate: sizes, matrices and boxes in, matrices and boxes out. Pixel centres lie at whole numbers + 0.5.
"""

from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.setting import Setting
from jobs.imaging.scenery.stage import Stage

F64 = npt.NDArray[np.float64]

MARGIN = 0.025  # of the frame's shorter side, kept free around whatever stands in it
_ACROSS = {"center": 0.5, "left": 0.34, "right": 0.66, "bottom": 0.5}
_ZOOM = {"eye-level": 1.0, "low-angle": 0.9, "macro": 0.68, "top-down": 1.0, "45-degree": 1.0}
_OVER = 1.1  # a foot may be a little wider than the room: its ends rarely reach the very edge
_NEAREST = 1.5  # how much of a plate's sharpness may be given away to keep a thing on its spot
_OBLIQUE_UNITS = 1.35  # how high a product of fill 0.6 is in units when the flat stage is seen at an angle
_OBLIQUE_PITCH = 42.0
_OBLIQUE_AWAY = 3.6


@dataclass(frozen=True)
class Wanted:
    """An item's wish: width and height in output pixels, sideways place -1..1 of the half frame, units behind; `y`: of
    what lies, likewise downwards from the middle."""

    width: float
    height: float
    x: float
    depth: float
    flat: bool
    y: float = 0.0


@dataclass(frozen=True)
class Stand:
    """Where an item is: box in canvas pixels, its foot's world point, units per canvas pixel there."""

    box: tuple[float, float, float, float]
    foot: tuple[float, float, float]
    unit: float


@dataclass(frozen=True)
class Framing:
    """`view`: 3 x 3, plate pixels -> canvas pixels; `camera`: 3 x 4, world -> canvas pixels; `size`: canvas width and
    height; `horizon`: canvas row of the ground's vanishing line; `flat`: whether things lie on what is seen."""

    view: F64
    camera: F64
    size: tuple[int, int]
    horizon: float
    flat: bool
    stands: tuple[Stand, ...]

    def ground(self, height: float = 0.0) -> F64:
        """3 x 3, world (x, y) of the plane z = `height` -> canvas pixels."""
        return ground_of(self.camera, height)


def ground_of(camera: F64, height: float = 0.0) -> F64:
    return np.stack([camera[:, 0], camera[:, 1], camera[:, 3] + height * camera[:, 2]], axis=1)


def through(matrix: F64, x: float, y: float) -> tuple[float, float]:
    """A point through a homography."""
    u, v, w = matrix @ np.array([x, y, 1.0])
    return float(u / w), float(v / w)


def project(camera: F64, point: tuple[float, float, float]) -> tuple[float, float]:
    u, v, w = camera @ np.array([*point, 1.0])
    return float(u / w), float(v / w)


def frame(stage: Stage, setting: Setting, wishes: tuple[Wanted, ...], size: tuple[int, int]) -> Framing:
    """Lay out the picture: `size` is the output's, the canvas has its shape and at most the plate's resolution."""
    if stage.view == "top" and setting.angle == "45-degree":
        return oblique(stage, setting, wishes, size)
    lead = max(wishes, key=lambda wish: wish.width * wish.height)
    flat = stage.view == "top"
    across, foot, crop = composed(stage, setting, lead, size, flat)
    spot_x, spot_y = spot_on_plate(stage)
    width, height = crop * size[0] / size[1], crop
    x0 = float(np.clip(spot_x - across * width, 0, stage.size[0] - width))
    y0 = float(np.clip(spot_y - foot * height, 0, stage.size[1] - height))
    canvas = canvas_size(size, width)
    scale = canvas[0] / width
    view = np.array([[scale, 0, -x0 * scale], [0, canvas[1] / height, -y0 * canvas[1] / height], [0, 0, 1.0]])
    if setting.mirrored:
        x0 = float(np.clip(stage.size[0] - spot_x - across * width, 0, stage.size[0] - width))
        flip = np.array([[-1, 0, stage.size[0]], [0, 1, 0], [0, 0, 1.0]])
        view = np.array([[scale, 0, -x0 * scale], [0, scale, -y0 * scale], [0, 0, 1.0]]) @ flip
    camera = view @ stage.projection
    base = Framing(view, camera, canvas, horizon_of(camera), flat, ())
    return stood(base, stage, wishes, size, across, foot)


def composed(
    stage: Stage, setting: Setting, lead: Wanted, size: tuple[int, int], flat: bool
) -> tuple[float, float, float]:
    """(sideways place of the lead, height of its foot, both in frame shares; the crop's height in plate pixels)."""
    plate_w, plate_h = stage.size
    tall = lead.height / size[1]
    widest = min(plate_h, plate_w * size[1] / size[0])
    across = _ACROSS.get(setting.position, 0.5) + setting.shift
    margin = MARGIN * min(size) / size[1]
    if flat:
        foot = 0.62 if setting.position == "bottom" else 0.5
        return across, foot, widest * min(1.0, 0.94 / setting.zoom)
    foot = 0.5 + tall / 2 + 0.3 * max(0.0, 0.62 - tall) * 0.6 + 0.03
    if setting.position == "bottom":
        foot = max(foot, 0.93)
    if setting.angle == "low-angle":
        foot = max(foot + 0.03, 0.88)
    if setting.foot is not None:
        foot = setting.foot
    foot = float(np.clip(foot, tall + margin, 1 - margin - 0.01))
    spot_y = spot_on_plate(stage)[1]
    crop = min(widest, spot_y / foot, (plate_h - spot_y) / max(1 - foot, 1e-3))
    crop *= _ZOOM[setting.angle] / setting.zoom
    return across, foot, crop * held(stage, lead.width / size[1] * crop)


def held(stage: Stage, wide: float) -> float:
    """How much nearer the camera comes so that the spot holds something `wide` plate pixels wide; 1 where it does."""
    x, y, z = stage.spots[0].at
    pixels = abs(project(stage.projection, (x + 1, y, z))[0] - project(stage.projection, (x, y, z))[0])
    return float(np.clip(_OVER * stage.spots[0].room[0] * pixels / max(wide, 1e-6), 1 / _NEAREST, 1.0))


def stood(
    base: Framing, stage: Stage, wishes: tuple[Wanted, ...], size: tuple[int, int], across: float, foot: float
) -> Framing:
    """Place every item: the foot on the ground at its depth behind the spot, the box whole inside the frame."""
    spot = stage.spots[0].at
    share = base.size[0] / size[0]
    ground = base.ground(spot[2])
    back: F64 = np.linalg.inv(ground).astype(np.float64)
    stands = []
    for wish in wishes:
        width, height = wish.width * share, wish.height * share
        middle = (across + 0.5 * wish.x) * base.size[0]
        if base.flat:
            row = (foot + 0.5 * wish.y) * base.size[1] - wish.depth * unit_rows(base, spot) + height / 2
        else:
            near = through(back, middle, project(base.camera, spot)[1])
            row = through(ground, near[0], near[1] + wish.depth)[1]
        low = base.size[1] * (1 - 1e-9) - MARGIN * min(base.size)
        row = float(np.clip(row, height + MARGIN * min(base.size), max(low, height)))
        middle = float(
            np.clip(middle, width / 2 + MARGIN * min(base.size), base.size[0] - width / 2 - MARGIN * min(base.size))
        )
        x, y = through(back, middle, row)
        unit = units_at(base, (x, y, spot[2]))
        if not base.flat and len(wishes) == 1:
            middle = on_the_spot(base, stage, middle, width * unit, x)
            x, y = through(back, middle, row)
        stands.append(Stand((middle - width / 2, row - height, middle + width / 2, row), (x, y, spot[2]), unit))
    return replace(base, stands=tuple(stands))


def on_the_spot(base: Framing, stage: Stage, middle: float, wide: float, x: float) -> float:
    """The canvas column that keeps a lone item on its spot's room (with some overhang) when it was set aside."""
    off = x - stage.spots[0].at[0]
    slack = max(0.0, _OVER * stage.spots[0].room[0] / 2 - wide / 2) + 0.08
    if abs(off) <= slack:
        return middle
    return middle + (project(base.camera, stage.spots[0].at)[0] - middle) * (1 - slack / abs(off))


def unit_rows(base: Framing, spot: tuple[float, float, float]) -> float:
    """Canvas pixels that one unit along the ground makes at the spot, seen from above."""
    return abs(project(base.camera, (spot[0], spot[1] + 1, spot[2]))[1] - project(base.camera, spot)[1])


def units_at(base: Framing, point: tuple[float, float, float]) -> float:
    """Units that one canvas pixel is wide at a ground point."""
    left = project(base.camera, (point[0] - 0.5, point[1], point[2]))
    right = project(base.camera, (point[0] + 0.5, point[1], point[2]))
    return 1.0 / max(float(np.hypot(right[0] - left[0], right[1] - left[1])), 1e-6)


def spot_on_plate(stage: Stage) -> tuple[float, float]:
    return project(stage.projection, stage.spots[0].at)


def canvas_size(size: tuple[int, int], crop_width: float) -> tuple[int, int]:
    """The canvas: of the output's shape, as fine as the crop of the plate, never finer than the output."""
    share = min(1.0, max(crop_width / size[0], 720 / max(size)))
    return max(16, round(size[0] * share)), max(16, round(size[1] * share))


def horizon_of(camera: F64) -> float:
    """Canvas row where the ground plane's horizontals (along y) vanish; far above for a view from the top."""
    column = camera[:, 1]
    return float(column[1] / column[2]) if abs(column[2]) > 1e-6 else -1e6


def oblique(stage: Stage, setting: Setting, wishes: tuple[Wanted, ...], size: tuple[int, int]) -> Framing:
    """A surface baked from above, seen at an angle: its plane through a homography of a new camera."""
    lead = max(wishes, key=lambda wish: wish.width * wish.height)
    across, foot, _ = composed(stage, setting, lead, size, False)
    plate_w, _ = stage.size
    canvas = canvas_size(size, plate_w * 0.55)
    focal = 0.6 * min(canvas) / _OBLIQUE_UNITS * _OBLIQUE_AWAY * setting.zoom
    spot = stage.spots[0].at
    camera = tilted(focal, _OBLIQUE_AWAY, _OBLIQUE_PITCH, spot, (across * canvas[0], foot * canvas[1]))
    if setting.mirrored:
        camera = camera @ np.diag([-1.0, 1, 1, 1])
    view = ground_of(camera, spot[2]) @ np.linalg.inv(ground_of(stage.projection, spot[2]))
    base = Framing(view, camera, canvas, horizon_of(camera), False, ())
    return stood(base, stage, wishes, size, across, foot)


def tilted(focal: float, away: float, pitch: float, spot: tuple[float, float, float], at: tuple[float, float]) -> F64:
    """A pinhole camera `away` units from the spot, looking down `pitch` degrees towards +y; the spot is seen `at`."""
    down, level = sin(radians(pitch)), cos(radians(pitch))
    turn = np.array([[1, 0, 0], [0, -down, -level], [0, level, -down]], np.float64)
    eye = np.array(spot) + away * np.array([0, -level, down])
    lens = np.array([[focal, 0, at[0]], [0, focal, at[1]], [0, 0, 1.0]])
    return np.asarray(lens @ np.hstack([turn, (-turn @ eye)[:, None]]), np.float64)
