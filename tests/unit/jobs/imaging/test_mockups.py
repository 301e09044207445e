"""Designs on mock-up objects: black and white identity, orientation, colour, tiles, effects, determinism."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from jobs.imaging.colour import to_linear
from jobs.imaging.mockups.artwork import Artwork, read_artwork
from jobs.imaging.mockups.dress import Finish, Look, dress, lit
from jobs.imaging.mockups.effects import EFFECTS, Surface
from jobs.imaging.mockups.objects import Facts, View, known_objects, load_view
from jobs.imaging.mockups.placing import Placement, lay
from jobs.imaging.mockups.printing_place import placement_for
from jobs.imaging.mockups.wording import choose_object, read_dressing
from tests.unit.jobs.imaging.object_maker import BARE, BODY, SIDE, read_object, write_object

U8 = npt.NDArray[np.uint8]


@pytest.fixture
def tile(tmp_path: Path) -> tuple[Facts, View]:
    return read_object(write_object(tmp_path))


def quarters() -> U8:
    """Red, green, blue and white quarters, reading order."""
    rgb = np.zeros((80, 80, 3), np.uint8)
    rgb[:40, :40], rgb[:40, 40:], rgb[40:, :40], rgb[40:, 40:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    return rgb


def motif() -> Artwork:
    """A dark disc on clear ground."""
    y, x = np.mgrid[:96, :96]
    alpha = (np.hypot(x - 48, y - 48) < 40).astype(np.uint8) * 255
    return read_artwork(np.full((96, 96, 3), (30, 60, 160), np.uint8), alpha, key_ground=True)[0]


def test_white_is_the_white_plate_and_black_the_bare_one(tile: tuple[Facts, View]) -> None:
    _, view = tile
    for albedo, expected in ((0.0, 4 * BARE), (1.0, 4 * (BARE + BODY))):
        surface = Surface(np.full((SIDE, SIDE, 3), albedo, np.float32), {})
        light = lit(view, surface, Look((1.0, 1.0, 1.0)))
        assert float(np.abs(light - expected).max()) < 1e-4


def test_the_design_is_upright_and_unmirrored(tile: tuple[Facts, View]) -> None:
    facts, view = tile
    artwork, _ = read_artwork(quarters(), None, key_ground=False)
    shown = dress(facts, view, artwork, Look((1, 1, 1), Placement("wrap", "stretch"))).foreground.astype(int)
    quarter = SIDE // 4
    top_left, top_right, low_left = shown[quarter, quarter], shown[quarter, 44], shown[3 * quarter, quarter]
    assert top_left.argmax() == 0 and top_right.argmax() == 1 and low_left.argmax() == 2
    assert top_left[0] > top_left[1] + 80


def test_the_body_takes_the_colour_and_fixed_parts_keep_theirs(tile: tuple[Facts, View]) -> None:
    facts, view = tile
    shown = dress(facts, view, None, Look((0.02, 0.5, 0.05))).foreground
    body, fixed = shown[32, 20].astype(int), shown[32, 61].astype(int)
    assert body[1] > body[0] + 60 and body[1] > body[2] + 60
    assert fixed[0] > fixed[1] + 60
    darker = dress(facts, view, None, Look((0.01, 0.1, 0.02))).foreground
    assert darker[32, 20, 1] < body[1] and (darker[32, 61] == shown[32, 61]).all()


def test_the_stock_of_a_label_keeps_its_own_colour(tmp_path: Path) -> None:
    facts, view = read_object(write_object(tmp_path, stock=[0.8, 0.8, 0.8]))
    red, blue = (dress(facts, view, None, Look(colour)).foreground for colour in ((0.5, 0.0, 0.0), (0.0, 0.0, 0.5)))
    assert (red[32, 20] == blue[32, 20]).all()


def test_lamps_colour_what_they_light(tile: tuple[Facts, View]) -> None:
    facts, view = tile
    warm = dress(facts, view, None, Look((0.3, 0.3, 0.3), gains={"key": (2.0, 1.0, 0.4), "sky": (1.0, 1.0, 1.0)}))
    red, _, blue = (int(value) for value in warm.foreground[32, 20])
    assert red > blue + 20


def test_tiles_repeat_and_a_rotated_design_turns_clockwise(tile: tuple[Facts, View]) -> None:
    _, view = tile
    artwork, _ = read_artwork(quarters(), None, key_ground=False)
    laid = lay(view, artwork, Placement("wrap", "tile", scale=0.25))
    assert np.abs(laid.pixels[4:12, 4:12] - laid.pixels[20:28, 20:28]).max() < 0.05
    turned = lay(view, artwork, Placement("wrap", "stretch", rotation=90)).pixels
    assert turned[16, 40, 0] > 0.8 and turned[16, 40, 1] < 0.2  # red has come round to the top right


def test_offsets_and_scale_move_the_print(tile: tuple[Facts, View]) -> None:
    _, view = tile
    artwork = motif()
    middle = lay(view, artwork, Placement("front", "contain", scale=0.4)).pixels[..., 3]
    moved = lay(view, artwork, Placement("front", "contain", scale=0.4, dx=0.5, dy=-0.5)).pixels[..., 3]
    centre = [np.average(np.indices(a.shape)[axis], weights=a) for a in (middle, moved) for axis in (0, 1)]
    assert centre[2] < centre[0] - 10 and centre[3] > centre[1] + 8
    assert float(middle.sum()) == pytest.approx(float(moved.sum()), rel=0.06)


def test_each_effect_is_its_own_and_repeats_itself(tmp_path: Path) -> None:
    facts, view = read_object(write_object(tmp_path), 160)
    shown = {}
    for effect in EFFECTS:
        look = Look((0.4, 0.35, 0.3), Placement(scale=0.8), effect)
        first, second = (dress(facts, view, motif(), look).foreground for _ in range(2))
        assert (first == second).all()
        shown[effect] = first.astype(int)
    for one in EFFECTS:
        for other in EFFECTS:
            if one < other:
                assert np.abs(shown[one] - shown[other])[40:120, 40:110].mean() > 1.5, (one, other)
    blind = shown["emboss"][60:100, 50:90].reshape(-1, 3)
    assert np.ptp(blind.mean(axis=0) / blind.mean()) < 0.5  # no ink: the ground's own hue stays


def test_emboss_is_bright_towards_the_key_and_dark_away(tmp_path: Path) -> None:
    facts, view = read_object(write_object(tmp_path), 200)
    look = Look(
        (0.4, 0.4, 0.4),
        Placement(scale=0.6),
        "emboss",
        gains={"key": (1.6,) * 3, "fill": (0.2,) * 3, "rim": (0.0,) * 3},
    )
    plain = dress(facts, view, None, look).foreground.astype(int).mean(axis=2)
    change = np.diag(dress(facts, view, motif(), look).foreground.astype(int).mean(axis=2) - plain)
    assert change[20:90].max() > 8 and change[100:170].min() < -20  # the key comes from the upper left


def test_a_sticker_is_cut_around_its_motif(tmp_path: Path) -> None:
    facts, view = read_object(write_object(tmp_path, "sticker"), 200)
    cut = dress(facts, view, motif(), Look((1.0, 1.0, 1.0), Placement("front", scale=0.7)))
    share = float((cut.alpha > 0.5).mean())
    ink = float((to_linear(cut.foreground)[..., 0] < 0.3)[cut.alpha > 0.5].mean())
    assert 0.2 < share < 0.6 and 0.5 < ink < 0.95  # the disc, and a white border around it
    assert cut.box[0] > 10 and cut.alpha[2, 2] == 0


def test_a_logo_on_plain_white_is_keyed_and_a_photo_is_not() -> None:
    logo = np.full((60, 90, 3), 255, np.uint8)
    logo[20:40, 30:60] = (200, 20, 20)
    logo[26:34, 40:50] = 255  # white inside the motif stays
    artwork, warned = read_artwork(logo, None, key_ground=True)
    assert warned and artwork.shaped and artwork.pixels.shape[:2] == (20, 30)
    assert artwork.pixels[10, 15, 3] == 1.0
    photo = np.random.default_rng(1).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    artwork, warned = read_artwork(photo, None, key_ground=True)
    assert not warned and not artwork.shaped and artwork.pixels.shape[:2] == (60, 90)


@pytest.mark.parametrize(
    ("asked", "found", "warned"),
    [
        ("mug", "mug", False),
        ("Business Card", "business-card", False),
        ("a tall white ceramic coffee cup on a table", "mug", False),
        ("hardcover", "book", False),
        ("candle", "mug", True),
        ("zzz", "mug", True),
    ],
)
def test_words_find_an_object(asked: str, found: str, warned: bool) -> None:
    chosen = choose_object(asked, "", known_objects())
    assert chosen.word == found and bool(chosen.warnings) is warned


def test_words_dress_an_object() -> None:
    assert read_dressing("#ff0000", "", "").colour == (255, 0, 0)
    assert read_dressing("", "", "a forest green mug").colour is not None
    matt, metal = read_dressing("", "matte black", ""), read_dressing("", "brushed steel", "")
    assert matt.colour == (0, 0, 0) and matt.finish.gloss < 1 and metal.finish.metal == "silver"
    assert read_dressing("", "unobtainium", "").warnings and read_dressing("greenish", "", "").warnings
    assert read_dressing("", "copper", "").foil == "copper"


def test_placements_name_areas_or_say_what_is_missing() -> None:
    facts = known_objects()["mug"]
    assert placement_for(facts, motif(), None, False).placement.area == "front"
    assert placement_for(facts, motif(), "wrap", False).placement.area == "wrap"
    chest = placement_for(facts, motif(), "left-chest", False)
    assert chest.warnings and chest.placement.scale < 0.5 and chest.placement.dx > 0


def test_a_metal_finish_changes_the_body(tile: tuple[Facts, View]) -> None:
    facts, view = tile
    plain = dress(facts, view, None, Look((0.5, 0.4, 0.2))).foreground.astype(int)
    metal = dress(facts, view, None, replace(Look((0.5, 0.4, 0.2)), finish=Finish(1.0, "gold"))).foreground.astype(int)
    assert np.abs(plain - metal)[:, :50].mean() > 3 and np.abs(plain - metal)[:, 58:].mean() < 1.5


@pytest.mark.parametrize("word", sorted(known_objects()))
def test_installed_objects_hold_together(word: str) -> None:
    facts = known_objects()[word]
    for name in facts.views:
        view = load_view(facts, name, 96)
        solid = view.alpha > 0.9
        white = sum(view.bare[group] + view.body[group] for group in view.body)
        assert 0.1 < solid.mean() < 1.0 and float(view.cover[solid].max()) > 0.9
        assert 0.3 < float(np.median(white[solid])) < 1.3
        assert {"front", "wrap"} & set(view.areas)
        assert all(0 <= rect[0] < rect[2] <= 1 and 0 <= rect[1] < rect[3] <= 1 for rect in view.areas.values())
    weight = sum(path.stat().st_size for path in (Path("jobs/plates") / facts.id).iterdir())
    assert weight <= 2_000_000
