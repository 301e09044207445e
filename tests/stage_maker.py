"""A small stage written by the numbers, in the plates' format: grey ground, light wall, a soft key from the left."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

KEY = (0.55, 0.45, -0.7)


def make_stage(plates: Path, name: str = "sweep", view: str = "eye", size: tuple[int, int] = (1024, 768)) -> Path:
    """Write stage `name` under `plates`; returns its folder."""
    folder = plates / name
    folder.mkdir(parents=True)
    camera = top_camera(size) if view == "top" else eye_camera(size)
    ground = ground_mask(camera, size) if view == "eye" else np.ones(size[::-1], bool)
    shade = np.linspace(1.0, 0.85, size[0])[None, :] * np.ones(size[::-1])
    plain = np.where(ground, 0.30, 0.42) * shade
    shares = {"key": 0.45, "fill": 0.2, "rim": 0.1, "sky": 0.25}
    directions = {"key": KEY, "fill": (-0.6, 0.5, -0.6), "rim": (-0.4, -0.6, -0.7), "sky": None}
    softness = {"key": 0.06, "fill": 0.6, "rim": 0.3, "sky": None}
    groups = {}
    for group, share in shares.items():
        light = np.repeat((plain * share)[..., None], 3, 2)
        stored = np.rint(255 * (light / 0.4) ** (1 / 2.2)).clip(0, 255).astype(np.uint8)
        Image.fromarray(stored).save(folder / f"{group}.jpg", quality=95)
        groups[group] = {
            "file": f"{group}.jpg", "scale": 0.4, "direction": directions[group], "softness": softness[group],
        }  # fmt: skip
    Image.fromarray(np.where(ground, 0, 255).astype(np.uint8)).save(folder / "paint.jpg", quality=95)
    Image.fromarray(np.where(ground, 30, 0).astype(np.uint8)).save(folder / "reflection.jpg", quality=95)
    Image.fromarray(depth_levels(camera, size, ground)).save(folder / "depth.png")
    sides = {"key": (0.5, 0.8, 0.2, 0.6, 0.1), "fill": (0.4, 0.2, 0.6, 0.4, 0.1), "rim": (0.02, 0.05, 0.4, 0.5, 0.8),
             "sky": (0.3, 0.3, 0.3, 0.4, 0.3)}  # fmt: skip
    probe = {
        group: {
            side: [0.8 * value * shares[group] * 2] * 3
            for side, value in zip(("front", "left", "right", "top", "back"), row, strict=True)
        }
        for group, row in sides.items()
    }
    words = {
        "id": name, "kind": "stage", "title": name.title(), "view": view, "size": list(size),
        "keywords": [name], "curve": 2.2,
        "groups": groups, "paint": {"file": "paint.jpg", "albedo": [0.6, 0.6, 0.6]},
        "reflection": {"file": "reflection.jpg", "roughness": 0.08},
        "depth": {"file": "depth.png", "near": 1.0, "far": 30.0}, "camera": camera.tolist(),
        "spots": [{"at": [0, 0, 0], "room": [4, 3]}], "probe": probe,
    }  # fmt: skip
    (folder / "scene.json").write_text(json.dumps(words))
    return folder


def eye_camera(size: tuple[int, int]) -> np.ndarray:
    """Looks along +y and 8 degrees down; the spot at 50 %, 70 %; one unit there is 0.6 of the height."""
    away, pitch = 5.0, np.radians(8)
    down, level = np.sin(pitch), np.cos(pitch)
    turn = np.array([[1, 0, 0], [0, -down, -level], [0, level, -down]])
    eye = away * np.array([0, -level, down])
    focal = 0.6 * size[1] * away / level
    lens = np.array([[focal, 0, 0.5 * size[0]], [0, focal, 0.7 * size[1]], [0, 0, 1]])
    return lens @ np.hstack([turn, (-turn @ eye)[:, None]])


def top_camera(size: tuple[int, int]) -> np.ndarray:
    """Straight down from 12 units; four units fill the height."""
    focal = 0.25 * size[1] * 12
    turn = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    lens = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]])
    return lens @ np.hstack([turn, (-turn @ np.array([0, 0, 12.0]))[:, None]])


def ground_point(camera: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """World x and y of the ground under every pixel."""
    back = np.linalg.inv(camera[:, [0, 1, 3]])
    u, v = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    x, y, w = np.einsum("ij,jhw->ihw", back, np.stack([u, v, np.ones_like(u)]))
    return x / w, y / w


def ground_mask(camera: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """True where the ground is seen: in front of a wall 3 units behind the spot."""
    _, y = ground_point(camera, size)
    rows = np.arange(size[1])[:, None] / size[1] > 0.3
    return (y < 3) & (y > -4) & rows


def depth_levels(camera: np.ndarray, size: tuple[int, int], ground: np.ndarray) -> np.ndarray:
    x, y = ground_point(camera, size)
    eye = -np.linalg.inv(camera[:, :3]) @ camera[:, 3]
    away = np.where(ground, np.sqrt((x - eye[0]) ** 2 + (y - eye[1]) ** 2 + eye[2] ** 2), 8.2)
    small = Image.fromarray(away.astype(np.float32)).resize((512, 384))
    return np.rint((np.asarray(small) - 1) / 29 * 65535).clip(0, 65535).astype(np.uint16)
