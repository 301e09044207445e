"""The pouch: a stand-up bag of laminated foil, filled, sealed at the top and sides, crinkled where foil is pressed."""

from typing import Any

import numpy as np

from scripts.baking.materials import bump, noise
from scripts.baking.materials_objects import printed_foil
from scripts.baking.object_shapes import built, grid_faces, welded
from scripts.baking.print_areas import ObjectSpec, PrintArea

WIDE, HIGH, DEEP = 0.68, 1.0, 0.17
SEAL = 0.035


def creases(x: np.ndarray, z: np.ndarray, seed: int) -> np.ndarray:
    """Pressed folds: short ridges that run out from the seals and dents over the belly, about -1..1."""
    chance = np.random.default_rng(seed)
    height = np.zeros_like(x)
    for _ in range(46):
        side = chance.choice([-1, 1])
        low = chance.uniform(0.02, 0.95)
        start = np.array([side * WIDE * chance.uniform(0.36, 0.48), low])
        if chance.random() < 0.35:
            start = np.array([chance.uniform(-0.3, 0.3), chance.choice([0.9, 0.07])])
        angle = chance.normal(0, 0.5) + (0 if abs(start[0]) > 0.3 and 0.1 < start[1] < 0.88 else np.pi / 2)
        along = (x - start[0]) * np.cos(angle) + (z - start[1]) * np.sin(angle)
        across = -(x - start[0]) * np.sin(angle) + (z - start[1]) * np.cos(angle)
        long, thin = chance.uniform(0.04, 0.13), chance.uniform(0.006, 0.02)
        height += chance.normal(0, 0.6) * np.exp(-np.abs(across) / thin - (along / long) ** 2)
    for _ in range(16):
        spot = chance.uniform((-0.24, 0.1), (0.24, 0.8))
        far = np.hypot((x - spot[0]) / chance.uniform(0.08, 0.2), (z - spot[1]) / chance.uniform(0.06, 0.16))
        height += chance.normal(0, 0.7) * np.exp(-(far**2))
    return height


def panel(front: bool) -> np.ndarray:
    """One side of the bag, rows from the foot up."""
    u, v = np.meshgrid(np.linspace(0, 1, 221), np.linspace(0, 1, 301))
    side = 2 * u - 1
    narrow = 1 - 0.035 * np.sin(np.clip(v * 1.25, 0, 1) * np.pi)
    x, z = side * WIDE / 2 * narrow, v * HIGH
    inside = np.clip((1 - np.abs(side)) / (1 - 0.0) - SEAL / WIDE * 2, 0, None) / (1 - SEAL / WIDE * 2)
    across = np.sin(np.clip(inside, 0, 1) * np.pi / 2) ** 0.9
    belly = np.clip(1 - v / 0.9, 0, 1) ** 0.62 * (0.72 + 0.28 * np.clip(v / 0.22, 0, 1) ** 0.7)
    y = DEEP * across * belly
    soft = np.clip(inside / 0.1, 0, 1) * np.clip((0.9 - v) / 0.06, 0, 1)
    y += 0.0095 * creases(x if front else -x, z, 4 if front else 9) * (0.25 + 0.75 * soft)
    smile = np.exp(-(((z - 0.03 - 0.16 * (1 - (1 - np.abs(side)) ** 0.5)) / 0.006) ** 2))
    y -= 0.004 * smile * soft
    ribs = 0.0022 * np.sin(v * HIGH * np.pi * 2 / 0.011) * ((v > 0.925) & (v < 0.992))
    zip_line = 0.006 * np.exp(-(((v - 0.845) / 0.006) ** 2)) + 0.004 * np.exp(-(((v - 0.865) / 0.004) ** 2))
    y += ribs + zip_line * (np.abs(side) < 0.97)
    z = z + 0.028 * (across * np.clip(1 - v / 0.12, 0, 1) * -1 + 1) * np.clip(1 - v / 0.2, 0, 1)
    z += 0.006 * np.sin(side * 2.2 + 0.6) * v
    lean = 0.03 * v**2
    return np.stack([x, (-y if front else y) + lean, z - z.min()], -1)


def build(bench: Any) -> ObjectSpec:
    stuff = printed_foil("foil", 0.3, 0.3)
    tree, shader = stuff.node_tree, stuff.node_tree.nodes["Principled BSDF"]
    bump(tree, noise(tree, 14, 4, 1.5), shader, 0.12, 0.02)
    face = panel(True)
    rows, columns = face.shape[:2]
    quads = np.asarray(grid_faces(rows, columns))
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    at = np.stack([u, v], -1).reshape(-1, 2)[quads.reshape(-1)]
    front = welded(built("pouch", face.reshape(-1, 3), quads.tolist(), at, stuff))
    rear = panel(False)
    rear[..., 1] = np.maximum(rear[..., 1], face[..., 1] + 0.004)
    behind = built("behind", rear.reshape(-1, 3), quads[:, ::-1].tolist(), None, stuff)
    for thing in (front, behind):
        thing.rotation_euler[2] = 0.12
    return ObjectSpec(
        id="object-pouch",
        title="Stand-up pouch",
        keywords=("pouch", "bag of", "doypack", "sachet", "coffee bag", "snack", "refill", "zip bag", "beutel"),
        pose="standing",
        body=("foil",),
        printed=("pouch",),
        sheet=(WIDE, HIGH * 1.04),
        areas=(
            PrintArea("front", (0.17, 0.2, 0.83, 0.84)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#2b2d2f",
        material="matt foil",
        stages=("wood-table", "kitchen", "plaster"),
        effects=("print", "uv", "foil"),
        eye=(0.0, -5.3, 1.2),
        aim=(0.0, 0.0, 0.47),
    )
