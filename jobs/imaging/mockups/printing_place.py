"""Which view and which area of an object a placement word means, and how a design fills it by default.

Never samples a design; says in plain sentences what an object does not have.
"""

from dataclasses import dataclass, replace

from jobs.imaging.mockups.artwork import Artwork
from jobs.imaging.mockups.objects import Facts
from jobs.imaging.mockups.placing import Placement

# Where a picture without transparency runs to the edges; elsewhere it is a print with its own rectangle.
BLEEDING = frozenset(
    ("poster", "framed-print", "business-card", "phone-case", "book", "pouch", "box", "pillow", "bottle")
)
_SHARE = {"book": 0.84, "box": 0.9, "pouch": 0.94}  # of the safe area that a motif takes
_SMALL = 0.34  # a chest logo on an object that has no area of that name


@dataclass(frozen=True)
class Place:
    """`view` of the object; `placement` before the request's own wishes; `whole`: patterns run over all the sheet."""

    view: str
    placement: Placement
    whole: bool
    warnings: tuple[str, ...] = ()


def placement_for(facts: Facts, artwork: Artwork, asked: str | None, pattern: bool) -> Place:
    """The place for a placement word (None: what suits the object)."""
    first = "front" if "front" in facts.views else next(iter(facts.views))
    if asked is None or asked == "center":
        return Place(first, usual(facts, first, artwork), asked is None)
    if asked == "back":
        return behind(facts, first, artwork)
    areas = facts.views[first]["areas"]
    base = usual(facts, first, artwork)
    if asked == "full-front":
        name = next((each for each in ("full-front", "bleed", "front") if each in areas), base.area)
        return Place(first, replace(base, area=name, fit="contain" if artwork.shaped else "cover"), False)
    if asked == "wrap":
        return Place(first, replace(base, area="wrap" if "wrap" in areas else base.area, fit="cover"), True)
    if asked in areas:
        return Place(first, replace(base, area=asked, fit="contain"), False)
    said = (f"The object '{facts.word}' has no placement {asked}; its front was used.",)
    if asked == "left-chest":
        return Place(first, replace(base, area="front", fit="contain", scale=_SMALL, dx=0.45, dy=-0.55), False, said)
    return Place(first, base, False, said)


def usual(facts: Facts, view: str, artwork: Artwork) -> Placement:
    """Motifs go into the front's safe area; pictures fill the face of what is printed to the edge."""
    areas = facts.views[view]["areas"]
    if not artwork.shaped and facts.word in BLEEDING:
        name = next((each for each in ("bleed", "full-front", "wrap", "front") if each in areas), next(iter(areas)))
        return Placement(name, "cover")
    return Placement("front" if "front" in areas else next(iter(areas)), "contain", _SHARE.get(facts.word, 1.0))


def behind(facts: Facts, first: str, artwork: Artwork) -> Place:
    """The back, as a view of its own where there is one."""
    if "back" in facts.views:
        areas = facts.views["back"]["areas"]
        name = next((each for each in ("back", "front", "wrap") if each in areas), next(iter(areas)))
        fit = "cover" if not artwork.shaped and facts.word in BLEEDING else "contain"
        return Place("back", Placement(name, fit), False)
    said = f"The object '{facts.word}' is not seen from behind; its front was used."
    return Place(first, usual(facts, first, artwork), False, (said,))
