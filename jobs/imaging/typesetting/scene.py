"""How a poster's scene is shot: on a baked stage by the scenery's craft, or on paper, the product where the layout
wants it. Never sets text and never chooses a layout.
"""

from dataclasses import replace

import numpy as np

from jobs.imaging.scenery.framing import frame
from jobs.imaging.scenery.render import Item, render, wish_of
from jobs.imaging.scenery.setting import Setting
from jobs.imaging.scenery.stage import open_stage
from jobs.imaging.typesetting.poster import Shoot, Shot
from jobs.imaging.typesetting.sweep import Box, Paper, Subject, stand

_NEAREST, _FARTHEST = -0.9, 0.9  # units before and behind the stage's spot that a product may move


def on_paper(subject: Subject, paper: Paper, seed: int) -> Shoot:
    """Scenes on a sheet of paper: the product stands exactly where it is wanted."""

    def shoot(size: tuple[int, int], box: Box) -> Shot:
        canvas, cover = stand(size, subject, box, paper, seed)
        return Shot(canvas, box, cover)

    return shoot


def on_stage(subject: Subject, setting: Setting, seed: int) -> Shoot:
    """Scenes on a baked stage: the stage is framed so that its ground meets the product's foot."""

    def shoot(size: tuple[int, int], box: Box) -> Shot:
        framed = replace(setting, position="center", shift=(box[0] + box[2]) / 2 / size[0] - 0.5)
        item = Item(subject.foreground, subject.alpha, subject.box, max(box[2] - box[0], box[3] - box[1]) / min(size))
        item = replace(item, depth=depth_for(framed, item, size, box[3]))
        seen = render(framed, (item,), size, seed)
        return Shot(seen.rgb, seen.boxes[0], seen.cover)

    return shoot


def depth_for(setting: Setting, item: Item, size: tuple[int, int], row: int) -> float:
    """How far behind the spot the item has to stand for its foot to be seen at `row`; bounded."""
    stage = open_stage(setting.stage)
    if stage.view == "top":
        return 0.0
    near, far = _NEAREST, _FARTHEST
    for _ in range(14):
        middle = (near + far) / 2
        framing = frame(stage, setting, (wish_of(replace(item, depth=middle), size),), size)
        foot = framing.stands[0].box[3] * size[1] / framing.size[1]
        near, far = (middle, far) if foot > row else (near, middle)
    return float(np.clip((near + far) / 2, _NEAREST, _FARTHEST))
