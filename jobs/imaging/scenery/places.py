"""Where a picture is taken: the stage that words and ids ask for, the nearest one that is installed, and its colour.

Never loads a plate; a missing stage is a warning, not a fault.
"""

from pathlib import Path

from jobs.imaging.colour_words import parse_colour
from jobs.imaging.scenery import vocabulary as words
from jobs.imaging.scenery.aesthetics import Aesthetic
from jobs.imaging.scenery.brief import Notes, squeezed
from jobs.imaging.scenery.setting import Rgb


def chosen_stage(notes: Notes, style: Aesthetic, angle: str) -> tuple[Path, bool]:
    """(folder, whether the words asked for this place) of the stage."""
    wanted = wanted_stage(notes)
    named = wanted is not None
    if wanted is None:
        offered = [name for name in style.stages if name in notes.stages][:2] or [style.stages[0]]
        wanted = str(notes.rng.choice(offered))
    if angle in ("top-down", "45-degree"):
        return from_above(notes, wanted, angle), named
    return notes.stages[nearest(notes, wanted, warn=named)], named


def wanted_stage(notes: Notes) -> str | None:
    """The stage that ids or words ask for: the surface, then the background, then any text."""
    brief = notes.brief
    surface, place = brief.surface.strip().lower(), brief.background.strip()
    if surface in words.SURFACES and surface != "none":
        return words.SURFACES[surface]
    exact = {squeezed(name): name for name in words.STAGE_WORDS}
    if squeezed(place) in exact and place:
        return exact[squeezed(place)]
    avoided = {name for _, name, _ in words.matched(notes.avoid, words.STAGE_WORDS)}
    for text in (surface, words.cleaned(place), notes.text):
        meanings = words.STAGE_WORDS | own_keywords(notes)
        hits = [hit for hit in words.matched(text, meanings) if hit[1] not in avoided]
        if hits:
            return hits[0][1]
    if surface == "none" or words.colours_in(words.cleaned(place)):
        return "sweep"
    for text, what in ((surface, "surface"), (place, "background")):
        if text:
            notes.warn(f"The {what} '{text[:60]}' was not understood; a fitting scene was chosen.")
    return None


def own_keywords(notes: Notes) -> dict[str, str]:
    """Installed stages that the vocabulary does not know are found by their own name."""
    return {
        name: name + "|" + name.replace("-", " ")
        for name in notes.stages
        if name not in words.STAGE_WORDS and not name.endswith("-top")
    }


def nearest(notes: Notes, wanted: str, warn: bool) -> str:
    """The installed stage that comes nearest."""
    if wanted in notes.stages:
        return wanted
    chain = (
        *words.NEAREST.get(wanted, ()),
        "sweep",
        *sorted(n for n in notes.stages if not n.endswith("-top")),
        *notes.stages,
    )
    found = next(name for name in chain if name in notes.stages)
    if warn:
        notes.warn(f"The scene '{wanted}' is not installed; '{found}' was used as the nearest.")
    return found


def from_above(notes: Notes, wanted: str, angle: str) -> Path:
    """The surface of a place, seen from above; an upright stage when there is none at all."""
    top = f"{wanted}-top" if f"{wanted}-top" in notes.stages else f"{words.GROUND_OF.get(wanted, wanted)}-top"
    chain = (
        top,
        *words.NEAREST.get(top, ()),
        "concrete-top",
        "sweep-top",
        *sorted(n for n in notes.stages if n.endswith("-top")),
    )
    found = next((name for name in chain if name in notes.stages), None)
    if found is None:
        notes.warn(f"No surface for the camera angle '{angle}' is installed; the scene was taken at eye level.")
        return notes.stages[nearest(notes, wanted, warn=False)]
    return notes.stages[found]


def chosen_paint(notes: Notes, style: Aesthetic, named: bool) -> Rgb | None:
    """The colour of the stage's painted parts: one that is named, else the aesthetic's, else as baked."""
    for text in (notes.brief.background, notes.brief.surface, notes.text):
        colour = parse_colour(text) if text and len(text) < 60 else None
        found = [colour] if colour else words.colours_in(words.cleaned(text))
        if found:
            red, green, blue = found[0]
            return red / 255, green / 255, blue / 255
    if style.palette:
        value = str(notes.rng.choice(style.palette)).lstrip("#")
        return int(value[0:2], 16) / 255, int(value[2:4], 16) / 255, int(value[4:6], 16) / 255
    return None
