"""What happens between the lit stage and the canvas: the light's pool, the lens's blur, a camera held low.

Never mixes groups and never draws an item.
"""

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.framing import Framing
from jobs.imaging.scenery.setting import Lighting, Setting
from jobs.imaging.scenery.stage import Stage
from jobs.imaging.scenery.standing import Placed, canvas_box

F32 = npt.NDArray[np.float32]

PAPER = 0.86  # linear, the brightest channel of a stage's light parts
SQUASH = 0.45  # how much of the ground behind the feet a camera held low still shows


def fall_off(lighting: Lighting, framing: Framing, placed: tuple[Placed, ...]) -> F32:
    """The light's pool around the items (float32 canvas, 1 inside), and a ring light's halo of shadow at their edge."""
    width, height = framing.size
    boxes = np.array([each.caster.stand.box for each in placed])
    x0, y0, x1, y1 = (float(value) for value in (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    reach = 0.5 * max(width, height)
    far = np.hypot((x - (x0 + x1) / 2) / (reach + 0.3 * (x1 - x0)), (y - (y0 + 2 * y1) / 3) / (reach + 0.2 * (y1 - y0)))
    ramp = np.clip((far - 0.22) / 0.95, 0, 1)
    pool = 1 - lighting.pool * ramp * ramp * (3 - 2 * ramp)
    if lighting.frontal:
        halo = np.zeros((height, width), np.float32)
        for each in placed:
            left, top, right, bottom = canvas_box(each, framing)
            halo[top:bottom, left:right] = cv2.resize(each.caster.alpha, (right - left, bottom - top))
        pool *= 1 - 0.30 * lighting.frontal * cv2.GaussianBlur(halo, (0, 0), 0.016 * height)
    return np.asarray(pool, np.float32)


def restraint(scene: F32) -> np.float32:
    """The factor that keeps a pale stage under bright lamps from burning out: its brightest tenth stays below paper."""
    bright = float(np.percentile(scene[::6, ::6].max(axis=2), 90))
    return np.float32(min(1.0, (PAPER / max(bright, 1e-6)) ** 0.85))


def lens(setting: Setting, stage: Stage) -> float:
    """How much the lens blurs what is infinitely far, in frame heights, beyond what is baked."""
    if setting.angle == "macro":
        return 0.03
    if setting.angle == "45-degree" and stage.view == "top":
        return 0.035
    return 0.012 if setting.atmosphere == "Cinematic depth" else 0.0


def low_rows(framing: Framing, ground: F32 | None) -> F32 | None:
    """For every canvas row, the row of the usual view that a camera held low shows there (float32), or None.

    Between the feet and the ground's far edge everything is foreshortened; what stands above comes down and is drawn
    out to fill the frame. Rows below the feet stay."""
    width, height = framing.size
    feet = min(stand.box[3] for stand in framing.stands)
    if ground is None or feet < 8:
        return None
    reach = (ground > 0.5).sum(axis=1) > 0.35 * width
    far = float(np.argmax(reach)) if reach.any() else feet
    if feet - far < 0.04 * height:
        return None
    edge = feet - SQUASH * (feet - far)
    return np.interp(np.arange(height), [0, edge, feet, height], [0, far, feet, height]).astype(np.float32)


def lowered(field: F32, rows: F32) -> F32:
    """A canvas (or a small map of it) as a camera held low sees it."""
    height, width = field.shape[:2]
    scale = height / rows.size
    source = np.interp(np.arange(height) / scale, np.arange(rows.size), rows) * scale
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), source.astype(np.float32))
    return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
