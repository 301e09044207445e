"""Decides where a product stands in a photograph and which part of the photograph is shown.

Numbers only; never touches a pixel.
"""

from dataclasses import dataclass

Box = tuple[int, int, int, int]
Place = tuple[float, float, float, float]

POSITIONS = ("auto", "center", "left", "right", "top", "bottom")
_HORIZON = 0.36  # of the picture's height, where nothing tells it: a table seen a little from above
_MARGIN = 0.06


@dataclass(frozen=True)
class Wish:
    """`position`: one of POSITIONS; `box`: x, y, w, h in 0..1 of the template, or None; `scale`: the product's longest
    side over the template's shorter side, or None for that of what stood there; `perspective`: things nearer the
    lower edge are nearer and larger; `factor`: on top of any size but a box's."""

    position: str = "auto"
    box: Place | None = None
    scale: float | None = None
    perspective: bool = True
    factor: float = 1.0


def product_place(
    template: tuple[int, int], product: tuple[int, int], old: Box | None, ground: float, wish: Wish, flat: bool
) -> Place:
    """x0, y0, x1, y1 of the product in template pixels. Sizes are (width, height); `old`: box of what stood there,
    `ground`: the row it stood on; `flat`: it lay, so that its middle counts and not its foot."""
    width, height = template
    if wish.box is not None:
        return _in_box(template, product, wish.box, flat)
    foot = ground if old is not None else 0.8 * height
    middle = (old[0] + old[2]) / 2 if old is not None else width / 2
    wide, high = (value * wish.factor for value in _size(template, product, old, wish.scale))
    if flat and old is not None:
        foot = (old[1] + old[3]) / 2 + high / 2
    x, y = _moved(template, (middle, foot), (wide, high), wish.position, flat)
    if wish.perspective and not flat and wish.scale is None and y != foot:
        horizon = min(_HORIZON * height, foot - 0.2 * height)
        nearer = min(2.0, max(0.5, (y - horizon) / (foot - horizon)))
        wide, high = wide * nearer, high * nearer
    fits = min(1.0, 0.94 * width / wide, (y - 0.02 * height) / high if not flat else 0.94 * height / high)
    wide, high = wide * fits, high * fits
    left = min(max(x - wide / 2, 0.01 * width), 0.99 * width - wide)
    return left, y - high, left + wide, y


def _in_box(template: tuple[int, int], product: tuple[int, int], box: Place, flat: bool) -> Place:
    """Contained in the box, standing on its lower edge (lying: in its middle)."""
    x, y, wide, high = box[0] * template[0], box[1] * template[1], box[2] * template[0], box[3] * template[1]
    scale = min(wide / product[0], high / product[1])
    w, h = product[0] * scale, product[1] * scale
    foot = y + (high + h) / 2 if flat else y + high
    return x + (wide - w) / 2, foot - h, x + (wide + w) / 2, foot


def _size(
    template: tuple[int, int], product: tuple[int, int], old: Box | None, scale: float | None
) -> tuple[float, float]:
    """The product's size: as asked, else of the same area as what stood there, and not much taller."""
    width, height = product
    if scale is not None:
        factor = scale * min(template) / max(width, height)
    elif old is None:
        factor = 0.5 * min(template) / max(width, height)
    else:
        area = float((old[2] - old[0]) * (old[3] - old[1]))
        factor = (area / (width * height)) ** 0.5
        factor = min(factor, 1.12 * (old[3] - old[1]) / height, 1.9 * (old[2] - old[0]) / width)
    return width * factor, height * factor


def _moved(
    template: tuple[int, int], at: tuple[float, float], size: tuple[float, float], position: str, flat: bool
) -> tuple[float, float]:
    """Middle and foot after the wished position."""
    width, height = template
    x, y = at
    if position in ("left", "right"):
        side = -1 if position == "left" else 1
        x = width * (0.5 + side * 0.25)
    elif position == "center":
        x = width / 2
        y = height / 2 + size[1] / 2 if flat else y
    elif position == "bottom":
        y = (1 - _MARGIN) * height
    elif position == "top":
        y = size[1] + _MARGIN * height if flat else max(y - 0.12 * height, size[1] + 0.02 * height)
    return x, y


def shown_part(template: tuple[int, int], ratio: float, place: Place) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of the largest part of that ratio (width / height) with the product well inside it.

    As near to the template's own middle as keeps the product clear of the part's edges.
    """
    width, height = template
    wide, high = (height * ratio, float(height)) if width > height * ratio else (float(width), width / ratio)
    left = _kept(width, wide, (place[0], place[2]))
    top = _kept(height, high, (place[1], place[3]))
    return left, top, left + wide, top + high


def _kept(whole: float, part: float, span: tuple[float, float]) -> float:
    free = whole - part
    if free <= 0:
        return 0.0
    margin = min(0.1 * part, max(0.0, (part - (span[1] - span[0])) / 2))
    low, high = span[1] + margin - part, span[0] - margin
    middle = (span[0] + span[1]) / 2 - part / 2
    wanted = 0.5 * (free / 2) + 0.5 * middle  # half where the template's own middle is, half where the product's is
    return min(max(min(max(wanted, low), high), 0.0), free)
