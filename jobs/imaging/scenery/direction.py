"""The art director: the request's words and ids become a setting, and a plain sentence for what could not be done.

Never renders and never refuses: whatever is asked, there is a setting.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from jobs.imaging.scenery import vocabulary as words
from jobs.imaging.scenery.aesthetics import AESTHETICS, Aesthetic
from jobs.imaging.scenery.atmosphere import ATMOSPHERES
from jobs.imaging.scenery.brief import Brief, Notes, squeezed
from jobs.imaging.scenery.lightings import LIGHTINGS
from jobs.imaging.scenery.places import chosen_paint, chosen_stage
from jobs.imaging.scenery.props import find_props
from jobs.imaging.scenery.setting import Grade, Prop, Setting
from jobs.imaging.scenery.stage import PLATES, find_stages

__all__ = ["Brief", "Directed", "direct"]

ANGLES = ("eye-level", "45-degree", "top-down", "low-angle", "macro")
SHADOWS = ("natural", "none", "soft", "hard", "contact", "reflection")
MOST_PROPS = 4
POSITIONS = ("center", "left", "right", "bottom")
PLAIN = Aesthetic("plain", ("sweep",), (), "soft-studio", Grade())


@dataclass(frozen=True)
class Directed:
    """The setting, and what the result must say about wishes that were not met."""

    setting: Setting
    warnings: tuple[str, ...] = ()


def direct(brief: Brief, seed: int, plates: Path = PLATES) -> Directed:
    """A setting for the brief: its ids first, then its words, then its aesthetic, then a plain studio.

    Raises FileNotFoundError only when there is no stage at all under `plates`.
    """
    stages = find_stages(plates)
    if not stages:
        raise FileNotFoundError(f"no stages under {plates}")
    said = (brief.visual_prompt, brief.background, brief.surface, brief.theme, brief.extra_requirements)
    notes = Notes(
        brief, words.cleaned(" . ".join(said)), words.cleaned(brief.negative_prompt),
        np.random.default_rng([seed & 0x7FFFFFFF, 5]), stages, [],
    )  # fmt: skip
    style = chosen_aesthetic(notes)
    air = chosen(notes, brief.atmosphere, ATMOSPHERES, words.AIR_WORDS, style.air, "atmosphere", words.AIR_ALIASES)
    angle = known(notes, brief.camera_angle, ANGLES, "eye-level", "camera angle")
    if angle == "eye-level" and not brief.camera_angle:
        angle = angle_in(notes.text)
    stage, named = chosen_stage(notes, style, angle)
    usual = style.light if style is not PLAIN else words.LIGHT_OF.get(stage.name, PLAIN.light)
    lighting = chosen(notes, brief.lighting, tuple(LIGHTINGS), words.LIGHT_WORDS, usual, "lighting")
    setting = Setting(
        stage=stage,
        lighting=LIGHTINGS[lighting],
        grade=style.grade,
        atmosphere=air,
        paint=chosen_paint(notes, style, named),
        angle=angle,
        position=known(notes, brief.position, POSITIONS, "center", "position"),
        shadow=known(notes, brief.shadow, SHADOWS, "natural", "shadow"),
        props=chosen_props(notes, plates, upright=not (stage.name.endswith("-top") and angle == "top-down")),
    )
    people(notes)
    return Directed(varied(setting, notes.rng), tuple(notes.warnings))


def chosen_aesthetic(notes: Notes) -> Aesthetic:
    asked = notes.brief.aesthetic.strip()
    rows = {squeezed(name): row for name, row in AESTHETICS.items()}
    if squeezed(asked) in rows:
        return rows[squeezed(asked)]
    found = next((row for name, row in rows.items() if name in squeezed(asked)), None) if asked else None
    if asked and found is None:
        near = words.matched(words.cleaned(asked), words.AESTHETIC_WORDS)
        found = AESTHETICS[near[0][1]] if near else None
        if found is None:
            notes.warn(f"The aesthetic '{asked[:60]}' is not known; its words were read as a description.")
            notes.text += " . " + words.cleaned(asked)
        else:
            notes.warn(f"The aesthetic '{asked[:60]}' is not known; {found.id} was used as the nearest.")
    if found is None:
        hits = words.matched(notes.text, words.AESTHETIC_WORDS)
        found = AESTHETICS[hits[0][1]] if hits else None
    return found or PLAIN


def chosen(
    notes: Notes, asked: str, ids: tuple[str, ...], meanings: dict[str, str], default: str, what: str,
    aliases: dict[str, str] | None = None,
) -> str:  # fmt: skip
    """The id that was asked for; else what its words mean; else what the other texts mean; else the default."""
    asked = asked.strip()
    if asked:
        exact = {squeezed(name): name for name in ids} | {squeezed(k): v for k, v in (aliases or {}).items()}
        if squeezed(asked) in exact:
            return exact[squeezed(asked)]
        hits = words.matched(words.cleaned(asked), meanings)
        if hits:
            return hits[0][1]
        notes.warn(f"The {what} '{asked[:60]}' is not known; {default} was used.")
        return default
    avoided = {name for _, name, _ in words.matched(notes.avoid, meanings)}
    hits = [hit for hit in words.matched(notes.text, meanings) if hit[1] not in avoided]
    if hits:
        return hits[0][1]
    return default if default not in avoided else next(name for name in reversed(ids) if name not in avoided)


def known(notes: Notes, asked: str, ids: tuple[str, ...], default: str, what: str) -> str:
    asked = asked.strip()
    if not asked:
        return default
    found = next((name for name in ids if squeezed(name) == squeezed(asked)), None)
    if found is None:
        notes.warn(f"The {what} '{asked[:60]}' is not known; {default} was used.")
    return found or default


def angle_in(text: str) -> str:
    meanings = {
        "top-down": "top-down|top down|flat lay|flatlay|overhead|bird's eye|birds eye|from above",
        "45-degree": "45-degree|45 degree|45 degrees|45°|three-quarter view|angled view|three quarter view",
        "low-angle": "low-angle|low angle|from below|heroic angle|worm's eye",
        "macro": "macro|close-up|closeup|close up|extreme close",
    }
    hits = words.matched(text, meanings)
    return hits[0][1] if hits else "eye-level"


def chosen_props(notes: Notes, plates: Path, upright: bool) -> tuple[Prop, ...]:
    """Sprites beside and behind the product for the props that are asked for and installed."""
    asked = [part.strip() for part in notes.brief.props.replace(";", ",").replace("\n", ",").split(",") if part.strip()]
    if asked and not upright:
        notes.warn("Props stand upright; a view from above has none.")
        return ()
    if len(asked) > MOST_PROPS:
        notes.warn(f"At most {MOST_PROPS} props are placed; the others were left out.")
    there = find_props(plates)
    meanings = words.PROP_WORDS | {name: prop_words(name) for name in there}
    found: list[Prop] = []
    side = 1.0 if notes.rng.random() < 0.5 else -1.0
    for wish in asked[:MOST_PROPS]:
        hits = [name for _, name, _ in words.matched(words.cleaned(wish), meanings)]
        name = next((each for each in hits if each in there), None)
        if name is None:
            notes.warn(f"There is no prop for '{wish[:60]}'; it was left out.")
        elif all(prop.folder != there[name] for prop in found):
            gap = float(notes.rng.uniform(-0.06, 0.05)) + 0.16 * (len(found) // 2)
            depth = float(notes.rng.uniform(0.12, 0.5)) + 0.35 * (len(found) // 2)
            found.append(Prop(there[name], side, gap, depth, float(notes.rng.uniform(0.9, 1.15))))
            side = -side
    return tuple(found)


def prop_words(name: str) -> str:
    """What asks for a sprite: its own name in any spelling, and what the vocabulary has for it."""
    own = f"{name}|{name}s|{name.replace('-', ' ')}"
    return f"{own}|{words.PROP_WORDS[name]}" if name in words.PROP_WORDS else own


def people(notes: Notes) -> None:
    """Say that nobody can be put into the picture."""
    brief = notes.brief
    wants = brief.include_model.strip().lower() in {"true", "1", "yes", "on", "y"}
    hits = words.matched(
        words.cleaned(brief.visual_prompt + " . " + brief.extra_requirements), {"people": words.PEOPLE}
    )
    if wants or brief.requirements.strip() or brief.action.strip():
        notes.warn("People cannot be added to a composed scene; the picture shows the product alone.")
    elif hits:
        notes.warn(f"People or animals ('{hits[0][2]}') cannot be added to a composed scene; they were left out.")


def varied(setting: Setting, rng: np.random.Generator) -> Setting:
    """Another take of the same picture: crop, side, exposure and the balance of the lamps, all a little."""
    drift: Callable[[float, float], float] = partial(rng.uniform)
    lamps = {
        name: replace(lamp, gain=lamp.gain * float(drift(0.86, 1.16))) for name, lamp in setting.lighting.lamps.items()
    }
    centred = setting.position == "center"
    return replace(
        setting,
        lighting=replace(setting.lighting, lamps=lamps),
        zoom=float(drift(1.0, 1.16)),
        shift=float(drift(-0.012, 0.012)) if centred else float(drift(-0.02, 0.02)),
        mirrored=bool(rng.random() < 0.5),
        exposure=float(drift(0.97, 1.04)),
    )
