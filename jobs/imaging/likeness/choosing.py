"""Chooses the stage, lighting, aesthetic and air that come nearest to a measured reference, and sets its colours.

Never renders. The words of a request come first; what is chosen here fills what they leave open.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg

from jobs.imaging.likeness.palette import lab_of, rgb_of
from jobs.imaging.likeness.reference import Reference, bands
from jobs.imaging.oklab import to_oklab
from jobs.imaging.scenery.aesthetics import AESTHETICS
from jobs.imaging.scenery.brief import Brief
from jobs.imaging.scenery.direction import direct
from jobs.imaging.scenery.setting import Grade, Setting
from jobs.imaging.scenery.stage import find_stages, load_stage

F32 = npt.NDArray[np.float32]
Rgb8 = tuple[int, int, int]

TRANSFERS = ("lighting", "color", "composition", "background", "props", "mood")
# level, contrast, chroma and warmth (OKLab) of pictures under each lighting; hardness of its shadows
_LIGHTS: dict[str, tuple[float, float, float, float, float]] = {
    "cinematic": (0.42, 0.55, 0.05, 0.015, 0.6),
    "soft-studio": (0.72, 0.35, 0.03, 0.006, 0.2),
    "natural-sunlight": (0.70, 0.55, 0.06, 0.02, 0.9),
    "golden-hour": (0.60, 0.50, 0.09, 0.06, 0.7),
    "dramatic": (0.22, 0.60, 0.03, 0.01, 0.8),
    "high-key": (0.92, 0.18, 0.02, 0.004, 0.1),
    "neon-glow": (0.35, 0.55, 0.16, -0.05, 0.5),
    "moonlight": (0.28, 0.40, 0.06, -0.045, 0.6),
    "ring-light": (0.80, 0.40, 0.04, 0.006, 0.3),
}
_WEIGHTS = np.array([1.6, 0.7, 2.5, 9.0, 0.25])
_PLAIN_DETAIL = 0.30  # root of the mean gradient under which a surrounding is a plain backdrop
_THUMB = 96


@dataclass(frozen=True)
class Chosen:
    """The setting to render, the product's `scale`, the sideways place `x`, warnings, and the names for the result."""

    setting: Setting
    scale: float
    x: float
    warnings: tuple[str, ...]
    aesthetic: str


def choose(
    reference: Reference, brief: Brief, transfer: frozenset[str], strength: float, seed: int, plates: Path
) -> Chosen:
    """A setting like the reference's. `brief`: what the request itself says; `strength` 0 takes nothing over."""
    if strength <= 0:
        directed = direct(brief, seed, plates)
        return Chosen(directed.setting, brief.product_scale, 0.0, directed.warnings, brief.aesthetic)
    light = brief.lighting or (nearest_light(reference) if transfer & {"lighting"} else "")
    style = brief.aesthetic or (nearest_aesthetic(reference) if transfer & {"mood"} else "")
    place = brief.background
    asked = bool(place or brief.visual_prompt or brief.surface)
    if not asked and transfer & {"background"}:
        place = nearest_stage(reference, plates)
    angle = "top-down" if reference.above and transfer & {"composition"} and not brief.camera_angle else ""
    air = brief.atmosphere
    if not air and transfer & {"mood"}:  # the nearest style's own air is not the reference's
        air = "Cinematic depth" if reference.depth > 0.55 else "None"
    told = replace(brief, lighting=light, aesthetic=style, background=place, atmosphere=air,
                   camera_angle=brief.camera_angle or angle)  # fmt: skip
    directed = direct(told, seed, plates)
    setting = directed.setting
    if transfer & {"lighting"}:
        setting = replace(setting, mirrored=reference.side > 0.15 if abs(reference.side) > 0.15 else setting.mirrored)
    if transfer & {"color"}:
        setting = replace(setting, paint=painted(setting, reference, strength))
    setting = replace(setting, grade=printed(setting.grade, reference, transfer, strength))
    scale, x = composed(reference, brief, strength) if transfer & {"composition"} else (brief.product_scale, 0.0)
    return Chosen(setting, scale, x, directed.warnings, style)


def nearest_light(reference: Reference) -> str:
    """The lighting whose pictures are most like the reference in level, contrast, colour, warmth and hardness."""
    mine = np.array([reference.level, reference.contrast, reference.chroma, _light_warmth(reference),
                     1 - reference.softness])  # fmt: skip
    return min(_LIGHTS, key=lambda name: float((np.abs(np.array(_LIGHTS[name]) - mine) * _WEIGHTS).sum()))


def _light_warmth(reference: Reference) -> float:
    """Warmth of the light rather than of the things: the tint's share, and half of the picture's."""
    red, _, blue = reference.tint
    return float(np.clip(0.12 * (red - blue) + 0.5 * reference.warmth, -0.1, 0.1))


