"""What a finished direction says: which stage, which light, colours, air, lens and print. Values only.

Never reads words and never touches a pixel.
"""

from dataclasses import dataclass, field
from pathlib import Path

Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Lamp:
    """How strong a light group burns and its colour (linear, 1 = the baked white)."""

    gain: float
    colour: Rgb = WHITE


@dataclass(frozen=True)
class Lighting:
    """A lighting: lamps by group; `level` the brightness of a subject under it (1 = a neutral exposure), `scene` that
    of the stage beside it; `keeps` the share of the light's colour that is not balanced away; `contrast` of the print;
    `pool` 0..1 how far the light falls off around the subject; `frontal` a ring light's even face and halo."""

    id: str
    lamps: dict[str, Lamp] = field(default_factory=dict)
    level: float = 1.0
    keeps: float = 0.6
    scene: float = 1.0
    contrast: float = 0.0
    pool: float = 0.0
    frontal: float = 0.0


@dataclass(frozen=True)
class Grade:
    """The print. `contrast` -1..1 about middle grey; `saturation` 1 = as is; `shadows`, `lights`: tints added to the
    dark and the bright end (display levels, about +-0.05); `fade`: lifted blacks 0..0.2; `vignette` 0..1; `grain` in
    display levels of 255; `bloom` 0..1."""

    contrast: float = 0.06
    saturation: float = 1.0
    shadows: Rgb = (0.0, 0.0, 0.0)
    lights: Rgb = (0.0, 0.0, 0.0)
    fade: float = 0.0
    vignette: float = 0.12
    grain: float = 1.1
    bloom: float = 0.05


@dataclass(frozen=True)
class Prop:
    """A baked sprite beside the product: `side` -1 left or 1 right, `gap` to the product in half frame widths,
    `depth` units behind it, `size` a factor of the sprite's own."""

    folder: Path
    side: float
    gap: float
    depth: float
    size: float


@dataclass(frozen=True)
class Setting:
    """Everything about a picture but the cut-outs. `stage`: folder of a baked stage; `paint`: sRGB 0..1 of its painted
    surfaces or None; `angle`, `position`, `shadow`: photography's ids ("natural" = as the light falls); `zoom`: how
    much tighter than needed the crop is; `shift`: its sideways offset in frame widths; `foot`: the frame share of
    height at which the lead stands, None for the craft's own choice; `mirrored`: stage seen in a
    mirror; `turn`: sideways lean of the light's balance -1..1."""

    stage: Path
    lighting: Lighting
    grade: Grade = Grade()
    atmosphere: str = "None"
    paint: Rgb | None = None
    angle: str = "eye-level"
    position: str = "center"
    shadow: str = "natural"
    props: tuple[Prop, ...] = ()
    zoom: float = 1.0
    shift: float = 0.0
    foot: float | None = None
    mirrored: bool = False
    exposure: float = 1.0
    tint: Rgb = WHITE
