"""Cloth as a material: grain, ribbing, hems and rows of stitches painted over the flat pattern, sheen of the fibres.

A painting is H x W x 2 float32, bottom row first: height in metres and grey (1: as bright as the cloth). Panels lie one
above the other in it, the front lowest. Never shapes the cloth itself and never fixes a colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from scripts.baking.materials import principled
from scripts.baking.pattern import distance

Box = tuple[float, float, float, float]  # left, bottom, right, top of the pattern, metres
REACH = 0.016  # how far from a hem its stitches pull at the cloth


@dataclass(frozen=True)
class Hem:
    """A finished edge or seam along `line` (n, 2): folded `width` deep (0: a plain seam), stitched at `rows` from it.

    `rib` is the spacing of ribs across the width (0: none), `thick` how far the band stands out, `pucker` how high the
    cloth waves beside it, `twin` whether the mirror image across x = 0 is finished alike.
    """

    line: np.ndarray
    width: float = 0.022
    rows: tuple[float, ...] = (0.0165, 0.0215)
    rib: float = 0.0
    thick: float = 0.0006
    pucker: float = 0.0005
    stitch: float = 0.0034
    twin: bool = True


@dataclass(frozen=True)
class Weave:
    """The cloth: grain across and along (metres), relief, spacing of crossing threads, height of creases."""

    grain: tuple[float, float] = (0.0006, 0.0012)
    relief: float = 0.00011
    thread: float = 0.0
    crumple: float = 0.00015
    mottle: float = 0.03
    sheen: float = 0.12
    roughness: float = 0.85
    specular: float = 0.25


def soft_noise(shape: tuple[int, int], size: tuple[float, float], seed: int) -> np.ndarray:
    """Gaussian noise (h, w) of unit variance, smooth over `size` (across, along) pixels; it wraps around."""
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
    spectrum = np.fft.rfft2(np.random.default_rng(seed).standard_normal(shape))
    out = np.fft.irfft2(spectrum * np.exp(-2 * ((fx * size[0] * 1.5) ** 2 + (fy * size[1] * 1.5) ** 2)), shape)
    return (out / out.std()).astype(np.float32)


def smooth(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def painted(box: Box, weave: Weave, panels: Sequence[Sequence[Hem]], pitch: float = 0.0005) -> np.ndarray:
    """The painting of a garment's panels, each as large as the box, with the hems of each."""
    left, bottom, right, top = box
    xs, ys = np.arange(left, right, pitch) + pitch / 2, np.arange(bottom, top, pitch) + pitch / 2
    done = []
    for number, hems in enumerate(panels):
        shape = (len(ys), len(xs))
        fine = soft_noise(shape, (weave.grain[0] / pitch, weave.grain[1] / pitch), 3 + number)
        cloud = soft_noise(shape, (0.03 / pitch, 0.04 / pitch), 5 + number)
        height = fine * weave.relief
        height = height + soft_noise(shape, (0.009 / pitch, 0.013 / pitch), 17 + number) * weave.crumple
        if weave.thread:
            height = height + _threads(xs, ys, weave, pitch, number)
        grey = 1 - weave.mottle * (1.2 - 0.6 * fine - 0.12 * cloud)
        wave = soft_noise(shape, (0.004 / pitch, 0.004 / pitch), 7 + number)
        for hem in hems:
            _finish(hem, xs, ys, wave, height, grey)
        done.append(np.stack([height, np.clip(grey, 0, 1)], 2))
    return np.concatenate(done).astype(np.float32)


def _threads(xs: np.ndarray, ys: np.ndarray, weave: Weave, pitch: float, seed: int) -> np.ndarray:
    """Plain weave: threads over and under, of uneven thickness."""
    shape = (len(ys), len(xs))
    warp = soft_noise(shape, (0.0008 / pitch, 0.05 / pitch), 11 + seed) * weave.thread * 0.16
    weft = soft_noise(shape, (0.05 / pitch, 0.0008 / pitch), 13 + seed) * weave.thread * 0.16
    k = math.pi / weave.thread
    return weave.relief * 2 * np.sin(k * (xs[None] + warp)) * np.sin(k * (ys[:, None] + weft))


