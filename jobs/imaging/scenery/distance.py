"""How far away what a canvas shows is: the depth plate through the crop, the ground by geometry, and the lens's blur.

Never sharpens, never mixes light.
"""

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.framing import Framing
from jobs.imaging.scenery.mixing import warped
from jobs.imaging.scenery.stage import PlateShelf, Stage

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


def eye_of(camera: F64) -> F64:
    """The camera's place in the world: the null vector of its 3 x 4 matrix."""
    return np.asarray(-np.linalg.inv(camera[:, :3]) @ camera[:, 3], np.float64)


def ground_distance(framing: Framing, height: float = 0.0, step: int = 4) -> F32:
    """Distance from the eye to the ground plane, float32 at 1/step of the canvas; inf above the horizon."""
    width, rows = (max(2, side // step) for side in framing.size)
    u, v = np.meshgrid(
        (np.arange(width) + 0.5) * framing.size[0] / width, (np.arange(rows) + 0.5) * framing.size[1] / rows
    )
    back = np.linalg.inv(framing.ground(height))
    x, y, w = (back[i, 0] * u + back[i, 1] * v + back[i, 2] for i in range(3))
    eye = eye_of(framing.camera)
    x, y = x / w, y / w
    ahead = framing.camera[2, 0] * x + framing.camera[2, 1] * y + framing.camera[2, 2] * height + framing.camera[2, 3]
    away = np.sqrt((x - eye[0]) ** 2 + (y - eye[1]) ** 2 + (height - eye[2]) ** 2)
    sign = np.sign(framing.camera[2, :3] @ (np.array([0, 0, height]) - eye)) or 1.0
    return np.where(ahead * sign > 0, away, np.inf).astype(np.float32)


def seen_distance(stage: Stage, framing: Framing, shelf: PlateShelf, step: int = 4) -> F32:
    """Distance of what is seen in units, float32 at 1/step of the canvas; without a depth plate that of the ground."""
    plate = None if stage.view == "top" else shelf.distance(stage)
    size = (max(2, framing.size[0] // step), max(2, framing.size[1] // step))
    if plate is None:
        return np.minimum(ground_distance(framing, stage.spots[0].at[2], step), 60.0)
    grown = np.asarray(cv2.resize(plate, stage.size, interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(cv2.resize(np.asarray(warped(grown, framing), np.float32), size, interpolation=cv2.INTER_AREA))


def solid_ground(stage: Stage, framing: Framing, seen: F32) -> F32 | None:
    """1 where the plane that the product stands on is what is seen, 0 on walls and props; float32 canvas H x W."""
    if stage.view == "top" or stage.depth is None:
        return None
    plane = ground_distance(framing, stage.spots[0].at[2])
    off = np.abs(seen / np.maximum(plane, 1e-3) - 1)
    near = np.clip(1 - (off - 0.05) / 0.08, 0, 1).astype(np.float32)
    near = cv2.GaussianBlur(near * connected(near, framing), (0, 0), 1.2)
    return np.asarray(cv2.resize(near, framing.size, interpolation=cv2.INTER_LINEAR), np.float32)


def connected(near: F32, framing: Framing) -> F32:
    """1 for the ground that hangs together with what is under the feet: the plane, drawn on, also meets far walls."""
    _, labels = cv2.connectedComponents((near > 0.5).astype(np.uint8), connectivity=4)
    rows, columns = near.shape
    kept = set[int]()
    for stand in framing.stands:
        x = int(np.clip((stand.box[0] + stand.box[2]) / 2 / framing.size[0] * columns, 0, columns - 1))
        y = int(np.clip(stand.box[3] / framing.size[1] * rows, 1, rows - 1))
        kept |= set(labels[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1).tolist())
    return np.isin(labels, list(kept - {0})).astype(np.float32)


def defocused(canvas: F32, seen: F32, focus: float, strength: float) -> F32:
    """The canvas blurred by a lens focused at `focus` units: `strength` is the blur at infinity in frame heights."""
    height, width = canvas.shape[:2]
    circle = np.abs(1 - focus / np.maximum(seen, 0.1)) * strength * height
    circle = np.maximum(circle - 0.0012 * height, 0)
    circle = cv2.resize(circle.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    if float(circle.max()) < 0.6:
        return canvas
    out = canvas
    previous = 0.0
    for sigma in (1.5, 4.0, 10.0, 24.0):
        if float(circle.max()) <= previous:
            break
        wide = wide_blur(canvas, sigma)
        share = np.clip((circle - previous) / (sigma - previous), 0, 1)[:, :, None]
        out = out * (1 - share) + wide * share
        previous = sigma
    return np.asarray(out, np.float32)


def wide_blur(canvas: F32, sigma: float) -> F32:
    """Gaussian blur; wide ones on a reduced copy."""
    step = max(1, int(sigma // 2.5))
    if step == 1:
        return np.asarray(cv2.GaussianBlur(canvas, (0, 0), sigma), np.float32)
    height, width = canvas.shape[:2]
    small = cv2.resize(canvas, (max(2, width // step), max(2, height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
