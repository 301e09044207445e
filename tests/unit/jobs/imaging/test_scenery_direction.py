"""What words and ids are understood as, what is said about those that are not, and that no text breaks anything."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.imaging.scenery.direction import Brief, direct
from jobs.imaging.scenery.vocabulary import cleaned, colours_in

IDS = ("sweep", "marble", "wood", "kitchen", "beach-sunset", "urban-street", "marble-top", "wood-top")


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Direction only looks for names, so the descriptions may be empty."""
    folder = tmp_path_factory.mktemp("plates")
    for name in IDS:
        (folder / name).mkdir()
        (folder / name / "scene.json").write_text("{}")
    (folder / "prop-lemon").mkdir()
    (folder / "prop-lemon" / "scene.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("brief", "stage"),
    [
        (Brief(), "sweep"),
        (Brief(surface="marble"), "marble"),
        (Brief(surface="none"), "sweep"),
        (Brief(background="Beach-Sunset"), "beach-sunset"),
        (Brief(background="a busy city street at night"), "urban-street"),
        (Brief(visual_prompt="standing on an oak table in warm light"), "wood"),
        (Brief(visual_prompt="in a bright kitchen"), "kitchen"),
        (Brief(visual_prompt="flat lay on marble"), "marble-top"),
        (Brief(surface="wood", camera_angle="top-down"), "wood-top"),
        (Brief(background="#ffeedd"), "sweep"),
        (Brief(visual_prompt="on marble, no kitchen"), "marble"),
        (Brief(visual_prompt="kitchen or marble", negative_prompt="kitchen"), "marble"),
        (Brief(surface="marble", visual_prompt="a kitchen"), "marble"),
    ],
)
def test_places(plates: Path, brief: Brief, stage: str) -> None:
    directed = direct(brief, 1, plates)
    assert directed.setting.stage.name == stage
    assert directed.warnings == ()


@pytest.mark.parametrize(
    ("words", "light", "air"),
    [
        ("golden hour", "golden-hour", "None"),
        ("dark and moody with smoke", "dramatic", "Smoke"),
        ("neon lights in the rain", "neon-glow", "Wet"),
        ("snowy morning sunlight", "natural-sunlight", "Snow"),
        ("nothing in particular", "soft-studio", "None"),
        ("at the beach", "golden-hour", "None"),
    ],
)
def test_light_and_air(plates: Path, words: str, light: str, air: str) -> None:
    setting = direct(Brief(visual_prompt=words), 1, plates).setting
    assert (setting.lighting.id, setting.atmosphere) == (light, air)


def test_ids_win_over_words_and_words_over_the_aesthetic(plates: Path) -> None:
    brief = Brief(aesthetic="Luxury", visual_prompt="moonlight", lighting="Ring Light", atmosphere="golden HAZE")
    setting = direct(brief, 1, plates).setting
    assert (setting.lighting.id, setting.atmosphere) == ("ring-light", "Golden haze")
    assert direct(Brief(aesthetic="Luxury", visual_prompt="moonlight"), 1, plates).setting.lighting.id == "moonlight"
    assert direct(Brief(aesthetic="pop-art"), 1, plates).setting.lighting.id == "high-key"


@pytest.mark.parametrize(
    ("brief", "said"),
    [
        (Brief(background="cyberpunk-city"), "not installed"),
        (Brief(lighting="lava lamp"), "not known"),
        (Brief(camera_angle="sideways"), "not known"),
        (Brief(aesthetic="Zorblax"), "not known"),
        (Brief(props="lemon, moon rock hammer"), "no prop"),
        (Brief(include_model="true"), "People"),
        (Brief(props="lemon", surface="wood", camera_angle="top-down"), "upright"),
        (Brief(props="lemon, lemon, lemon, lemon, lemon"), "At most 4"),
        (Brief(visual_prompt="a woman looks at it"), "woman"),
        (Brief(surface="antimatter"), "not understood"),
    ],
)
def test_what_cannot_be_done_is_said(plates: Path, brief: Brief, said: str) -> None:
    [warning] = direct(brief, 1, plates).warnings
    assert said in warning


def test_props_that_exist_stand_beside_the_product(plates: Path) -> None:
    [prop] = direct(Brief(props="two lemons"), 1, plates).setting.props
    assert prop.folder.name == "prop-lemon" and abs(prop.side) == 1 and prop.depth > 0


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("sage green wall", [(178, 190, 165)]),
        ("a #ff0000 backdrop", [(255, 0, 0)]),
        ("pale pink and dark blue", [(255, 234, 237), (0, 0, 139)]),
        ("sand dunes with a rose", []),
        ("", []),
    ],
)
def test_colours_in_words(text: str, colours: list[tuple[int, int, int]]) -> None:
    found = colours_in(text)
    assert len(found) == len(colours)
    for colour, wanted in zip(found, colours, strict=True):
        assert colour == pytest.approx(wanted, abs=3)


def test_what_is_negated_is_not_wanted() -> None:
    assert "people" not in cleaned("No people, wooden table")
    assert "wooden table" in cleaned("No people, wooden table")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=300), other=st.text(max_size=40), seed=st.integers(-(2**40), 2**40))
def test_no_text_breaks_it(plates: Path, text: str, other: str, seed: int) -> None:
    brief = Brief(visual_prompt=text, background=other, aesthetic=other, lighting=text, props=text, surface=other)
    directed = direct(brief, seed, plates)
    assert directed.setting.stage.is_dir()
    assert all(sentence.endswith(".") for sentence in directed.warnings)
    assert direct(brief, seed, plates) == directed
