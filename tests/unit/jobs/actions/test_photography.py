"""photography's options: every name of the contract is read, and a run stores what was asked."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from jobs.actions import photography
from jobs.actions.offer import Produced
from jobs.actions.photography import ACTION, brief_of
from storage.errors import Invalid

EVERYTHING = {
    "visual_prompt": "on a table", "background": "modern-loft", "aesthetic": "Luxury", "atmosphere": "Foggy",
    "lighting": "cinematic", "props": "lemon, leaf", "include_model": "True", "requirements": "tall",
    "action": "waving",
    "surface": "marble", "camera_angle": "macro", "shadow": "soft", "product_scale": "0.7", "position": "left",
    "extra_requirements": "calm", "variations": "3", "seed": "abc", "output_format": "png", "negative_prompt": "lemon",
    "resolution": "2k", "aspect_ratio": "16:9",
}  # fmt: skip


def test_every_option_of_the_contract_is_read() -> None:
    read = ACTION.parse(EVERYTHING, 1)
    assert read.warnings == ()
    assert read.values["product_scale"] == 0.7 and read.values["props"] == ["lemon", "leaf"]
    brief = brief_of(read.values)
    assert (brief.props, brief.include_model, brief.action) == ("lemon, leaf", "true", "waving")
    assert ACTION.quote(read.values, 2).total(2) == 6


@pytest.mark.parametrize("name", ["prompt", "scene", "visual_prompt"])
def test_the_prompt_has_three_names(name: str) -> None:
    read = ACTION.parse({name: "in a forest"}, 1)
    assert read.values["visual_prompt"] == "in a forest"
    assert read.warnings == ()


def test_the_prompts_own_name_wins() -> None:
    assert ACTION.parse({"prompt": "a", "visual_prompt": "b"}, 1).values["visual_prompt"] == "b"
    assert ACTION.parse({"prompt": "a", "visual_prompt": " "}, 1).values["visual_prompt"] == "a"


@pytest.mark.parametrize("raw", [{"product_scale": "0.1"}, {"product_scale": "2"}, {"variations": "9"}])
def test_numbers_out_of_range_are_refused(raw: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        ACTION.parse(raw, 1)
    assert caught.value.code == "invalid_option"


@dataclass
class Bench:
    """A work without a database: what was stored, in order."""

    options: dict[str, Any]
    stored: list[Produced] = field(default_factory=list)
    image: Any = field(default_factory=lambda: SimpleNamespace(index=0))

    def check(self) -> None: ...

    def store(self, made: Produced) -> None:
        self.stored.append(made)


def test_variations_differ_and_a_seed_repeats_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from stage_maker import make_stage

    from jobs.imaging.cutout import Cutout

    make_stage(tmp_path, "sweep", size=(256, 192))
    alpha = np.zeros((80, 60), np.float32)
    alpha[10:70, 15:45] = 1
    cutout = Cutout(alpha, np.full((80, 60, 3), 160, np.uint8), (15, 10, 45, 70), None, "network", 1.0)
    picture = SimpleNamespace(facts=SimpleNamespace(warnings=(), format="PNG", width=60, height=80))
    monkeypatch.setattr(photography, "PLATES", tmp_path)
    monkeypatch.setattr(photography, "read_product", lambda work: (picture, cutout))
    runs = []
    for _ in range(2):
        bench = Bench(dict(ACTION.parse({"variations": "2", "seed": "7", "include_model": "1"}, 1).values))
        outcome = ACTION.run(bench)  # type: ignore[arg-type]
        runs.append([made.data for made in bench.stored])
        assert [made.filename for made in bench.stored] == ["result_001.jpg", "result_002.jpg"]
        assert (outcome.facts["width"], outcome.facts["height"]) == (1024, 1024)
        assert [scene["stage"] for scene in outcome.facts["scenes"]] == ["sweep", "sweep"]
        assert len(outcome.warnings) == 1 and "People" in outcome.warnings[0]
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]
