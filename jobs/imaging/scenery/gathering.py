"""Keeps a group on its stage: the camera comes nearer, then all are made smaller, until the surface holds them.

Never changes their proportions or their order, and leaves what lies on a surface seen from above alone.
"""

from dataclasses import replace

from jobs.imaging.scenery.framing import frame
from jobs.imaging.scenery.render import Item, wish_of
from jobs.imaging.scenery.setting import Setting
from jobs.imaging.scenery.stage import open_stage

_OVER = 1.1  # a foot may be a little wider than the room that a stage states: its ends rarely reach the very edge
_NEAREST = 1.5  # how much of a plate's sharpness may be given away for it
_ROUNDS = 3  # the camera comes closer to smaller things, so the size is found in a few looks


def fitted(setting: Setting, items: tuple[Item, ...], size: tuple[int, int]) -> tuple[Setting, tuple[Item, ...]]:
    """The setting and the items with which they stand within the room of the stage's first spot."""
    stage = open_stage(setting.stage)
    for _ in range(_ROUNDS):
        framing = frame(stage, setting, tuple(wish_of(item, size) for item in items), size)
        if framing.flat:
            break
        left, right = min(each.box[0] for each in framing.stands), max(each.box[2] for each in framing.stands)
        width = (right - left) * sum(each.unit for each in framing.stands) / len(items)
        share = stage.spots[0].room[0] * _OVER / width
        if share >= 1:
            break
        nearer = min(1 / share, _NEAREST / setting.zoom)
        setting, share = replace(setting, zoom=setting.zoom * nearer), share * nearer
        items = tuple(
            replace(item, scale=item.scale * share, x=item.x * share, depth=item.depth * share) for item in items
        )
    return setting, items
