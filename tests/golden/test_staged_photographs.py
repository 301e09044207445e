"""Photography on the real stages and real products: each stage holds a product well, whites stay, light is as named."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.render import Item, Rendered, render
from jobs.imaging.scenery.stage import PLATES, find_stages, load_stage

STAGES = sorted(find_stages()) if PLATES.is_dir() else []


@pytest.fixture(scope="module")
def bottle(samples: Path) -> Item:
    folder = samples / "product"
    alpha = np.asarray(Image.open(folder / "gt" / "product-d001.png").convert("L"), np.float32) / 255
    rgb = np.asarray(Image.open(folder / "images" / "product-d001.jpg").convert("RGB"))
    rows, columns = np.nonzero(alpha > 0.5)
    return Item(rgb, alpha, (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))


def taken(item: Item, brief: Brief, size: tuple[int, int] = (256, 256), seed: int = 3) -> Rendered:
    return render(direct(brief, seed).setting, (item,), size, seed)


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_holds_a_product(name: str, bottle: Item) -> None:
    stage = load_stage(PLATES / name)
    angle = "top-down" if stage.view == "top" else "eye-level"
    made = taken(bottle, Brief(background=name.removesuffix("-top"), camera_angle=angle))
    x0, y0, x1, y1 = made.boxes[0]
    assert y1 - y0 == pytest.approx(0.6 * 256, abs=1)
    assert 0.35 < (x0 + x1) / 512 < 0.65 and y0 >= 0 and y1 <= 256
    around = made.rgb[made.cover < 0.01].astype(float)
    assert 12 < around.mean() < 253 and around.std() > 2
    product = made.rgb[made.cover > 0.99].astype(float)
    assert np.abs(product.mean(axis=0) - around.mean(axis=0)).max() > 8  # it stands out
    assert (made.rgb >= 254).all(axis=2).mean() < 0.2


@pytest.mark.parametrize("lighting", ["soft-studio", "natural-sunlight", "high-key"])
def test_labels_stay_white(lighting: str, bottle: Item) -> None:
    made = taken(bottle, Brief(background="studio-white", lighting=lighting))
    product = made.rgb[made.cover > 0.99].astype(float)
    white = product[product.min(axis=1) > np.percentile(product.min(axis=1), 92)]
    assert white.mean() > 205
    assert np.ptp(white.mean(axis=0)) < 14
    assert (product.min(axis=1) >= 255).mean() < 0.01


def test_golden_hour_is_warm_and_moonlight_cold(bottle: Item) -> None:
    balance = {}
    for name in ("golden-hour", "soft-studio", "moonlight"):
        red, _, blue = taken(bottle, Brief(surface="concrete", lighting=name)).rgb.reshape(-1, 3).astype(float).mean(0)
        balance[name] = red / blue
    assert balance["golden-hour"] > 1.15 * balance["soft-studio"]
    assert balance["moonlight"] < 0.9 * balance["soft-studio"]


@pytest.mark.parametrize("size", [(224, 300), (192, 344), (344, 192)])
def test_other_shapes(size: tuple[int, int], bottle: Item) -> None:
    made = taken(bottle, Brief(surface="marble"), size)
    x0, y0, x1, y1 = made.boxes[0]
    assert y1 - y0 == pytest.approx(0.6 * min(size), abs=1)
    assert made.rgb.shape[:2] == size[::-1] and x0 >= 0 and x1 <= size[0] and y1 <= size[1]
