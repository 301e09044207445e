"""A reference's colours, light and tones are measured within tolerance, and given to another picture."""

import numpy as np
import numpy.typing as npt
import pytest

from jobs.imaging.colour import to_linear
from jobs.imaging.likeness.choosing import TRANSFERS, choose, composed, nearest_aesthetic, nearest_light, nearest_stage
from jobs.imaging.likeness.grading import graded, transport
from jobs.imaging.likeness.palette import lab_of, palette, tones_of
from jobs.imaging.likeness.reference import Reference, measure
from jobs.imaging.oklab import to_oklab
from jobs.imaging.scenery.brief import Brief
from jobs.imaging.scenery.direction import direct
from jobs.imaging.scenery.stage import PLATES

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]


def stripes(colours: list[tuple[int, int, int]], shares: list[float], side: int = 200) -> U8:
    rgb = np.zeros((side, side, 3), np.uint8)
    top = 0
    for colour, share in zip(colours, shares, strict=True):
        rows = round(share * side)
        rgb[top : top + rows] = colour
        top += rows
    return rgb


def room(base: tuple[int, int, int], contrast: float = 30.0, seed: int = 1) -> U8:
    """A room of that colour: light falls off to the right and downwards, with some texture."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:1:160j, 0:1:160j]
    level = contrast * (0.5 - 0.6 * x - 0.4 * y)[:, :, None] + dice.normal(0, 4, (160, 160, 1))
    return np.clip(np.array(base) + level, 0, 255).astype(np.uint8)


def tones(rgb: U8) -> F32:
    return to_oklab(to_linear(rgb)).reshape(-1, 3)


def test_a_palette_has_the_colours_with_their_areas() -> None:
    wanted = [(200, 40, 50), (240, 235, 220), (30, 60, 120)]
    found = palette(stripes(wanted, [0.5, 0.3, 0.2]))
    assert [swatch.share for swatch in found] == pytest.approx([0.5, 0.3, 0.2], abs=0.04)
    for swatch, colour in zip(found, wanted, strict=True):
        assert np.linalg.norm(lab_of(swatch.rgb) - lab_of(colour)) < 0.03
    assert palette(stripes(wanted, [0.5, 0.3, 0.2])) == found


def test_the_grade_brings_the_tones_over_as_far_as_its_strength() -> None:
    own, other = room((150, 150, 150)), room((170, 110, 60), 60.0)
    here, there = tones_of(tones(own)), tones_of(tones(other))
    everywhere = np.ones(own.shape[:2], np.float32)
    half = tones(graded(own, here, there, everywhere, 0.5, 0.5)).mean(axis=0)
    full = tones(graded(own, here, there, everywhere, 1.0, 1.0)).mean(axis=0)
    wanted, before = tones(other).mean(axis=0), tones(own).mean(axis=0)
    assert np.linalg.norm(full - wanted) < 0.03
    assert np.linalg.norm(full - wanted) < np.linalg.norm(half - wanted) < np.linalg.norm(before - wanted)
    none = graded(own, here, there, everywhere, 0.0, 0.0)
    assert int(np.abs(none.astype(int) - own).max()) <= 1


def test_a_protected_product_is_not_graded() -> None:
    own, other = room((150, 150, 150)), room((60, 90, 180))
    amount = np.ones(own.shape[:2], np.float32)
    amount[40:120, 40:120] = 0
    out = graded(own, tones_of(tones(own)), tones_of(tones(other)), amount, 1.0, 1.0)
    assert int(np.abs(out[40:120, 40:120].astype(int) - own[40:120, 40:120]).max()) <= 1
    assert np.abs(out[:30].astype(int) - own[:30]).mean() > 15


def test_transport_carries_one_spread_into_the_other() -> None:
    dice = np.random.default_rng(5)
    lab = np.concatenate([np.full((4000, 1), 0.5), dice.normal(0, [0.02, 0.04], (4000, 2))], axis=1).astype(np.float32)
    wide = lab * np.array([1, 1.5, 0.8], np.float32)
    matrix = transport(tones_of(lab), tones_of(wide))
    assert np.allclose(np.diag(matrix), [1.5, 0.8], atol=0.03) and abs(float(matrix[0, 1])) < 0.02


@pytest.mark.parametrize(
    ("base", "words"),
    [((225, 150, 70), {"warm", "vivid"}), ((60, 90, 130), {"cool"}), ((30, 30, 32), {"dark", "muted"}),
     ((245, 245, 244), {"bright", "muted"})],
)  # fmt: skip
def test_moods_have_names(base: tuple[int, int, int], words: set[str]) -> None:
    assert words <= set(measure(room(base), None, None).mood)


def with_hero(side: int) -> tuple[U8, F32, tuple[int, int, int, int]]:
    picture = room((190, 188, 184), 10.0)
    alpha = np.zeros(picture.shape[:2], np.float32)
    x = 40 if side < 0 else 90
    alpha[50:120, x : x + 30] = 1
    picture[alpha > 0] = (120, 40, 40)
    return picture, alpha, (x, 50, x + 30, 120)


def test_composition_follows_the_old_hero() -> None:
    left, right = measure(*with_hero(-1)), measure(*with_hero(1))
    assert left.hero is not None and right.hero is not None
    assert left.hero[0] == pytest.approx(55 / 160, abs=0.02) and left.hero[2] == pytest.approx(70 / 160, abs=0.02)
    brief = Brief()
    assert composed(left, brief, 1.0)[1] < 0 < composed(right, brief, 1.0)[1]
    assert composed(left, brief, 0.0) == (brief.product_scale, 0.0)


def reference(base: tuple[int, int, int], contrast: float = 30.0) -> Reference:
    return measure(room(base, contrast), None, None)


def test_light_and_style_come_from_the_nearest_row() -> None:
    assert nearest_light(reference((248, 247, 246), 6.0)) == "high-key"
    assert nearest_light(reference((22, 21, 20), 12.0)) in ("dramatic", "moonlight")
    assert nearest_light(reference((214, 150, 80), 60.0)) == "golden-hour"
    assert nearest_aesthetic(reference((246, 205, 214), 6.0)) == "Pastel"
    assert nearest_aesthetic(reference((18, 48, 43), 6.0)) in ("ArtDeco", "Luxury", "Botanical")


def test_strength_nothing_takes_nothing_and_words_win() -> None:
    warm = reference((214, 150, 80), 60.0)
    plain = choose(warm, Brief(), frozenset(TRANSFERS), 0.0, 1, PLATES)
    own = direct(Brief(), 1, PLATES)
    assert plain.setting == own.setting and plain.scale == 0.6
    full = choose(warm, Brief(), frozenset(TRANSFERS), 1.0, 1, PLATES)
    assert full.setting.lighting.id == "golden-hour" and full.setting.paint is not None
    assert full.setting.paint[0] > full.setting.paint[2] + 0.15
    asked = choose(warm, Brief(background="marble"), frozenset(TRANSFERS), 1.0, 1, PLATES)
    assert asked.setting.stage.name == "marble"


@pytest.mark.parametrize("each", ["lighting", "color", "mood"])
def test_every_transfer_has_a_part(each: str) -> None:
    warm = reference((214, 150, 80), 60.0)
    none = choose(warm, Brief(), frozenset(), 1.0, 1, PLATES)
    assert choose(warm, Brief(), frozenset({each}), 1.0, 1, PLATES).setting != none.setting


def test_a_plain_reference_gets_the_sweep_and_a_drawn_one_a_place() -> None:
    drawn = room((150, 120, 80))
    drawn[::6] = drawn[::6] // 3
    drawn[:, ::9] = drawn[:, ::9] // 2
    assert nearest_stage(reference((214, 150, 80), 30.0), PLATES) == "sweep"
    assert nearest_stage(measure(drawn, None, None), PLATES) not in ("", "sweep")
