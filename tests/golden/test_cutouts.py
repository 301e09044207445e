"""Cut-outs of a fixed few sample pictures against their true alpha; `scripts/bench cutouts` measures all of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.imaging.cutout import cut_out
from jobs.imaging.faults import NoSubject
from jobs.imaging.marketplace import PRESETS, inspect_listing, listing
from jobs.imaging.matting import Session
from jobs.imaging.sessions import open_session

MODEL = Path(__file__).resolve().parents[2] / ".models" / "u2net.onnx"
PER_KIND = 2


@pytest.fixture(scope="module")
def session() -> Session:
    if not MODEL.exists():
        pytest.skip("the cut-out network is not installed")
    opened: Session = open_session(MODEL, 2)
    return opened


def few(folder: Path) -> list[dict[str, str]]:
    """The first pictures of every kind that has ground truth."""
    kinds: dict[str, list[dict[str, str]]] = {}
    for item in json.loads((folder / "manifest.json").read_text())["items"]:
        if item.get("ground_truth"):
            kinds.setdefault(item["tags"][0], []).append(item)
    return [item for items in kinds.values() for item in items[:PER_KIND]]


@pytest.mark.timeout(400)
def test_cutouts_reach_the_promised_accuracy(samples: Path, session: Session) -> None:
    folder = samples / "product"
    ious, maes = [], []
    for item in few(folder):
        rgb = np.asarray(Image.open(folder / item["file"]).convert("RGB"))
        truth = np.asarray(Image.open(folder / item["ground_truth"]).convert("L"), np.float32) / 255
        cut = cut_out(rgb, session)
        mine, real = cut.alpha > 0.5, truth > 0.5
        ious.append((mine & real).sum() / (mine | real).sum())
        maes.append(np.abs(cut.alpha - truth).mean())
        canvas = listing(cut.foreground, cut.alpha, cut.box, PRESETS["amazon"], "1K", "1:1")
        assert [f.code for f in inspect_listing(canvas, PRESETS["amazon"])] == [], item["id"]
    assert len(ious) == 5 * PER_KIND
    assert np.mean(ious) >= 0.965 and np.mean(maes) <= 0.0065


def test_pictures_without_a_subject_are_refused(session: Session) -> None:
    noise = np.random.default_rng(1).integers(90, 110, (300, 400, 3)).astype(np.uint8)
    for picture in (np.full((300, 400, 3), 255, np.uint8), noise):
        with pytest.raises(NoSubject):
            cut_out(picture, session)
