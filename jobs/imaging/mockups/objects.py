"""Loads baked mock-up objects: light plates, masks, print sheet coordinates, normals, fixed colours.

Never decides on a design and never lights anything; a folder that is no object is an ImageFault.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from jobs.imaging.colour import F32

PLATES = Path(__file__).resolve().parents[2] / "plates"
GROUPS = ("key", "fill", "rim", "sky")
_FULL = 65535.0


@dataclass(frozen=True)
class Facts:
    """What an object says of itself. `stock`: linear albedo of its unprinted sheet, None when that is the body's."""

    id: str
    title: str
    keywords: tuple[str, ...]
    pose: str  # standing, lying or hanging
    colour: str
    material: str
    stock: tuple[float, float, float] | None
    stages: tuple[str, ...]
    effects: tuple[str, ...]
    views: Mapping[str, Any]

    @property
    def word(self) -> str:
        """The object's id as callers write it."""
        return self.id.removeprefix("object-")


@dataclass(frozen=True)
class View:
    """One view's plates, float32, all H x W of the same size.

    `bare` and `body` by light group: light that the surface sends back by gloss, and per unit of albedo.
    `alpha`, `cover` (print sheet), `fixed` (own colours): 0..1. `sheet`: H x W x 2, u right, v down.
    `normal`: H x W x 3 in the camera's axes (x right, y up, z to the eye). `tint`: H x W x 3 linear or None.
    `to_light`: unit vectors towards the groups' lights, same axes. `sheet_size`: units. `unit`: pixels a unit.
    """

    bare: Mapping[str, F32]
    body: Mapping[str, F32]
    alpha: F32
    cover: F32
    fixed: F32
    sheet: F32
    normal: F32
    tint: F32 | None
    to_light: Mapping[str, tuple[float, float, float]]
    sheet_size: tuple[float, float]
    areas: Mapping[str, tuple[float, float, float, float]]
    unit: float
    box: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.alpha.shape[1], self.alpha.shape[0]


@lru_cache(maxsize=1)
def known_objects() -> Mapping[str, Facts]:
    """Every baked object by the word for it (mug, tote-bag …)."""
    found = (read_facts(path) for path in sorted(PLATES.glob("object-*/scene.json")))
    return {facts.word: facts for facts in found}


def read_facts(path: Path) -> Facts:
    """The values of one `scene.json`."""
    raw = json.loads(path.read_text())
    return Facts(
        raw["id"],
        raw["title"],
        tuple(raw["keywords"]),
        raw["pose"],
        raw["colour"],
        raw["material"],
        tuple(raw["stock"]) if raw["stock"] else None,
        tuple(raw["stages"]),
        tuple(raw["effects"]),
        raw["views"],
    )


def load_view(facts: Facts, name: str, longest: int, folder: Path | None = None) -> View:
    """Read one view at a size: `longest` pixels for the longer side of the object's box (plates are resized)."""
    raw = facts.views[name]
    folder = folder or PLATES / facts.id
    x0, y0, x1, y1 = raw["box"]
    factor = longest / max(x1 - x0, y1 - y0)
    size = (max(2, round(raw["size"][0] * factor)), max(2, round(raw["size"][1] * factor)))
    groups = {group: raw["groups"][group] for group in GROUPS}
    masks = fitted(_picture(folder / raw["masks"], "RGB"), size) / 255.0
    masks = np.clip(masks, 0, 1).astype(np.float32)
    normal = fitted(_picture(folder / raw["normal"], "RGB"), size) / 127.5 - 1.0
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-3)
    return View(
        bare={group: _light(folder, entry, "bare", size) for group, entry in groups.items()},
        body={group: _light(folder, entry, "body", size) for group, entry in groups.items()},
        alpha=np.ascontiguousarray(masks[..., 0]),
        cover=np.ascontiguousarray(masks[..., 1]),
        fixed=np.ascontiguousarray(masks[..., 2]),
        sheet=_sheet(folder / raw["uv"], size),
        normal=normal,
        tint=_tint(folder, raw["tint"], size),
        to_light={group: tuple(-part for part in entry["view"]) for group, entry in groups.items() if entry["view"]},
        sheet_size=tuple(raw["sheet"]),
        areas={area: tuple(rect) for area, rect in raw["areas"].items()},
        unit=raw["unit"] * factor,
        box=(round(x0 * factor), round(y0 * factor), round(x1 * factor), round(y1 * factor)),
    )


def fitted(plate: Any, size: tuple[int, int]) -> F32:
    """A plate at another size, float32 in its own units: cubic when it grows, mean when it shrinks."""
    plate = plate.astype(np.float32)
    shrinks = size[0] < plate.shape[1]
    return np.asarray(cv2.resize(plate, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC), np.float32)


@lru_cache(maxsize=64)
def _picture(path: Path, mode: str | None) -> Any:
    """A plate's pixels: "RGB", "L", or as they are stored (16-bit grey)."""
    with Image.open(path) as picture:
        return np.asarray(picture if mode is None else picture.convert(mode))


def _light(folder: Path, entry: Mapping[str, Any], kind: str, size: tuple[int, int]) -> F32:
    levels = _picture(folder / entry[kind], "L")
    curve = (np.arange(256, dtype=np.float32) / 255) ** 2.2 * np.float32(entry[f"{kind}_scale"])
    return np.maximum(fitted(curve.astype(np.float32)[levels], size), 0)


def _sheet(path: Path, size: tuple[int, int]) -> F32:
    stacked = _picture(path, None)
    half = stacked.shape[0] // 2
    layers = [fitted(stacked[start : start + half], size) / _FULL for start in (0, half)]
    return np.stack(layers, -1)


def _tint(folder: Path, name: str | None, size: tuple[int, int]) -> F32 | None:
    if name is None:
        return None
    levels = _picture(folder / name, "RGB")
    return fitted((levels.astype(np.float32) / 255) ** 2.2, size)
