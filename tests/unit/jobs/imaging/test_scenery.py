"""Cut-outs on a stage written by the numbers: where they stand, which way shadows fall, and what stays as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stage_maker import make_stage

from jobs.imaging.scenery.aesthetics import AESTHETICS
from jobs.imaging.scenery.atmosphere import ATMOSPHERES
from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.lightings import LIGHTINGS, kelvin
from jobs.imaging.scenery.render import Item, Rendered, render
from jobs.imaging.scenery.setting import Grade, Prop, Setting
from jobs.imaging.scenery.stage import PlateShelf, find_stages, load_stage

PLAIN = Grade(contrast=0.0, vignette=0.0, grain=0.0, bloom=0.0)


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plates")
    make_stage(folder, "sweep", size=(512, 384))
    make_stage(folder, "marble-top", "top", size=(512, 384))
    return folder


def bottle(tall: bool = True, **more: object) -> Item:
    """A grey product with a white label, 120 x 300 (or 300 x 120) inside a larger picture."""
    rgb, alpha = np.full((400, 400, 3), 120, np.uint8), np.zeros((400, 400), np.float32)
    box = (140, 50, 260, 350) if tall else (50, 140, 350, 260)
    x0, y0, x1, y1 = box
    alpha[y0:y1, x0:x1] = 1
    rgb[y0 + (y1 - y0) // 3 : y1 - (y1 - y0) // 3, x0 + 8 : x1 - 8] = 246
    return Item(rgb, alpha, box, **more)  # type: ignore[arg-type]


def setting(plates: Path, stage: str = "sweep", **more: object) -> Setting:
    return replace(Setting(plates / stage, LIGHTINGS["soft-studio"], PLAIN), **more)  # type: ignore[arg-type]


def shot(given: Setting, *items: Item, size: tuple[int, int] = (256, 256), seed: int = 1) -> Rendered:
    return render(given, items or (bottle(),), size, seed, PlateShelf())


@pytest.mark.parametrize("size", [(256, 256), (224, 300), (300, 224), (192, 344), (344, 192)])
@pytest.mark.parametrize("scale", [0.2, 0.95])
def test_the_product_has_the_asked_size_and_is_whole(plates: Path, size: tuple[int, int], scale: float) -> None:
    for tall, angle in ((True, "eye-level"), (False, "low-angle")):
        made = shot(setting(plates, angle=angle), bottle(tall, scale=scale), size=size)
        x0, y0, x1, y1 = made.boxes[0]
        assert max(x1 - x0, y1 - y0) == pytest.approx(scale * min(size), abs=1)
        assert x0 >= 0 and y0 >= 0 and x1 <= size[0] and y1 <= size[1]
        rows, columns = np.nonzero(made.cover > 0.5)
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx((x0, y0, x1, y1), abs=1)


def test_positions(plates: Path) -> None:
    middles = {}
    for position in ("left", "center", "right"):
        x0, _, x1, _ = shot(setting(plates, position=position)).boxes[0]
        middles[position] = (x0 + x1) / 512
    assert middles["center"] == pytest.approx(0.5, abs=0.02)
    assert middles["left"] < 0.4 and middles["right"] > 0.6
    low = shot(setting(plates, position="bottom")).boxes[0][3]
    assert low > shot(setting(plates)).boxes[0][3] and low >= 0.9 * 256


def test_several_items_stand_where_they_are_put(plates: Path) -> None:
    items = (bottle(scale=0.4, x=-0.5), bottle(scale=0.4, x=0.4, depth=0.8))
    made = shot(setting(plates), *items)
    first, second = made.boxes
    assert first[2] < second[0]
    assert second[3] < first[3] - 4  # what stands behind has its foot higher up


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_shadow_falls_away_from_the_key(plates: Path, mirrored: bool) -> None:
    given = setting(plates, mirrored=mirrored, lighting=LIGHTINGS["dramatic"])
    lit, bare = shot(given).rgb.astype(int), shot(replace(given, shadow="none")).rgb.astype(int)
    taken = (bare - lit).sum(axis=2)
    x0, y0, x1, y1 = shot(given).boxes[0]
    left, right = taken[y0:, : x0 - 2].sum(), taken[y0:, x1 + 2 :].sum()
    away, near = (left, right) if mirrored else (right, left)
    assert away > 3 * abs(near) and away > 0
    assert taken[: y0 // 2].max() <= 1  # the wall far above stays as it is


def test_shadow_kinds_differ_and_contact_darkens_the_foot(plates: Path) -> None:
    pictures = {kind: shot(setting(plates, shadow=kind)).rgb.astype(int) for kind in
                ("none", "contact", "soft", "hard", "natural", "reflection")}  # fmt: skip
    x0, _, x1, y1 = shot(setting(plates)).boxes[0]
    foot = (slice(y1, y1 + 2), slice(x0 + 5, x1 - 5))
    assert pictures["contact"][foot].mean() < 0.9 * pictures["none"][foot].mean()
    kinds = list(pictures)
    for number, kind in enumerate(kinds):
        for other in kinds[number + 1 :]:
            assert np.abs(pictures[kind] - pictures[other]).max() > 6, (kind, other)


def test_glossy_ground_mirrors_the_product(plates: Path) -> None:
    red = bottle()
    red.foreground[:] = (200, 20, 20)
    made = shot(setting(plates, shadow="reflection"), red)
    x0, _, x1, y1 = made.boxes[0]
    below = made.rgb[y1 + 6 : y1 + 16, x0 + 10 : x1 - 10].reshape(-1, 3).astype(float).mean(axis=0)
    aside = made.rgb[y1 + 6 : y1 + 16, :10].reshape(-1, 3).astype(float).mean(axis=0)
    assert below[0] / below[1] > 1.2 * aside[0] / aside[1]


@pytest.mark.parametrize("lighting", ["soft-studio", "natural-sunlight", "high-key", "ring-light"])
def test_whites_stay_white_without_clipping(plates: Path, lighting: str) -> None:
    made = shot(setting(plates, lighting=LIGHTINGS[lighting]))
    x0, y0, x1, y1 = made.boxes[0]
    label = made.rgb[y0 + (y1 - y0) * 2 // 5 : y1 - (y1 - y0) * 2 // 5, x0 + 10 : x1 - 10]
    assert 214 <= label.mean() <= 252
    assert (label >= 255).mean() < 0.01


def test_paint_changes_painted_surfaces_alone(plates: Path) -> None:
    plain, green = shot(setting(plates)).rgb, shot(setting(plates, paint=(0.1, 0.6, 0.2))).rgb
    wall, ground = (slice(4, 30), slice(4, 60)), (slice(235, 254), slice(4, 60))
    assert green[wall][..., 1].mean() > 1.5 * green[wall][..., 0].mean()
    assert np.abs(plain[ground].astype(int) - green[ground]).mean() < 3


def test_the_same_seed_makes_the_same_picture(plates: Path) -> None:
    brief = Brief(aesthetic="Festive", atmosphere="Snow", visual_prompt="cozy winter evening")
    makes = [render(direct(brief, seed, plates).setting, (bottle(),), (160, 160), seed).rgb for seed in (5, 5, 6)]
    assert np.array_equal(makes[0], makes[1])
    assert np.abs(makes[0].astype(int) - makes[2]).mean() > 2


def every_pair_differs(pictures: dict[str, np.ndarray], least: float) -> None:
    names = list(pictures)
    for number, name in enumerate(names):
        for other in names[number + 1 :]:
            assert np.abs(pictures[name].astype(int) - pictures[other]).mean() > least, (name, other)


def test_all_lightings_differ(plates: Path) -> None:
    assert len(LIGHTINGS) == 9
    every_pair_differs({name: shot(setting(plates, lighting=row)).rgb for name, row in LIGHTINGS.items()}, 2.0)


def test_all_atmospheres_differ(plates: Path) -> None:
    given = setting(plates, lighting=LIGHTINGS["cinematic"])
    every_pair_differs({name: shot(replace(given, atmosphere=name)).rgb for name in ATMOSPHERES}, 0.5)


def test_all_aesthetics_differ(plates: Path) -> None:
    assert len(AESTHETICS) == 24
    makes = {}
    for name in AESTHETICS:
        directed = direct(Brief(aesthetic=name), 3, plates)
        assert directed.warnings == ()
        makes[name] = shot(directed.setting, size=(128, 128)).rgb
    every_pair_differs(makes, 1.0)


@pytest.mark.parametrize("angle", ["top-down", "45-degree", "macro"])
def test_other_angles(plates: Path, angle: str) -> None:
    directed = direct(Brief(camera_angle=angle, surface="marble" if angle != "macro" else ""), 2, plates)
    made = shot(directed.setting)
    assert directed.setting.stage.name == ("sweep" if angle == "macro" else "marble-top")
    x0, y0, x1, y1 = made.boxes[0]
    assert max(x1 - x0, y1 - y0) == pytest.approx((0.78 if angle == "macro" else 0.6) * 256, abs=1)
    assert made.rgb.std() > 5


def test_what_lies_casts_by_its_thickness(plates: Path) -> None:
    made = shot(setting(plates, "marble-top", angle="top-down", lighting=LIGHTINGS["dramatic"]))
    x0, y0, x1, y1 = made.boxes[0]
    middle = (y0 + y1) // 2
    beside = made.rgb[middle, x1 + 2 : x1 + 6].mean()
    assert beside < 0.9 * made.rgb[middle, x1 + 60 : x1 + 70].mean()


def test_a_soft_shadow_in_the_cut_out_does_not_lift_it(plates: Path) -> None:
    floating = bottle()
    floating.alpha[350:395, 140:260] = 0.3
    lifted = replace(floating, box=(140, 50, 260, 395))
    assert shot(setting(plates), lifted).boxes == shot(setting(plates), bottle()).boxes


def test_a_prop_stands_beside_the_product_and_is_not_counted(plates: Path, tmp_path: Path) -> None:
    sprite = np.zeros((60, 60, 4), np.uint8)
    sprite[5:55, 5:55] = (230, 200, 20, 255)
    Image.fromarray(sprite).save(tmp_path / "sprite.png")
    (tmp_path / "scene.json").write_text('{"kind": "prop", "file": "sprite.png", "size": 0.4}')
    bare = shot(setting(plates))
    made = shot(setting(plates, props=(Prop(tmp_path, 1.0, 0.0, 0.2, 1.0),)))
    assert made.boxes == bare.boxes
    assert np.array_equal(made.cover > 0.5, bare.cover > 0.5)
    yellow = (made.rgb[..., 0].astype(int) - made.rgb[..., 2]) > 60
    assert yellow.sum() > 500 and np.nonzero(yellow)[1].min() >= made.boxes[0][2] - 4


def test_a_low_camera_lowers_the_grounds_edge(plates: Path) -> None:
    given = setting(plates, paint=(0.1, 0.6, 0.2))
    edges = []
    for angle in ("eye-level", "low-angle"):
        made = shot(replace(given, angle=angle), bottle(scale=0.5))
        column = made.rgb[:, 10].astype(int)
        painted = (column[:, 1] - column[:, 0]) > 15
        edges.append((made.boxes[0][3] - int(np.flatnonzero(painted).max())) / 256)
    assert edges[1] < 0.75 * edges[0]


def test_stages_are_found_and_read(plates: Path) -> None:
    (plates / "prop-lemon").mkdir(exist_ok=True)
    (plates / "prop-lemon" / "scene.json").write_text('{"kind": "prop"}')
    (plates / "unfinished").mkdir(exist_ok=True)
    assert set(find_stages(plates)) == {"sweep", "marble-top"}
    stage = load_stage(plates / "sweep")
    assert stage.groups["key"].direction is not None
    assert np.linalg.norm(stage.groups["key"].direction) == pytest.approx(1)
    with pytest.raises(ValueError):
        load_stage(plates / "prop-lemon")
    (plates / "prop-lemon" / "scene.json").unlink()


def test_the_shelf_forgets_what_it_cannot_hold(plates: Path) -> None:
    shelf = PlateShelf(most=700_000)
    for name in ("key", "fill", "rim"):
        shelf.colour(plates / "sweep" / f"{name}.jpg")
    assert sum(plate.nbytes for plate in shelf.kept.values()) <= 700_000
    assert len(shelf.kept) == 1


def test_warm_light_is_redder_than_cold() -> None:
    assert kelvin(3200)[0] > 1 > kelvin(3200)[2]
    assert kelvin(5600) == pytest.approx((1, 1, 1))
    assert kelvin(8000)[0] < 1 < kelvin(8000)[2]


def test_nothing_to_show_is_refused(plates: Path) -> None:
    with pytest.raises(ValueError):
        render(setting(plates), (), (64, 64), 1)
    with pytest.raises(ValueError):
        shot(setting(plates), Item(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.float32), (0, 0, 9, 9)))
