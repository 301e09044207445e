"""How a poster's scene is shot: on a baked stage by the scenery's craft, or on paper, the product where the layout
wants it. Never sets text and never chooses a layout.
"""

from dataclasses import replace

from jobs.imaging.scenery.render import Item, render
from jobs.imaging.scenery.setting import Setting
from jobs.imaging.typesetting.shots import Shoot, Shot
from jobs.imaging.typesetting.sweep import Box, Paper, Subject, stand


def on_paper(subject: Subject, paper: Paper, seed: int) -> Shoot:
    """Scenes on a sheet of paper: the product stands exactly where it is wanted."""

    def shoot(size: tuple[int, int], box: Box) -> Shot:
        canvas, cover = stand(size, subject, box, paper, seed)
        return Shot(canvas, box, cover)

    return shoot


def on_stage(subject: Subject, setting: Setting, seed: int) -> Shoot:
    """Scenes on a baked stage: the stage is framed so that its ground meets the product's foot."""

    def shoot(size: tuple[int, int], box: Box) -> Shot:
        across = (box[0] + box[2]) / 2 / size[0] - 0.5
        framed = replace(setting, position="center", shift=across, foot=box[3] / size[1])
        scale = max(box[2] - box[0], box[3] - box[1]) / min(size)
        seen = render(framed, (Item(subject.foreground, subject.alpha, subject.box, scale),), size, seed)
        return Shot(seen.rgb, seen.boxes[0], seen.cover)

    return shoot
