"""What every atmosphere is made with: distances, feet, the colour of the light in the air, haze and veils.

Never decides which atmosphere there is.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.distance import eye_of
from jobs.imaging.scenery.finishing import Veil
from jobs.imaging.scenery.framing import Framing
from jobs.imaging.scenery.mixing import Mix
from jobs.imaging.scenery.stage import Stage

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

COOL = np.array([0.94, 1.0, 1.08])


@dataclass(frozen=True)
class Air:
    """What an atmosphere is made with. `seen`: distance in units, float32 at a quarter of the canvas; `ground`: 1 where
    the ground is seen (float32 canvas) or None for everywhere; `from_left`: the side of the key in the canvas."""

    kind: str
    framing: Framing
    stage: Stage
    mix: Mix
    seen: F32
    ground: F32 | None
    from_left: bool
    seed: int

    def rng(self, salt: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, salt])

    @property
    def size(self) -> tuple[int, int]:
        return self.framing.size

    @property
    def glow(self) -> F64:
        """The mean colour of the light in the air."""
        sides = [self.mix.arriving[side] for side in ("left", "right", "top", "back", "front")]
        return np.asarray(sum(sides) / len(sides), np.float64)

    @property
    def focus(self) -> float:
        """The distance of the nearest item's foot."""
        eye = eye_of(self.framing.camera)
        return float(min(np.linalg.norm(np.array(stand.foot) - eye) for stand in self.framing.stands))

    def away(self) -> F32:
        """0 at the items' distance and before, 1 at the far end of what is seen; float32 canvas."""
        far = max(float(np.percentile(self.seen, 97)), self.focus * 1.25)
        share = np.clip((self.seen - self.focus) / (far - self.focus), 0, 1).astype(np.float32)
        return np.asarray(cv2.resize(share, self.size, interpolation=cv2.INTER_LINEAR), np.float32)

    def feet(self) -> tuple[float, float, float, float]:
        """Canvas box around all items."""
        boxes = np.array([stand.box for stand in self.framing.stands])
        x0, y0 = (float(value) for value in boxes[:, :2].min(axis=0))
        x1, y1 = (float(value) for value in boxes[:, 2:].max(axis=0))
        return x0, y0, x1, y1

    def falling(self) -> F32:
        """0 at the top of the canvas to 1 at its bottom, one column."""
        return np.linspace(0, 1, self.size[1], dtype=np.float32)[:, None]


def hazed(scene: F32, share: F32, colour: F64) -> F32:
    """Light lost (Beer-Lambert) and light of the air gained; `share` is 1 - transmission."""
    return np.asarray(scene + (colour.astype(np.float32) - scene) * share[:, :, None], np.float32)


def veil(cover: F32, colour: F64) -> Veil:
    return Veil((cover[:, :, None] * colour).astype(np.float32), cover.astype(np.float32))