def nearest_aesthetic(reference: Reference) -> str:
    """The aesthetic whose palette lies nearest to the reference's main colours, with a thought for saturation."""
    best, least = "", 9.0
    for name, row in AESTHETICS.items():
        colours = [lab_of(_hexed(text)) for text in row.palette]
        if not colours:
            continue
        away = sum(
            swatch.share * min(float(np.linalg.norm(lab_of(swatch.rgb) - colour)) for colour in colours)
            for swatch in reference.colours
        )
        away += 0.25 * abs(row.grade.saturation - float(np.clip(0.55 + 6 * reference.chroma, 0.5, 1.25)))
        if away < least:
            best, least = name, away
    return best


def _hexed(text: str) -> Rgb8:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def nearest_stage(reference: Reference, plates: Path) -> str:
    """The installed stage whose bands of light and detail, and whose fixed colours, are most like the reference's.

    A plain reference gets the plain sweep, whose surface takes any colour.
    """
    view = "-top" if reference.above else ""
    stages = {name: path for name, path in find_stages(plates).items() if name.endswith("-top") == bool(view)}
    if not stages:
        return ""
    detail = float(reference.rows[:, 1].mean())
    if detail < _PLAIN_DETAIL and f"sweep{view}" in stages:
        return "sweep"
    best = min(stages, key=lambda name: _unlike(reference, stages[name]))
    return best.removesuffix("-top")


def _unlike(reference: Reference, folder: Path) -> float:
    rows, colour, paintable = signature(folder)
    light = np.abs(rows[:, 0] - reference.rows[:, 0]).mean()
    detail = np.abs(rows[:, 1] - reference.rows[:, 1]).mean()
    mean = sum(swatch.share * lab_of(swatch.rgb) for swatch in reference.colours)
    hue = float(np.linalg.norm((np.asarray(mean) - np.array(colour))[1:]))
    return float(1.0 * light + 1.4 * detail + (0.6 if paintable else 3.0) * hue)


@lru_cache(maxsize=64)
def signature(folder: Path) -> tuple[F32, tuple[float, float, float], bool]:
    """(bands 8 x 2, mean OKLab colour, whether its surfaces take paint) of a stage under all its lights."""
    stage = load_stage(folder)
    total = np.zeros((_THUMB, _THUMB, 3), np.float32)
    for name, group in stage.groups.items():
        plate = simplejpeg.decode_jpeg((folder / group.file).read_bytes(), min_width=2 * _THUMB, min_height=2 * _THUMB)
        small = cv2.resize(plate, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        total += np.float32(group.scale * (1.0 if name != "practical" else 0.7)) * small ** np.float32(stage.curve)
    lab = to_oklab(np.clip(total * np.float32(0.6), 0, 1).astype(np.float32))
    mean = lab.reshape(-1, 3).mean(axis=0)
    return bands(lab), (float(mean[0]), float(mean[1]), float(mean[2])), stage.paint is not None


def painted(setting: Setting, reference: Reference, strength: float) -> tuple[float, float, float] | None:
    """The colour of the stage's painted surfaces: the reference's largest, on the way from what they were."""
    if not reference.colours:
        return setting.paint
    wanted = lab_of(reference.colours[0].rgb)
    # Paint is what light falls on, not what comes back: a surface in dim light is painted lighter than it looks.
    wanted[0] = float(np.clip(wanted[0] * 1.04 + 0.02, 0.12, 0.97))
    if setting.paint is not None:
        now = lab_of(tuple(round(255 * value) for value in setting.paint))  # type: ignore[arg-type]
        wanted = now + np.float32(min(1.0, 1.3 * strength)) * (wanted - now)
    red, green, blue = rgb_of(wanted)
    return red / 255, green / 255, blue / 255


def printed(grade: Grade, reference: Reference, transfer: frozenset[str], strength: float) -> Grade:
    """The print on the way to the reference's: rim, grain; its tones and colours are matched after rendering."""
    if not transfer & {"mood"}:
        return grade
    vignette = float(np.clip(0.9 * reference.rim, 0, 0.5))
    grain = float(np.clip(0.6 * reference.grain, 0.4, 2.4))  # above that it was texture
    return replace(
        grade,
        vignette=grade.vignette + strength * (vignette - grade.vignette),
        grain=grade.grain + strength * (grain - grade.grain),
    )


def composed(reference: Reference, brief: Brief, strength: float) -> tuple[float, float]:
    """The product's scale and sideways place, on the way to the old hero's."""
    if reference.hero is None:
        return brief.product_scale, 0.0
    x, _, longest = reference.hero
    scale = brief.product_scale + strength * (float(np.clip(longest, 0.32, 0.82)) - brief.product_scale)
    return scale, strength * float(np.clip(2 * x - 1, -0.45, 0.45))
