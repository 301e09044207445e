"""Plates are written and read back without loss that can be seen, and what lies in jobs/plates keeps to the format."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.baking import plates
from scripts.baking.plates import Baked, decode_light, depth_png, encode_light, jpeg, plate_scale, write_stage
from scripts.baking.spec import DEPTH_SIZE, FOOT_HEIGHT, GROUPS, PLATE_SIZE, UNIT_EYE, UNIT_TOP, Light, StageSpec

SHELF = Path(__file__).parents[3] / "jobs" / "plates"
STAGES = sorted(path for path in SHELF.glob("*/scene.json") if json.loads(path.read_text())["kind"] == "stage")
SHELF_BYTES, STAGE_BYTES = 120_000_000, 2_500_000
SIDES = {"front", "left", "right", "top", "back"}


def gradient(height: int = 48, width: int = 64, most: float = 0.4) -> np.ndarray:
    ramp = np.linspace(0.01, most, width, dtype=np.float32)
    return np.ascontiguousarray(np.broadcast_to(ramp[None, :, None] * [1, 0.9, 0.8], (height, width, 3)), np.float32)


def test_light_comes_back_from_eight_bits() -> None:
    light = gradient()
    scale = plate_scale(light)
    back = decode_light(encode_light(light, scale), scale)
    assert light.max() < scale < light.max() * 1.1
    assert np.abs(back - light).max() < 0.012 * scale
    assert abs(float(back.mean() - light.mean())) < 0.001


def test_dither_keeps_a_gradient_finer_than_a_level() -> None:
    flat = np.full((64, 64, 3), 0.1003, np.float32)
    stored = encode_light(flat, 1.0)
    assert len(np.unique(stored)) == 2
    assert abs(float(decode_light(stored, 1.0).mean()) - 0.1003) < 2e-4


def test_the_same_light_is_stored_in_the_same_bytes() -> None:
    assert np.array_equal(encode_light(gradient(), 0.5), encode_light(gradient(), 0.5))


def test_a_lamp_may_clip_but_its_surroundings_do_not() -> None:
    light = gradient(480, 640)
    light[:3, :3] = 900.0
    assert plate_scale(light) < 1.0


def test_a_jpeg_gives_up_quality_for_room() -> None:
    busy = np.random.default_rng(1).integers(0, 255, (256, 256, 3), np.uint8)
    full = len(jpeg(busy, 10_000_000))
    assert len(jpeg(busy, full // 2)) <= full // 2


def test_depth_is_linear_between_near_and_far() -> None:
    distance = np.broadcast_to(np.linspace(1, 9, 512, dtype=np.float32), (384, 512))
    stored = np.asarray(Image.open(io.BytesIO(depth_png(np.ascontiguousarray(distance), 2.0, 8.0))))
    assert stored.shape == (DEPTH_SIZE[1], DEPTH_SIZE[0])
    assert stored[0, 0] == 0 and stored[0, -1] == 65535
    assert abs(int(stored[10, 256]) / 65535 * 6 + 2 - distance[10, 256]) < 0.01


def test_a_stage_says_all_that_the_service_needs(tmp_path: Path) -> None:
    spec = StageSpec(id="plain", title="Plain", keywords=("plain",), paint=("paper",), albedo=(0.7, 0.7, 0.7))
    baked = Baked(
        groups={"key": gradient(), "sky": gradient(most=0.2)},
        paint=np.full((48, 64), 0.5, np.float32),
        reflection=None,
        distance=np.full((48, 64), 5.0, np.float32),
        camera=((1.0, 0, 0, 0), (0, 0, -1.0, 0), (0, 1.0, 0, 5.0)),
        lights={"key": Light((0.6, 0.5, -0.6), 0.03)},
        probe={"key": {side: (0.5, 0.5, 0.5) for side in SIDES}, "sky": {side: (0.1, 0.1, 0.1) for side in SIDES}},
    )
    scene = write_stage(spec, baked, tmp_path)
    assert scene == json.loads((tmp_path / "scene.json").read_text())
    assert scene["reflection"] is None and scene["paint"]["albedo"] == [0.7, 0.7, 0.7]
    assert scene["groups"]["sky"]["direction"] is None and scene["groups"]["key"]["softness"] == 0.03
    total = sum(
        decode_light(np.asarray(Image.open(tmp_path / group["file"])), group["scale"])
        for group in scene["groups"].values()
    )
    assert np.abs(total - gradient() - gradient(most=0.2)).max() < 0.02


def project(camera: list[list[float]], point: tuple[float, float, float]) -> np.ndarray:
    seen = np.array(camera) @ np.array([*point, 1.0])
    return np.asarray(seen[:2] / seen[2])


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.parent.name)
def test_a_baked_stage_keeps_to_the_format(path: Path) -> None:
    scene = json.loads(path.read_text())
    folder, (width, height) = path.parent, scene["size"]
    assert (
        scene["id"] == folder.name
        and scene["view"] in ("eye", "top")
        and width * 3 == height * 4
        and width >= PLATE_SIZE[0]
    )
    assert {"key", "fill", "rim", "sky"} <= set(scene["groups"]) <= set(GROUPS)
    entries = [*scene["groups"].values(), *(scene[mask] for mask in ("paint", "reflection") if scene[mask])]
    for entry in entries:
        with Image.open(folder / entry["file"]) as plate:
            assert plate.size == (width, height)
    with Image.open(folder / scene["depth"]["file"]) as depth:
        assert depth.size == DEPTH_SIZE and depth.mode.startswith("I")
    assert all(set(sides) == SIDES for sides in scene["probe"].values())
    assert {file.name for file in folder.iterdir()} == {each["file"] for each in entries} | {"depth.png", "scene.json"}
    assert sum(file.stat().st_size for file in folder.iterdir()) <= STAGE_BYTES


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.parent.name)
def test_a_product_stands_where_the_format_wants_it(path: Path) -> None:
    scene = json.loads(path.read_text())
    width, height = scene["size"]
    foot = project(scene["camera"], (0, 0, 0))
    if scene["view"] == "top":
        across = project(scene["camera"], (0.5, 0, 0)) - project(scene["camera"], (-0.5, 0, 0))
        assert foot == pytest.approx([width / 2, height / 2], abs=2)
        assert across[0] / height == pytest.approx(UNIT_TOP, abs=0.02)
        return
    assert foot[0] / width == pytest.approx(0.5, abs=0.01)
    assert foot[1] / height == pytest.approx(FOOT_HEIGHT, abs=0.04)
    assert (foot[1] - project(scene["camera"], (0, 0, 1))[1]) / height == pytest.approx(UNIT_EYE, abs=0.05)


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.parent.name)
def test_the_sum_of_the_lights_is_a_picture(path: Path) -> None:
    """Neither dark nor burnt out about the spot, and every light adds something there."""
    scene = json.loads(path.read_text())
    small = {}
    for name, group in scene["groups"].items():
        with Image.open(path.parent / group["file"]) as plate:
            plate.draft("RGB", (plate.width // 4, plate.height // 4))
            small[name] = plates.decode_light(np.asarray(plate), group["scale"])
    total = np.asarray(sum(small.values()))
    rows, columns = total.shape[:2]
    ground = total[int(rows * 0.68) : int(rows * 0.8), int(columns * 0.4) : int(columns * 0.6)]
    assert 0.03 < ground.mean() < 0.95
    assert np.percentile(total, 50) < 1.0
    assert small["key"].mean() > 0.004


def test_all_plates_together_fit() -> None:
    assert sum(path.stat().st_size for path in SHELF.rglob("*") if path.is_file()) <= SHELF_BYTES


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.parent.name)
def test_the_light_comes_from_where_the_format_wants_it(path: Path) -> None:
    """Key from the left, rim from behind, as a white ball at the spot reads them."""
    probe = {
        name: {side: float(np.mean(light)) for side, light in sides.items()}
        for name, sides in json.loads(path.read_text())["probe"].items()
    }
    assert probe["key"]["left"] > probe["key"]["right"]
    assert probe["fill"]["right"] > probe["fill"]["left"]
    assert probe["rim"]["back"] > probe["rim"]["front"]


@pytest.mark.parametrize("path", sorted(SHELF.glob("prop-*/scene.json")), ids=lambda path: path.parent.name)
def test_a_prop_is_a_small_sprite_cut_out_cleanly(path: Path) -> None:
    scene = json.loads(path.read_text())
    sprite = path.parent / scene["file"]
    with Image.open(sprite) as picture:
        assert picture.mode == "RGBA"
        alpha = np.asarray(picture)[..., 3]
    assert scene["kind"] == "prop" and scene["id"] == path.parent.name and 0.2 <= scene["size"] <= 1.0
    assert sprite.stat().st_size <= 250_000
    assert alpha.max() == 255 and (alpha == 0).mean() > 0.02
    assert max(alpha[0].max(), alpha[:, 0].max(), alpha[:, -1].max()) < 40
