"""Baked stages as they lie in their folders: which there are, what `scene.json` says, and their plates, decoded late.

Never mixes light and never knows what stands on a stage.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Vector = tuple[float, float, float]

PLATES = Path(__file__).resolve().parents[2] / "plates"
SIDES = ("front", "left", "right", "top", "back")


@dataclass(frozen=True)
class Group:
    """One light's plate: stored v means `scale` * (v/255) ** curve linear light. `direction`: unit vector in which the
    light travels, world axes; `softness`: tangent of its half angle; both None for light from everywhere."""

    file: str
    scale: float
    direction: Vector | None = None
    softness: float | None = None


@dataclass(frozen=True)
class Spot:
    """Where a product may stand (world units) and how wide and high it may be there."""

    at: Vector
    room: tuple[float, float]


@dataclass(frozen=True)
class Stage:
    """What a stage's `scene.json` says. `camera`: 3 x 4, world homogeneous -> plate pixels homogeneous. `probe`: by
    group and side, the light on a white ball at the first spot. `paint`: (file, linear albedo); `reflection`: (file,
    roughness); `depth`: (file, near, far)."""

    id: str
    title: str
    folder: Path
    view: str
    size: tuple[int, int]
    keywords: tuple[str, ...]
    curve: float
    groups: Mapping[str, Group]
    camera: tuple[tuple[float, float, float, float], ...]
    spots: tuple[Spot, ...]
    probe: Mapping[str, Mapping[str, Vector]]
    paint: tuple[str, Vector] | None = None
    reflection: tuple[str, float] | None = None
    depth: tuple[str, float, float] | None = None

    @property
    def projection(self) -> F64:
        return np.asarray(self.camera, np.float64)


def load_stage(folder: Path) -> Stage:
    """Read a stage's description; plates stay on the disk. Raises OSError, ValueError or KeyError for a broken one."""
    words = json.loads((folder / "scene.json").read_text())
    if words.get("kind", "stage") != "stage":
        raise ValueError(f"{folder.name} is no stage")
    paint, mirror, depth = words.get("paint"), words.get("reflection"), words.get("depth")
    return Stage(
        id=words["id"],
        title=words.get("title", words["id"]),
        folder=folder,
        view=words.get("view", "eye"),
        size=(int(words["size"][0]), int(words["size"][1])),
        keywords=tuple(words.get("keywords", ())),
        curve=float(words.get("curve", 2.2)),
        groups={name: read_group(group) for name, group in words["groups"].items()},
        camera=tuple(tuple(float(value) for value in row) for row in words["camera"]),  # type: ignore[misc]
        spots=tuple(Spot(vector(s["at"]), (float(s["room"][0]), float(s["room"][1]))) for s in words["spots"]),
        probe={name: {side: vector(light) for side, light in ball.items()} for name, ball in words["probe"].items()},
        paint=(paint["file"], vector(paint.get("albedo") or (0.5, 0.5, 0.5))) if paint else None,
        reflection=(mirror["file"], float(mirror.get("roughness", 0.1))) if mirror else None,
        depth=(depth["file"], float(depth["near"]), float(depth["far"])) if depth else None,
    )


def vector(values: Any) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z


def read_group(words: Mapping[str, Any]) -> Group:
    """One entry of `groups`; the direction is made a unit vector."""
    direction = words.get("direction")
    if direction is not None:
        length = max(float(np.linalg.norm(direction)), 1e-9)
        direction = vector([value / length for value in direction])
    softness = words.get("softness")
    return Group(words["file"], float(words["scale"]), direction, None if softness is None else float(softness))


def find_stages(plates: Path = PLATES) -> dict[str, Path]:
    """The folders of the stages under `plates`, by id; folders of other kinds and unfinished ones are passed over."""
    found = {}
    for path in sorted(plates.glob("*/scene.json")):
        if not path.parent.name.startswith(("object-", "prop-")):
            found[path.parent.name] = path.parent
    return found


class PlateShelf:
    """Decoded plates of the last scenes, at most `most` bytes: one worker's memory of what it is likely to need again.

    Not for several threads at once."""

    def __init__(self, most: int = 64 << 20) -> None:
        self.most = most
        self.kept: OrderedDict[tuple[Path, str], npt.NDArray[Any]] = OrderedDict()

    def colour(self, path: Path) -> U8:
        """A colour plate, uint8 H x W x 3 as stored; treat it as read-only."""
        return self._kept(path, "RGB", lambda data: simplejpeg.decode_jpeg(data, "RGB"))

    def mask(self, path: Path) -> U8:
        """A mask plate, uint8 H x W."""
        return self._kept(path, "GRAY", lambda data: simplejpeg.decode_jpeg(data, "GRAY")[:, :, 0])

    def distance(self, stage: Stage) -> F32 | None:
        """Distance from the camera in units, float32 at the depth plate's own (small) size; None without one."""
        if stage.depth is None:
            return None
        file, near, far = stage.depth
        path = stage.folder / file
        if (path, "D") not in self.kept:
            with Image.open(path) as picture:
                levels = np.asarray(picture).astype(np.float32)
            self._keep((path, "D"), (near + (far - near) / 65535 * levels).astype(np.float32))
        return self.kept[(path, "D")]

    def _kept(self, path: Path, kind: str, decode: Any) -> U8:
        if (path, kind) not in self.kept:
            self._keep((path, kind), np.ascontiguousarray(decode(path.read_bytes())))
        self.kept.move_to_end((path, kind))
        return self.kept[(path, kind)]

    def _keep(self, key: tuple[Path, str], plate: npt.NDArray[Any]) -> None:
        self.kept[key] = plate
        while len(self.kept) > 1 and sum(each.nbytes for each in self.kept.values()) > self.most:
            self.kept.popitem(last=False)


@cache
def shelf() -> PlateShelf:
    """This process's plates."""
    return PlateShelf()


@cache
def open_stage(folder: Path) -> Stage:
    """`load_stage`, once per process."""
    return load_stage(folder)
