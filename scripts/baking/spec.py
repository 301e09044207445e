"""What a scene says of itself beside its geometry. Plain data; never touches bpy or a file."""

from dataclasses import dataclass, field

Triple = tuple[float, float, float]
Spot = tuple[Triple, tuple[float, float]]

PLATE_SIZE = (1280, 960)  # what a bake affords; enlarged results keep the product itself at full sharpness
DEPTH_SIZE = (512, 384)
CURVE = 2.2
GROUPS = ("key", "fill", "rim", "sky", "practical")
FOOT_HEIGHT = 0.70  # where the spot's foot lies, of the plate's height from its top
UNIT_EYE = 0.60  # plate heights per product unit at the spot
UNIT_TOP = 0.25


@dataclass(frozen=True)
class Light:
    """Which way a group's light travels (unit vector, world) and the tangent of the half angle it is seen under."""

    direction: Triple | None = None
    softness: float | None = None


@dataclass(frozen=True)
class StageSpec:
    """One stage. `paint` names the materials whose colour may be changed, `albedo` their linear base colour;
    `glossy` the objects (or materials) that mirror the product, with the `roughness` of that mirror;
    `spots` are (foot, (width, height) of the room there), roomiest first; `depth` is (near, far) in units."""

    id: str
    title: str
    keywords: tuple[str, ...]
    view: str = "eye"
    spots: tuple[Spot, ...] = (((0.0, 0.0, 0.0), (1.2, 1.3)),)
    paint: tuple[str, ...] = ()
    albedo: Triple = (0.8, 0.8, 0.8)
    glossy: tuple[str, ...] = ()
    roughness: float = 0.1
    depth: tuple[float, float] = (2.0, 14.0)
    samples: int = 10
    exposure: float = 1.0
    gains: dict[str, float] = field(default_factory=dict)
