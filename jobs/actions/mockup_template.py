"""mockup's image mode: the design on the caller's own template (studio contract §4.7).

Never stands anything in a scene; whatever an option cannot do on a template is said.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobs.actions.casting import number_of
from jobs.actions.offer import Work
from jobs.actions.reading import read_picture
from jobs.actions.studio import cut_picture, store_result
from storage.errors import ImageFault

if TYPE_CHECKING:
    from jobs.imaging.mockups.artwork import Artwork
    from jobs.imaging.mockups.placing import Placement

SCENE_OPTIONS = ("background", "lighting", "visual_prompt")
OBJECT_OPTIONS = ("object", "object_color", "material")
TILE = 0.28  # of the sheet's longer side, when a pattern says no scale


def given(options: Mapping[str, Any], name: str) -> bool:
    return options.get(name) not in (None, "")


def adjusted(placement: "Placement", options: Mapping[str, Any], pattern: bool) -> "Placement":
    """The place with the request's own fit, scale, turn and offsets."""
    fit = options.get("fit") or ("tile" if pattern else placement.fit)
    scale = options.get("scale") or (TILE if fit == "tile" else 1.0)
    return replace(
        placement,
        fit=fit,
        scale=placement.scale * scale if fit != "tile" else scale,
        rotation=options["rotation"],
        dx=placement.dx + options["offset_x"],
        dy=placement.dy + options["offset_y"],
    )


def on_template(work: Work, artwork: "Artwork", number: int) -> tuple[tuple[int, int], dict[str, Any], tuple[str, ...]]:
    """Image mode: the design on the caller's picture, in the caller's proportions."""
    from jobs.imaging.mockups.template import Application, apply_design

    options = work.options
    template = read_picture(work, number)
    rgb = sized(template.rgb, options["resolution"])
    mask = read_mask(work, rgb.shape[:2])
    corners, how, said = corners_of(work, template, rgb, artwork, mask)
    placement, unmet = template_placement(options, artwork, how)
    said += [*unmet, *template_warnings(options, rgb.shape[:2])]
    blend, keep, bend = options.get("blend") or "multiply", options.get("preserve_colors"), options.get("displacement")
    plan = Application(corners, placement, 0.3 if bend is None else bend, True if keep is None else keep, blend)
    work.check()
    pixels = apply_design(rgb, artwork, plan, mask, options["effect"])
    said += store_result(work, pixels)
    size = (rgb.shape[1], rgb.shape[0])
    quad = [round(float(value), 2) for value in corners.reshape(-1)]
    return size, {"mode": "image", "quad": quad, "placed_by": how}, tuple(said)


def sized(rgb: Any, resolution: str) -> Any:
    """The template with its longer side at 1024, 2048 or 4096 pixels."""
    import cv2

    factor = {"1K": 1024, "2K": 2048, "4K": 4096}[resolution] / max(rgb.shape[:2])
    size = (max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def read_mask(work: Work, shape: tuple[int, ...]) -> Any:
    """Where printing is allowed, float32 H x W (white or opaque = print), or None without a mask."""
    import cv2
    import numpy as np

    number = number_of(work.image.sources, "mask")
    if number is None:
        return None
    picture = read_picture(work, number)
    grey = picture.alpha if picture.alpha is not None else cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey.astype(np.float32) / 255, shape[1::-1], interpolation=cv2.INTER_AREA)


def corners_of(work: Work, template: Any, rgb: Any, artwork: "Artwork", mask: Any) -> "tuple[Any, str, list[str]]":
    """(corners in pixels of the sized template, how they were found, sentences)."""
    from jobs.imaging.faults import ImagingFault
    from jobs.imaging.mockups.quad import read_quad, scaled_quad
    from jobs.imaging.mockups.surface_finding import around_mask, find_surface

    size = (rgb.shape[1], rgb.shape[0])
    if work.options.get("quad"):
        try:
            own = (template.rgb.shape[1], template.rgb.shape[0])
            return scaled_quad(read_quad(work.options["quad"], own), own, size), "quad", []
        except ValueError as fault:
            return find_surface(rgb, artwork.ratio).corners, "calm", [f"The quad was ignored: {fault}."]
    if mask is not None and (corners := around_mask(mask)) is not None:
        return corners, "mask", []
    try:
        subject = cut_picture(work, template).alpha
    except (ImagingFault, ImageFault):
        subject = None
    found = find_surface(rgb, artwork.ratio, subject)
    what = "a blank panel" if found.how == "panel" else "the calmest part of the template"
    return found.corners, found.how, [f"No quad was given; the design was put on {what}."]


def template_placement(options: Mapping[str, Any], artwork: "Artwork", how: str) -> "tuple[Placement, list[str]]":
    """Where inside the quad, and what to say about placements that only objects know."""
    from jobs.imaging.mockups.placing import Placement

    opaque = not artwork.shaped and how in ("quad", "panel", "mask")
    base = Placement(fit="cover" if opaque else "contain")
    place, said = options.get("placement"), list[str]()
    if place in ("left-chest", "back", "sleeve"):
        said.append(f"Placement {place} is for objects; on a template the quad decides.")
    if place in ("wrap", "full-front"):
        base = replace(base, fit="cover")
    return adjusted(base, options, options["design_type"] == "pattern"), said


def template_warnings(options: Mapping[str, Any], shape: tuple[int, ...]) -> list[str]:
    """Options that a template has no use for."""
    named = [name for name in (*OBJECT_OPTIONS, *SCENE_OPTIONS) if given(options, name)]
    said = [f"Option '{name}' is for objects and was ignored with a template." for name in named]
    if options["variations"] > 1:
        said.append("A template gives one result per design; variations was ignored.")
    wide, high = (float(part) for part in options["aspect_ratio"].split(":"))
    if abs(shape[1] / shape[0] - wide / high) > 0.02 and options["aspect_ratio"] != "1:1":
        said.append("The template kept its own proportions; aspect_ratio was ignored.")
    return said
