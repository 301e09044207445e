"""What work on a picture takes at its peak lies below what was reserved for it, for every action, format and size.

Measured in a child per picture, on subjects that fill their frame; networks are stand-ins, because a worker's own are
not part of an image's share.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hostile_maker
import numpy as np
import pytest
from attended import Crew, Deed
from PIL import Image

from jobs.actions import CATALOGUE
from storage.model import Dialect

PRINT, STUDIO, SHELF = Dialect.PRINT, Dialect.STUDIO, Dialect.SHELF
DIFFERENT = ("bg-remove", "group-shot", "mockup", "studio-template")
FORMS = (("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA"))
ASKED: tuple[tuple[Dialect, str, Mapping[str, Any], int], ...] = (
    (PRINT, "wallart", {}, 1),
    (PRINT, "poster", {"size": "24x36"}, 1),
    (PRINT, "clipart", {}, 1),
    (PRINT, "clipart", {"remove_background": True}, 1),
    (PRINT, "upscale", {"scale": 8}, 1),
    *(
        (STUDIO, name, {}, 2 if name in ("group-shot", "lookalike", "studio-template") else 1)
        for dialect, name in sorted(CATALOGUE)
        if dialect is STUDIO
    ),
    (SHELF, "analysis", {}, 1),
)


@cache
def filling(width: int, height: int, form: str, mode: str) -> bytes:
    """A disc from edge to edge, cut out or on a plain ground."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cover = np.clip((0.48 - np.hypot(x / width - 0.5, y / height - 0.5)) * width / 16, 0, 1)[..., None]
    rgb = (225 * (1 - cover) + np.array([30, 60, 120], np.float32) * cover).astype(np.uint8)
    pixels = np.dstack([rgb, (cover[..., 0] * 255).astype(np.uint8)]) if mode == "RGBA" else rgb
    return hostile_maker.encoded(Image.fromarray(pixels), form, **({"compress_level": 1} if form == "PNG" else {}))


def overruns(crew: Crew, deeds: list[Deed]) -> list[str]:
    """Sentences about work that took more than was reserved, or failed."""
    said = []
    for end in crew.attend(deeds):
        took = end.peak_mb - end.before_mb
        if end.code or not 0 < took <= end.estimate_mb:
            said.append(f"{end.name}: {end.code or 'ok'} {end.cause}, {took} MB of {end.estimate_mb}")
    return said


def asked(width: int, height: int, form: str, mode: str, more: Mapping[str, Any]) -> list[Deed]:
    picture = filling(width, height, form, mode)
    return [
        Deed(
            f"{name} {raw} {more} {width}x{height} {form}",
            dialect,
            name,
            {**raw, **(more if dialect is STUDIO else {})},
            [picture] * count,
            {},
        )
        for dialect, name, raw, count in ASKED
    ]


@pytest.mark.timeout(400)
def test_what_an_image_takes_is_less_than_what_was_reserved(tmp_path: Path, migrated: Path) -> None:
    """The actions that share one reckoning with another of these are measured with `--slow`."""
    own = (PRINT, SHELF)
    deeds = [deed for deed in asked(1000, 1300, *FORMS[1], {}) if deed.dialect in own or deed.action in DIFFERENT]
    assert {deed.action for deed in deeds} >= {"upscale", "wallart", "analysis", *DIFFERENT}
    assert overruns(Crew(tmp_path, migrated, children=True, seconds=120), deeds) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("resolution", ["1K", "4K"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[0])
@pytest.mark.parametrize("size", [(600, 600), (2000, 3000), (4000, 5000)])
def test_larger_pictures_do_too(
    size: tuple[int, int], form: tuple[str, str], resolution: str, tmp_path: Path, migrated: Path
) -> None:
    deeds = asked(*size, *form, {"resolution": resolution})
    assert overruns(Crew(tmp_path, migrated, children=True, seconds=900), deeds) == []
