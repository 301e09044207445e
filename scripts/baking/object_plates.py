"""Writes a rendered mock-up object as small plates and its scene.json.

Colours are stored straight (not multiplied by alpha) and grown beyond the edge, so that resizing leaves no seam.
Never renders; never imported by the product.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from scripts.baking.print_areas import ObjectSpec

CURVE = 2.2
PANE = 1.06  # a mask seen through glass counts whole
GROUPS = ("key", "fill", "rim", "sky")


def write_plates(
    spec: ObjectSpec,
    out_dir: Path,
    passes: dict[str, np.ndarray],
    camera: np.ndarray,
    axes: np.ndarray,
    lights: dict[str, tuple[tuple[float, float, float], float]],
) -> None:
    """One view: eight grey JPEGs (gloss and body of each group), masks, sheet, normal, tint; merged into scene.json.

    `passes` are H x W x 3 float32; `camera` is 3 x 4; `axes` the camera's rotation (columns are its axes in the world).
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    alpha = np.clip(passes["alpha"][..., 0], 0, 1)
    view = spec.view
    groups = {}
    for name in GROUPS:
        bare, full = (grown(np.maximum(passes[f"{name}-{p}"][..., 0], 0), alpha) for p in ("bare", "full"))
        entry = {}
        for kind, plate in (("bare", bare), ("body", np.maximum(full - bare, 0))):
            entry[kind] = f"{view}-{name}-{kind}.jpg"
            entry[f"{kind}_scale"] = write_light(plate, out_dir / entry[kind], seed=len(groups))
        way, softness = lights.get(name, (None, None))
        entry |= {"direction": rounded(way), "softness": rounded(softness)}
        entry["view"] = rounded(tuple(np.asarray(way) @ axes)) if way is not None else None
        groups[name] = entry
    facts = view_facts(spec, alpha, camera, groups) | write_maps(spec, out_dir, passes, alpha, axes)
    path = out_dir / "scene.json"
    scene = json.loads(path.read_text()) if path.exists() else {}
    views = scene.get("views", {}) | {view: facts}
    path.write_text(json.dumps(object_facts(spec) | {"views": views}, indent=1) + "\n")


def object_facts(spec: ObjectSpec) -> dict[str, object]:
    return {
        "id": spec.id,
        "kind": "object",
        "title": spec.title,
        "keywords": list(spec.keywords),
        "curve": CURVE,
        "pose": spec.pose,
        "colour": spec.colour,
        "material": spec.material,
        "stock": list(spec.stock) if spec.stock else None,
        "stages": list(spec.stages),
        "effects": list(spec.effects),
    }


def view_facts(spec: ObjectSpec, alpha: np.ndarray, camera: np.ndarray, groups: dict[str, object]) -> dict[str, object]:
    ys, xs = np.nonzero(alpha > 0.5)
    foot = camera @ np.array([0, 0, 0, 1.0])
    up = camera @ np.array([0, 0, 1.0, 1.0] if spec.pose == "standing" else [0, 1.0, 0, 1.0])
    unit = float(np.hypot(*(foot[:2] / foot[2] - up[:2] / up[2])))
    return {
        "size": [alpha.shape[1], alpha.shape[0]],
        "box": [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1],
        "foot": rounded(tuple(foot[:2] / foot[2])),
        "unit": round(unit, 3),
        "camera": [rounded(tuple(row)) for row in camera],
        "groups": groups,
        "sheet": list(spec.sheet),
        "areas": {area.name: list(area.rect) for area in spec.areas},
    }


def write_maps(
    spec: ObjectSpec, out_dir: Path, passes: dict[str, np.ndarray], alpha: np.ndarray, axes: np.ndarray
) -> dict[str, object]:
    """masks: alpha, print coverage, fixed coverage (8 bit); uv: 16 bit at half size; normal: in the camera's axes."""
    view = spec.view
    cover, fixed = (np.clip(passes[n][..., c], 0, 1) for n, c in (("sheet", 2), ("fixed", 0)))
    solid = np.maximum(alpha, 1e-4)
    masks = np.stack([alpha, *(np.clip(part / solid * PANE, 0, 1) for part in (cover, fixed))], -1)
    Image.fromarray((masks * 255 + 0.5).astype(np.uint8)).save(out_dir / f"{view}-masks.png", optimize=True)
    write_sheet(passes["sheet"], out_dir / f"{view}-uv.png")
    normal = passes["normal"] @ axes
    normal = np.stack([grown(normal[..., i], alpha) for i in range(3)], -1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-4)
    save_jpeg(halved(normal * 0.5 + 0.5), out_dir / f"{view}-normal.jpg", 92)
    facts: dict[str, object] = {"masks": f"{view}-masks.png", "uv": f"{view}-uv.png", "normal": f"{view}-normal.jpg"}
    facts["tint"] = None
    if float(fixed.max()) > 0.5 and float(np.ptp(passes["tint"][fixed > 0.9], axis=-1).max(initial=0)) > 0.02:
        tint = np.stack([grown(passes["tint"][..., i], fixed) for i in range(3)], -1)
        facts["tint"] = f"{view}-tint.jpg"
        save_jpeg(np.clip(tint, 0, 1) ** (1 / CURVE), out_dir / f"{view}-tint.jpg", 88)
    return facts


