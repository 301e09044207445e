"""Air and water in the picture: fog, haze, dust, smoke, snow, bokeh, wet ground; behind the items and lightly before.

Never touches an item's own pixels. Works on the canvas in linear light, from a seed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.finishing import Veil
from jobs.imaging.scenery.framing import Framing
from jobs.imaging.scenery.mixing import Mix
from jobs.imaging.scenery.stage import Stage

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

ATMOSPHERES = ("Foggy", "Wet", "Cinematic depth", "Dusty", "Splash", "Snow", "Smoke", "Bokeh", "Golden haze", "None")
WET = ("Wet", "Splash")


@dataclass(frozen=True)
class Air:
    """What an atmosphere is made with. `seen`: distance in units, float32 at a quarter of the canvas."""

    kind: str
    framing: Framing
    stage: Stage
    mix: Mix
    seen: F32
    seed: int

    def rng(self, salt: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, salt])

    @property
    def glow(self) -> F64:
        """The mean colour of the light in the air."""
        sides = [self.mix.arriving[side] for side in ("left", "right", "top", "back")]
        return np.asarray(sum(sides) / len(sides), np.float64)


def behind(scene: F32, air: Air) -> F32:
    """The stage with its air behind the items."""
    if air.kind == "Foggy":
        return fogged(scene, air, 0.55, air.glow * 0.62)
    if air.kind == "Golden haze":
        return fogged(scene, air, 0.4, air.glow * np.array([1.15, 0.82, 0.46]) * 0.9)
    return scene


def before(canvas: F32, air: Air) -> Veil | None:
    """What floats between the items and the lens."""
    return None


def fogged(scene: F32, air: Air, density: float, colour: F64) -> F32:
    """Light lost and gained on the way (Beer-Lambert) beyond the subject's distance, in clouds."""
    height, width = scene.shape[:2]
    focus = float(np.median(air.seen))
    path = np.maximum(air.seen - 0.8 * focus, 0)
    through = np.exp(-density * path)
    through = cv2.resize(through.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)[:, :, None]
    return np.asarray(scene * through + colour.astype(np.float32) * (1 - through), np.float32)
