"""The picture-quality gate on real shelf photographs: they pass, and the same ones spoiled are named for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from spoiled_photos import SPOILED, reduced

from jobs.imaging.photo_quality import assess


def test_real_photographs_pass_and_their_spoiled_copies_do_not(samples: Path):
    caught = dict.fromkeys(SPOILED, 0)
    files = sorted((samples / "shelf" / "images").glob("*.jpg"))
    spoiled = files[::4]
    for file in files:
        rgb = np.ascontiguousarray(cv2.imread(str(file), cv2.IMREAD_COLOR)[:, :, ::-1])
        rgb = reduced(rgb, 1024) if max(rgb.shape[:2]) > 1024 else rgb
        quality = assess(rgb)
        assert quality.issues == () and quality.readable, (file.name, quality)
        for issue in SPOILED if file in spoiled else ():
            caught[issue] += issue in assess(SPOILED[issue](rgb)).issues
    assert all(count == len(spoiled) for count in caught.values()), caught
