"""Hostile pictures through every action, in attended workers: each ends with a result or a documented code of its own.

Never a hang, a dead worker or `processing_failed`, which would be an error that nobody foresaw. Each run takes a
seeded handful for every part that a picture can play; `--slow` takes HOSTILE_PICTURES (or all) of all corpora.
HOSTILE_SEED repeats a run.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import corpora
import hostile_maker
import pytest
from attended import Crew, Deed, Ending
from metadata_scanner import blocks

from jobs.actions import CATALOGUE
from storage.errors import IMAGE_FAULTS
from storage.model import Dialect

SEED = int(os.environ.get("HOSTILE_SEED") or 1)
PRINT, STUDIO, SHELF = Dialect.PRINT, Dialect.STUDIO, Dialect.SHELF
UNFORESEEN = {"processing_failed", "decoder_crashed", "timeout", "model_missing", "storage_unavailable"}
FORESEEN = set(IMAGE_FAULTS) - UNFORESEEN
GOOD = hostile_maker.encoded(hostile_maker.scene(), "PNG")
FORMATS = ({"output_format": "jpg"}, {"output_format": "png"}, {"output_format": "webp"})
WRITTEN = {"SOI", "APP0", "APP1", "APP2", "DQT", "SOF0", "DHT", "DRI", "SOS", "EOI", "IHDR", "iCCP", "pHYs", "iTXt",
           "IDAT", "IEND", "VP8X", "ICCP", "VP8", "ALPH", "VP8L", "XMP"}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part that a hostile picture plays in an action, the other parts being played by good ones."""

    dialect: Dialect
    action: str
    raw: Mapping[str, Any] = field(default_factory=dict)
    before: int = 0  # good inputs before it
    after: int = 0
    role: str = ""  # its role where it is no input
    good: tuple[str, ...] = ()  # roles played by good pictures

    @property
    def name(self) -> str:
        words = [self.action, self.role or f"input{self.before}", *map(str, self.raw.values())]
        return "-".join(words)

    def deed(self, name: str, data: bytes) -> Deed:
        given = dict.fromkeys(self.good, GOOD)
        inputs = [GOOD] * self.before
        if self.role:
            given[self.role] = data
        else:
            inputs += [data, *[GOOD] * self.after]
        return Deed(name, self.dialect, self.action, self.raw, inputs, given)


PARTS = (
    Part(PRINT, "wallart"),
    Part(PRINT, "poster", {"size": "a3"}),
    Part(PRINT, "clipart"),
    Part(PRINT, "clipart", {"remove_background": True}),
    Part(PRINT, "upscale", {"scale": 2}),
    Part(STUDIO, "bg-remove"),
    Part(STUDIO, "bg-remove", {"platform": "amazon"}),
    Part(STUDIO, "photography"),
    Part(STUDIO, "mockup"),
    Part(STUDIO, "mockup", {"mode": "image"}, role="template", before=1),
    Part(STUDIO, "mockup", {"mode": "image"}, role="mask", before=1, good=("template",)),
    Part(STUDIO, "ad-poster"),
    Part(STUDIO, "ad-poster", role="logo", before=1),
    Part(STUDIO, "ecommerce-detail", before=1),
    Part(STUDIO, "group-shot", after=1),
    Part(STUDIO, "lookalike", good=("reference",)),
    Part(STUDIO, "lookalike", role="reference", before=1),
    Part(STUDIO, "studio-template", good=("template",)),
    Part(STUDIO, "studio-template", role="template", before=1),
    Part(SHELF, "analysis"),
)


def refused(dice: random.Random) -> dict[str, bytes]:
    """Small pictures that ought to be refused, one of every kind."""
    made = hostile_maker.hostile_pictures(SEED)
    groups = ("dims-", "bomb-z", "cut-", "flip-", "size-1x", "scans", "tiles", "html-")
    names = [dice.choice([name for name in sorted(made) if name.startswith(group)]) for group in groups]
    return {name: made[name] for name in names} | {"empty": b"", "text": b"not a picture"}