def _finish(hem: Hem, xs: np.ndarray, ys: np.ndarray, wave: np.ndarray, height: np.ndarray, grey: np.ndarray) -> None:
    """Paints one hem into height and grey, in place."""
    reach = max(hem.width, *hem.rows, 0) + REACH
    for side in (1, -1) if hem.twin else (1,):
        line = hem.line * [side, 1]
        low, high = line.min(0) - reach, line.max(0) + reach
        cols = slice(*np.searchsorted(xs, (low[0], high[0])))
        rows = slice(*np.searchsorted(ys, (low[1], high[1])))
        x, y = np.meshgrid(xs[cols], ys[rows])
        if not x.size:
            continue
        away, along = (v.reshape(x.shape) for v in distance(np.stack([x.ravel(), y.ravel()], 1), line))
        mine = away < reach
        if hem.twin:
            mine &= x * side >= 0
        up, dark = _profile(hem, away, along, wave[rows, cols])
        height[rows, cols] += np.where(mine, up, 0)
        grey[rows, cols] -= np.where(mine, dark, 0)


def _profile(hem: Hem, away: np.ndarray, along: np.ndarray, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height and darkness by the distance from a hem's line and the length along it."""
    outer = max(hem.width, *hem.rows, 0)
    height = wave * hem.pucker * (1 - smooth(away, outer + 0.001, outer + REACH))
    groove = 1 - smooth(abs(away - hem.width), 0.0003, 0.0018)
    height, dark = height - groove * 0.0009, groove * 0.2
    if hem.width:
        band = 1 - smooth(away, hem.width - 0.0015, hem.width + 0.0003)
        height = height + band * hem.thick
        if hem.rib:
            ribs = 0.5 + 0.5 * np.sin(math.tau * along / hem.rib)
            height = height * (1 - 0.7 * band) + ribs * band * hem.rib * 0.32
            dark = dark + (1 - ribs) * band * 0.26
    for row in hem.rows:
        thread = 1 - smooth(abs(away - row), 0.0002, 0.0011)
        dash = 0.5 + 0.5 * np.sin(math.tau * along / hem.stitch)
        height = height + thread * (0.0008 * dash - 0.0006)
        dark = dark + thread * (0.24 - 0.2 * dash)
    return height, dark


def pattern_uv(thing: Any, flat: np.ndarray, panel_of_faces: np.ndarray, box: Box, panels: int) -> None:
    """The UV map "pattern" of a mesh object, whose faces find their panel in the painting."""
    left, bottom, right, top = box
    mesh = thing.data
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    sides = np.array([len(face.vertices) for face in mesh.polygons])
    share = (flat[corners] - [left, bottom]) / [right - left, top - bottom]
    share[:, 1] = (share[:, 1] + np.repeat(panel_of_faces, sides)) / panels
    mesh.uv_layers.new(name="pattern").data.foreach_set("uv", share.astype(np.float32).ravel())


def cloth_material(name: str, weave: Weave, painting: np.ndarray, scale: float, tone: float = 1.0) -> Any:
    """A Principled cloth from a painting; `scale` is scene units per metre of pattern, `tone` its grey (1: white)."""
    material, tree, shader = principled(name, (tone,) * 3, weave.roughness)
    shader.inputs["Specular IOR Level"].default_value = weave.specular
    shader.inputs["Sheen Weight"].default_value = weave.sheen
    shader.inputs["Sheen Roughness"].default_value = 0.45
    rows, cols = painting.shape[:2]
    image = bpy.data.images.new(name, cols, rows, float_buffer=True, alpha=False)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.ones((rows, cols, 4), np.float32)
    pixels[..., 0], pixels[..., 1] = painting[..., 0] * 1000, painting[..., 1] * tone
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()
    nodes, links = tree.nodes, tree.links
    place, picture, parts = (nodes.new(f"ShaderNode{kind}") for kind in ("UVMap", "TexImage", "SeparateColor"))
    place.uv_map, picture.image, picture.extension = "pattern", image, "EXTEND"
    links.new(place.outputs[0], picture.inputs["Vector"])
    links.new(picture.outputs["Color"], parts.inputs[0])
    bump, grey = nodes.new("ShaderNodeBump"), nodes.new("ShaderNodeCombineColor")
    bump.inputs["Strength"].default_value, bump.inputs["Distance"].default_value = 1.0, scale / 1000
    links.new(parts.outputs[0], bump.inputs["Height"])
    links.new(bump.outputs[0], shader.inputs["Normal"])
    for k in range(3):
        links.new(parts.outputs[1], grey.inputs[k])
    links.new(grey.outputs[0], shader.inputs["Base Color"])
    return material
