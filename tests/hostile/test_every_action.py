"""Hostile pictures through every action, in attended workers: each ends with a result or a documented code of its own.

Never a hang, a dead worker or `processing_failed`, which would be an error that nobody foresaw. Each run takes a
seeded handful for every part that a picture can play; `--slow` takes HOSTILE_PICTURES (or all) of all corpora.
HOSTILE_SEED repeats a run.
"""

import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hostile_maker
import pytest
from attended import Crew, Deed, Ending

from jobs.actions import CATALOGUE
from storage.errors import IMAGE_FAULTS
from storage.model import Dialect

SEED = int(os.environ.get("HOSTILE_SEED") or random.randrange(10**6))
PRINT, STUDIO, SHELF = Dialect.PRINT, Dialect.STUDIO, Dialect.SHELF
UNFORESEEN = {"processing_failed", "decoder_crashed", "timeout", "model_missing", "storage_unavailable"}
FORESEEN = set(IMAGE_FAULTS) - UNFORESEEN
GOOD = hostile_maker.encoded(hostile_maker.scene(), "PNG")


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
    groups = ("dims-", "bomb-", "cut-", "flip-", "size-1x", "scans", "tiles", "html-")
    names = [dice.choice([name for name in sorted(made) if name.startswith(group)]) for group in groups]
    return {name: made[name] for name in names if name != "bomb-plain.png"} | {"empty": b"", "text": b"not a picture"}


def accepted(dice: random.Random, count: int) -> dict[str, bytes]:
    """Odd pictures that most actions take."""
    made = hostile_maker.hostile_pictures(SEED)
    names = [
        name for name in sorted(made) if name.startswith(("mode-", "tail-", "canary", "animated", "deep", "broken"))
    ]
    return {name: made[name] for name in dice.sample(names, count)}


def judged(endings: Sequence[Ending], part: Part) -> Counter[str]:
    """The codes and how often; AssertionError for an ending that no document foresees."""
    wrong = [f"{end.name}: {end.code} {end.cause}" for end in endings if end.code and end.code not in FORESEEN]
    assert wrong == [], f"{part.name}, HOSTILE_SEED={SEED}"
    return Counter(end.code or "ok" for end in endings)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_handful_ends_as_documented(part: Part, tmp_path: Path, migrated: Path) -> None:
    dice = random.Random(SEED + PARTS.index(part))
    pictures = refused(dice) | accepted(dice, 1)
    deeds = [part.deed(name, data) for name, data in pictures.items()]
    codes = judged(Crew(tmp_path, migrated).attend([*deeds, part.deed("good", GOOD)]), part)
    assert codes["ok"] >= 1 and sum(codes.values()) == len(deeds) + 1
    assert codes.keys() & {"not_an_image", "image_too_large", "corrupt_image"}


def test_every_action_that_is_offered_is_tried() -> None:
    assert {(part.dialect, part.action) for part in PARTS} == set(CATALOGUE)
