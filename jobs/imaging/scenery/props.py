"""Small things beside the product: sprites with their own alpha, stood like cut-outs, out of focus where they are far.

A sprite is a folder `prop-NAME` with `scene.json` {"kind": "prop", "file": "sprite.png", "size": longest side in shares
of the product's} and an sRGB PNG with straight alpha under neutral light. Never chooses a prop.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs.imaging.scenery.setting import Setting
from jobs.imaging.scenery.standing import Item, Placed

U8 = npt.NDArray[np.uint8]


def find_props(plates: Path) -> dict[str, Path]:
    """The folders of the sprites under `plates`, by name."""
    return {path.parent.name.removeprefix("prop-"): path.parent for path in sorted(plates.glob("prop-*/scene.json"))}


def prop_items(setting: Setting, product: Item) -> tuple[Item, ...]:
    """The setting's props as items around the product."""
    x0, y0, x1, y1 = product.box
    half = product.scale * (x1 - x0) / max(x1 - x0, y1 - y0)
    found = []
    for prop in setting.props:
        words = json.loads((prop.folder / "scene.json").read_text())
        with Image.open(prop.folder / words["file"]) as picture:
            pixels = np.asarray(picture.convert("RGBA"))
        # sprites are lit from the left, as stages are
        pixels = pixels[:, ::-1] if setting.mirrored else pixels
        rows, columns = (np.flatnonzero((pixels[:, :, 3] > 127).any(axis=axis)) for axis in (1, 0))
        box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        scale = product.scale * float(words.get("size", 0.35)) * prop.size
        wide = scale * (box[2] - box[0]) / max(box[2] - box[0], box[3] - box[1])
        x = product.x + prop.side * (half + wide + prop.gap)
        alpha = pixels[:, :, 3].astype(np.float32) * np.float32(1 / 255)
        rgb = np.ascontiguousarray(pixels[:, :, :3])
        found.append(Item(rgb, alpha, box, scale, x, product.depth + prop.depth))
    return tuple(found)


def softened(each: Placed) -> tuple[U8, U8]:
    """A prop's pixels, blurred by how far it is from the focus."""
    sigma = 0.012 * abs(each.depth) * max(each.rgb.shape[:2])
    if sigma < 0.5:
        return each.rgb, each.alpha
    share = each.alpha.astype(np.float32)[:, :, None] / 255
    light = cv2.GaussianBlur(each.rgb.astype(np.float32) * share, (0, 0), sigma)
    alpha = cv2.GaussianBlur(each.alpha, (0, 0), sigma)
    whole = cv2.GaussianBlur(share[:, :, 0], (0, 0), sigma)[:, :, None]
    return np.clip(light / np.maximum(whole, 1e-3), 0, 255).astype(np.uint8), np.asarray(alpha)
