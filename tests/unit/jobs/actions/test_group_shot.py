"""What a group's options mean before anything is drawn."""

from typing import Any

import pytest

from jobs.actions.group_shot import ACTION, chosen_hero, kind_of, scale_in, scales
from storage.errors import Invalid


def options(**said: Any) -> dict[str, Any]:
    return dict(ACTION.parse(said, 1).values)


@pytest.mark.parametrize(
    ("said", "count", "kind"),
    [
        ({}, 3, "standing"),
        ({}, 8, "collage"),
        ({"layout": "lineup"}, 8, "standing"),
        ({"scene_type": "studio"}, 8, "standing"),
        ({"scene_type": "flatlay"}, 3, "lying"),
        ({"layout": "Grid"}, 3, "lying"),
        ({"layout": "flatlay", "scene_type": "lifestyle"}, 3, "lying"),
        ({"scene_type": "collage", "layout": "hero"}, 3, "collage"),
    ],
)
def test_a_group_stands_lies_or_is_a_collage(said: dict[str, str], count: int, kind: str) -> None:
    assert kind_of(options(**said), count) == kind


def test_what_contradicts_itself_is_said() -> None:
    assert any("cells" in text for text in ACTION.parse({"scene_type": "collage", "layout": "hero"}, 1).warnings)
    assert any("above" in text for text in ACTION.parse({"scene_type": "studio", "layout": "grid"}, 1).warnings)
    hero, said = chosen_hero(options(hero_index="5"), 3)
    assert hero is None and "hero_index 5" in said[0]
    factors, _, said = scales(options(relative_scale="1,2"), 3)
    assert factors is None and "2 factors" in said[0]


@pytest.mark.parametrize(
    ("said", "meant"), [("auto", (None, True)), ("true", (None, False)), ("1, 2,0.5", ([1, 2, 0.5], True))]
)
def test_relative_scale_is_auto_true_or_factors(said: str, meant: Any) -> None:
    assert scales(options(relative_scale=said), 3)[:2] == meant


@pytest.mark.parametrize("bad", ["big", "0,1", "1;2", "99,1"])
def test_other_scales_are_refused(bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        options(relative_scale=bad)
    assert refused.value.code == "invalid_option"


@pytest.mark.parametrize("extent", [(400, 400), (200, 600), (600, 200)])
@pytest.mark.parametrize("box", [(0, 0, 50, 200), (0, 0, 200, 50), (0, 0, 90, 90)])
def test_a_product_fills_its_cell_and_stays_inside(box: tuple[int, int, int, int], extent: tuple[int, int]) -> None:
    longest = scale_in(box, extent) * min(extent)
    wide, high = longest * box[2] / max(box[2:]), longest * box[3] / max(box[2:])
    assert max(wide / extent[0], high / extent[1]) == pytest.approx(0.7)