def accepted(dice: random.Random, count: int) -> dict[str, bytes]:
    """Odd pictures that most actions take."""
    made = hostile_maker.hostile_pictures(SEED)
    names = [
        name for name in sorted(made) if name.startswith(("mode-", "tail-", "canary", "animated", "deep", "broken"))
    ]
    return {name: made[name] for name in dice.sample(names, count)}


def assert_clean(files: Sequence[Path]) -> None:
    """No canary in any file, and in pictures no block but those that the service writes."""
    for path in files:
        data = path.read_bytes()
        assert hostile_maker.CANARY not in data, path
        if path.suffix != ".json":
            found = blocks(data)
            assert {block.name for block in found} <= WRITTEN
            texts = [block.payload for block in found if block.name in ("APP1", "iTXt", "XMP")]
            assert all(text[:4] == b"Exif" or b"compositeSynthetic" in text for text in texts)


def judged(endings: Sequence[Ending], part: Part) -> Counter[str]:
    """The codes and how often; AssertionError for an ending that no document foresees."""
    wrong = [f"{end.name}: {end.code} {end.cause}" for end in endings if end.code and end.code not in FORESEEN]
    assert wrong == [], f"{part.name}, HOSTILE_SEED={SEED}"
    return Counter(end.code or "ok" for end in endings)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_handful_ends_as_documented(part: Part, tmp_path: Path, migrated: Path) -> None:
    """And the same picture turned and full of metadata gives the very files of the plain one, without a trace."""
    number = PARTS.index(part)
    dice = random.Random(SEED + number)
    odd = accepted(dice, number % 2)
    part = replace(part, raw={**part.raw, **dice.choice(FORMATS)}) if part.dialect is STUDIO else part
    turned = hostile_maker.turned_carrier(dice.randint(2, 8))
    pictures = refused(dice) | odd | {"plain": GOOD, "turned": turned}
    endings = Crew(tmp_path, migrated).attend([part.deed(name, data) for name, data in pictures.items()])
    codes = judged(endings, part)
    assert codes["ok"] >= 2 and sum(codes.values()) == len(pictures)
    assert codes.keys() & {"not_an_image", "image_too_large", "corrupt_image"}
    plain, turned_files = ([Path(path).read_bytes() for path, _ in ending.files] for ending in endings[-2:])
    assert plain and plain == turned_files, f"{part.name}, HOSTILE_SEED={SEED}"
    for ending in endings:
        assert_clean([Path(path) for path, _ in ending.files])


@pytest.mark.slow
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_all_corpora_end_as_documented(part: Part, tmp_path: Path, migrated: Path, samples: Path) -> None:
    """HOSTILE_PICTURES of all of them, chosen by the seed; where that is not set, every one."""
    folders = [*(corpora.FOLDER / name for name in corpora.CORPORA), samples / "hostile" / "images"]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    pictures = {str(path): path.read_bytes() for path in files} | hostile_maker.hostile_pictures(SEED)
    most = int(os.environ.get("HOSTILE_PICTURES") or len(pictures))
    names = random.Random(SEED + PARTS.index(part)).sample(sorted(pictures), min(most, len(pictures)))
    began = time.monotonic()
    endings = Crew(tmp_path, migrated).attend([part.deed(name, pictures[name]) for name in names])
    slowest = max(endings, key=lambda end: end.seconds)
    print(f"\n{part.name}: {dict(judged(endings, part))}, {time.monotonic() - began:.0f} s in all")
    print(f"slowest {slowest.seconds:.1f} s {slowest.name}, at most {max(end.peak_mb for end in endings)} MB resident")


def test_every_action_that_is_offered_is_tried() -> None:
    assert {(part.dialect, part.action) for part in PARTS} == set(CATALOGUE)