def write_sheet(sheet: np.ndarray, path: Path) -> None:
    """u, v (down) as two 16-bit grey pictures, one above the other, at half size, grown over the edge."""
    cover = sheet[..., 2]
    layers = []
    for axis in (0, 1):
        value = straightened(blurred(grown(sheet[..., axis], cover)), cover)
        layers.append(np.clip(halved(1.0 - value if axis else value), 0, 1))
    stacked = np.concatenate(layers)
    steps = (np.rint(stacked * 8191).astype(np.uint16) << 3).astype(np.uint16)
    Image.fromarray(steps).save(path, optimize=True)


def straightened(value: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """A coordinate that is linear over the picture (a flat sheet seen from above) without its sampling noise."""
    y, x = np.nonzero(cover > 0.9)
    if not len(x):
        return value
    terms = np.c_[x, y, np.ones(len(x))]
    fit = np.linalg.lstsq(terms[::17], value[y, x][::17], rcond=None)[0]
    if float(np.percentile(np.abs(terms @ fit - value[y, x]), 98)) > 0.0015:
        return value
    rows, columns = np.indices(value.shape)
    return fit[0] * columns + fit[1] * rows + fit[2]


def grown(plate: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Divide by the weight and fill what has none from its surroundings (pull-push over a pyramid)."""
    if weight.shape[0] < 2 or weight.shape[1] < 2 or float(weight.max()) <= 0:
        return np.zeros_like(plate)
    known = np.where(weight > 0.3, weight, 0.0).astype(np.float32)
    total = np.where(weight > 0.3, plate, 0.0).astype(np.float32)
    return filled(total, known)


def filled(total: np.ndarray, known: np.ndarray) -> np.ndarray:
    value = total / np.maximum(known, 1e-6)
    if float(known.min()) > 0 or min(known.shape) < 2:
        return value if float(known.max()) > 0 else np.zeros_like(value)
    coarse = filled(halved(total), halved(known))
    wide = np.asarray(Image.fromarray(coarse).resize(total.shape[::-1], Image.Resampling.BILINEAR))
    return np.where(known > 0, value, wide)


def halved(plate: np.ndarray) -> np.ndarray:
    """Mean of 2 x 2; odd sides repeat their last row or column."""
    padded = np.pad(plate, ((0, plate.shape[0] % 2), (0, plate.shape[1] % 2), *((0, 0),) * (plate.ndim - 2)), "edge")
    return (padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]) / 4


def blurred(plate: np.ndarray) -> np.ndarray:
    """Binomial 5 x 5: takes the sampling jitter out of coordinates."""
    for axis in (0, 1):
        rolled = np.pad(plate, [(2, 2) if a == axis else (0, 0) for a in (0, 1)], "reflect", reflect_type="odd")
        parts = [np.take(rolled, np.arange(i, i + plate.shape[axis]), axis) for i in range(5)]
        plate = (parts[0] + 4 * parts[1] + 6 * parts[2] + 4 * parts[3] + parts[4]) / 16
    return plate


def write_light(plate: np.ndarray, path: Path, *, seed: int) -> float:
    """Grey JPEG of scale * (v / 255) ** curve, with half a level of noise against banding; returns the scale."""
    scale = max(float(np.percentile(plate, 99.95)), 1e-3)
    level = np.clip(plate / scale, 0, 1) ** (1 / CURVE) * 255
    level += np.random.default_rng(seed).uniform(-0.5, 0.5, level.shape)
    grey = Image.fromarray(np.clip(np.rint(level), 0, 255).astype(np.uint8))
    grey.save(path, quality=90, optimize=True)
    return round(scale, 5)


def save_jpeg(plate: np.ndarray, path: Path, quality: int) -> None:
    Image.fromarray((np.clip(plate, 0, 1) * 255 + 0.5).astype(np.uint8)).save(path, quality=quality, optimize=True)


def rounded(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, tuple):
        return [round(float(part), 5) for part in value]
    return round(float(value), 5)  # type: ignore[arg-type]
