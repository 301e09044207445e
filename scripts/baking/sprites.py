"""Small things as sprites: one picture with straight alpha under neutral light from the left, and its size.

Never a stage, and never relit: the service tints a sprite as it does a cut-out.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from scripts.baking import object_bench, object_plates, passes
from scripts.baking.plates import developed
from scripts.baking.spec import PLATE_SIZE, Triple

GROUPS = ("key", "fill", "rim", "sky")
LONGEST = 440


@dataclass(frozen=True)
class PropSpec:
    """One prop that stands in the scene on z = 0. `size` is its longest side in shares of the product's; `eye` is where
    it is seen from."""

    name: str
    title: str
    size: float
    eye: Triple = (0.0, -5.4, 1.25)
    aim: Triple = (0.0, 0.0, 0.2)
    samples: int = 12
    exposure: float = 1.0

    @property
    def id(self) -> str:
        """The folder's name."""
        return f"prop-{self.name}"

    def bake(self, bench: Any, folder: Path, size: tuple[int, int], samples: int) -> None:
        """Light and render what `bench` holds; write `sprite.png` and `scene.json`."""
        rig: Any = SimpleNamespace(pose="standing", eye=self.eye, aim=self.aim)
        object_bench.light_object(rig)
        object_bench.frame_object(rig, round(LONGEST * size[0] / PLATE_SIZE[0]))
        scene = bench.scene
        passes.settle_engine(scene, min(samples, self.samples), bench.threads)
        scene.render.film_transparent, scene.cycles.film_transparent_glass = True, True
        frame = scene.render.resolution_x, scene.render.resolution_y
        found = passes.render_passes(scene, GROUPS, (), frame, "HIGH")
        alpha = np.clip(found[passes.ALPHA], 0, 1)
        light = np.stack(
            [object_plates.grown(sum(found[name][..., band] for name in GROUPS), alpha) for band in range(3)], axis=2
        )
        rgb = developed(np.asarray(light * self.exposure, np.float32))
        sprite = np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sprite).save(folder / "sprite.png", optimize=True)
        words = {"id": self.id, "kind": "prop", "title": self.title, "file": "sprite.png", "size": self.size}
        (folder / "scene.json").write_text(json.dumps(words, indent=1) + "\n")
