"""Linear pictures to the 8-bit plates and `scene.json` that the service reads, and back. Knows numpy and Pillow alone.

A stored value v stands for scale * (v / 255) ** 2.2 in linear light; masks are stored linearly. Never renders.
"""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from scripts.baking.spec import CURVE, DEPTH_SIZE, Light, StageSpec

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

LIGHT_BYTES = 460_000
MASK_BYTES = 200_000
HEADROOM = 99.97
LADDER = ((92, 0), (90, 0), (90, 2), (88, 2), (85, 2), (82, 2), (78, 2), (74, 2), (70, 2), (64, 2), (58, 2))


@dataclass(frozen=True)
class Baked:
    """A rendered stage: groups H x W x 3 linear light, masks H x W in 0..1, distance from the camera in units."""

    groups: dict[str, F32]
    paint: F32 | None
    reflection: F32 | None
    distance: F32
    camera: tuple[tuple[float, ...], ...]
    lights: dict[str, Light]
    probe: dict[str, dict[str, tuple[float, ...]]]
    combined: F32 | None = field(default=None)


def plate_scale(linear: F32) -> float:
    """The linear value that 255 stands for: a high percentile, so that nothing but a lamp is clipped."""
    return float(max(np.percentile(linear.max(axis=2), HEADROOM) * 1.04, 1e-3))


def encode_light(linear: F32, scale: float, seed: int = 0) -> U8:
    """H x W x 3 linear light to 8 bits under the curve, dithered by half a level against bands in soft gradients."""
    levels = 255.0 * np.clip(linear / scale, 0.0, 1.0) ** np.float32(1.0 / CURVE)
    grain = np.random.default_rng(seed).random(linear.shape[:2], dtype=np.float32)[..., None] - 0.5
    return np.clip(np.rint(levels + grain), 0, 255).astype(np.uint8)


def decode_light(stored: U8, scale: float) -> F32:
    """The inverse of `encode_light`, as the service does it."""
    table = (scale * (np.arange(256, dtype=np.float32) / 255.0) ** CURVE).astype(np.float32)
    return table[stored]


def encode_mask(mask: F32) -> U8:
    """A coverage or strength in 0..1 to linear 8 bits."""
    return np.clip(np.rint(mask * 255.0), 0, 255).astype(np.uint8)


def jpeg(stored: U8, most_bytes: int) -> bytes:
    """The best JPEG that is no larger than asked, or else the smallest of the ladder."""
    data = b""
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, 4 * stored.size)  # Pillow writes an optimised file in one piece
    for quality, subsampling in LADDER:
        buffer = io.BytesIO()
        picture = Image.fromarray(stored)
        kept = {"subsampling": subsampling} if stored.ndim == 3 else {}
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True, **kept)
        data = buffer.getvalue()
        if len(data) <= most_bytes:
            break
    return data


def depth_png(distance: F32, near: float, far: float) -> bytes:
    """Distance in units to a small 16-bit grey PNG, linear from near (0) to far (65535)."""
    levels = np.clip((distance - near) / (far - near), 0.0, 1.0).astype(np.float32)
    small = np.asarray(Image.fromarray(levels).resize(DEPTH_SIZE, Image.Resampling.BOX))
    buffer = io.BytesIO()
    Image.fromarray(np.rint(small * 65535).astype(np.uint16)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def write_stage(spec: StageSpec, baked: Baked, folder: Path) -> dict[str, Any]:
    """Write a stage's plates and its `scene.json`; returns what the latter says."""
    folder.mkdir(parents=True, exist_ok=True)
    height, width = next(iter(baked.groups.values())).shape[:2]
    groups = {}
    for name, linear in baked.groups.items():
        scale = plate_scale(linear)
        (folder / f"{name}.jpg").write_bytes(jpeg(encode_light(linear, scale), LIGHT_BYTES))
        light = baked.lights.get(name, Light())
        groups[name] = {
            "file": f"{name}.jpg",
            "scale": round(scale, 6),
            "direction": rounded(light.direction),
            "softness": None if light.softness is None else round(light.softness, 4),
        }
    near, far = spec.depth
    (folder / "depth.png").write_bytes(depth_png(baked.distance, near, far))
    scene = {
        "id": spec.id,
        "kind": "stage",
        "title": spec.title,
        "view": spec.view,
        "size": [width, height],
        "keywords": list(spec.keywords),
        "curve": CURVE,
        "groups": groups,
        "paint": write_mask(folder, "paint", baked.paint, albedo=rounded(spec.albedo)),
        "reflection": write_mask(folder, "reflection", baked.reflection, roughness=spec.roughness),
        "depth": {"file": "depth.png", "near": near, "far": far},
        "camera": [[round(value, 6) for value in row] for row in baked.camera],
        "spots": [{"at": list(at), "room": list(room)} for at, room in spec.spots],
        "probe": {name: {side: rounded(light) for side, light in sides.items()} for name, sides in baked.probe.items()},
    }
    (folder / "scene.json").write_text(json.dumps(scene, indent=1) + "\n")
    return scene


def write_mask(folder: Path, name: str, mask: F32 | None, **words: Any) -> dict[str, Any] | None:
    """Write a mask unless there is none; returns its entry of `scene.json`."""
    if mask is None:
        return None
    (folder / f"{name}.jpg").write_bytes(jpeg(encode_mask(mask), MASK_BYTES))
    return {"file": f"{name}.jpg", **words}


def rounded(values: tuple[float, ...] | None) -> list[float] | None:
    """Five digits are plenty for what a JPEG holds."""
    return None if values is None else [round(float(value), 5) for value in values]


def developed(linear: F32) -> U8:
    """Linear light to sRGB bytes with nothing done to it, for looking at."""
    held = np.clip(linear, 0.0, 1.0)
    curve = np.where(held <= 0.0031308, held * 12.92, 1.055 * held ** (1 / 2.4) - 0.055)
    return np.rint(curve * 255).astype(np.uint8)


def contact_sheet(baked: Baked, path: Path, width: int = 1200) -> None:
    """The sum and each group in one picture, to be looked at after a bake."""
    total = sum(baked.groups.values())
    tiles = [developed(np.asarray(total, np.float32)), *(developed(each) for each in baked.groups.values())]
    tiles += [
        np.repeat(encode_mask(each)[..., None], 3, 2) for each in (baked.paint, baked.reflection) if each is not None
    ]
    half = (width // 2, width * 3 // 8)
    small = [Image.fromarray(tile).resize(half, Image.Resampling.LANCZOS) for tile in tiles]
    sheet = Image.new("RGB", (width, half[1] * ((len(small) + 1) // 2)))
    for index, tile in enumerate(small):
        sheet.paste(tile, ((index % 2) * half[0], (index // 2) * half[1]))
    sheet.save(path)
