"""Takes an object out of a photograph together with its shadow and mirror image.

Never decides which object: its alpha is handed in. Pixels outside the reported hole stay as they are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.imaging.repair.filling import fill
from jobs.imaging.repair.traces import Box, find_traces

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Removed:
    """`rgb`: the picture without the object; `hole`: bool H x W of what was drawn anew; `method`: `surface` or
    `patches`; `mirror`: 0..1, how much of the object's light the ground gave back."""

    rgb: U8
    hole: Mask
    method: str
    mirror: float


def remove(rgb: U8, alpha: F32, box: Box, seed: int = 0) -> Removed:
    """RGB uint8 H x W x 3 sRGB, the object's alpha float32 H x W and box -> the picture without it.

    Raises ValueError when object and shadow leave too little of the picture.
    """
    traces = find_traces(rgb, alpha, box)
    filled = fill(rgb, traces.hole, seed)
    return Removed(filled.rgb, traces.hole, filled.method, traces.mirror)
