"""A mock-up object made of numbers: a flat square with known plates, as small as it can be."""

import json
from pathlib import Path

import cv2
import numpy as np

from jobs.imaging.mockups.objects import Facts, View, load_view, read_facts

SIDE = 64
BARE, BODY = 0.02, 0.25  # per light group; four groups make a white surface of 1.08


def write_object(folder: Path, word: str = "tile", pose: str = "lying", stock: list[float] | None = None) -> Path:
    """A square that is printable but for its right eighth, which is fixed and red."""
    folder = folder / f"object-{word}"
    folder.mkdir(parents=True)
    groups = {}
    for name, way in (
        ("key", [0.6, -0.5, -0.62]),
        ("fill", [-0.6, 0.4, -0.7]),
        ("rim", [-0.5, -0.7, -0.5]),
        ("sky", None),
    ):
        for kind in ("bare", "body"):
            cv2.imwrite(str(folder / f"{name}-{kind}.png"), np.full((SIDE, SIDE), 255, np.uint8))
        groups[name] = {"bare": f"{name}-bare.png", "body": f"{name}-body.png", "bare_scale": BARE, "body_scale": BODY,
                        "direction": way, "softness": 0.2, "view": way}  # fmt: skip
    masks = np.zeros((SIDE, SIDE, 3), np.uint8)
    masks[..., 0] = 255
    masks[:, : SIDE * 7 // 8, 1] = 255
    masks[:, SIDE * 7 // 8 :, 2] = 255
    cv2.imwrite(str(folder / "masks.png"), masks[..., ::-1])
    tint = np.zeros((SIDE, SIDE, 3), np.uint8)
    tint[..., 2] = 255
    cv2.imwrite(str(folder / "tint.png"), tint)
    cv2.imwrite(str(folder / "normal.png"), np.dstack([np.full((8, 8), v, np.uint8) for v in (255, 128, 128)]))
    place = ((np.arange(SIDE // 2) + 0.5) / (SIDE // 2) * 65535).astype(np.uint16)
    u = np.tile(place, (SIDE // 2, 1))
    cv2.imwrite(str(folder / "uv.png"), np.concatenate([u, u.T]))
    view = {"size": [SIDE, SIDE], "box": [0, 0, SIDE, SIDE], "foot": [32, 32], "unit": 64.0, "groups": groups,
            "sheet": [1.0, 1.0], "masks": "masks.png", "uv": "uv.png", "normal": "normal.png", "tint": "tint.png",
            "areas": {"front": [0.0, 0.0, 0.875, 1.0], "wrap": [0.0, 0.0, 1.0, 1.0]}}  # fmt: skip
    facts = {"id": f"object-{word}", "title": word, "keywords": [word], "pose": pose, "colour": "#ffffff",
             "material": "", "stock": stock, "stages": [], "effects": ["print"], "views": {"front": view}}  # fmt: skip
    (folder / "scene.json").write_text(json.dumps(facts))
    return folder


def read_object(folder: Path, longest: int = SIDE) -> tuple[Facts, View]:
    facts = read_facts(folder / "scene.json")
    return facts, load_view(facts, "front", longest, folder)
