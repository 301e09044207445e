"""Scenes of a sheet's lifestyle panels: baked stages by the theme's words, a different one for each, else warm paper.

Never letters anything.
"""

from dataclasses import replace

from jobs.imaging.colour import U8
from jobs.imaging.panels.dossier import Dossier
from jobs.imaging.panels.showing import Size, Stage
from jobs.imaging.scenery.brief import Brief
from jobs.imaging.scenery.direction import direct
from jobs.imaging.typesetting.palette import WHITE, mix
from jobs.imaging.typesetting.scene import on_paper, on_stage
from jobs.imaging.typesetting.sweep import Box, Paper

_LIGHTS = ("natural-sunlight", "golden-hour", "soft-studio")


def stage(dossier: Dossier, theme: str, negative: str, seed: int) -> Stage:
    """A maker of scenes with the product where the panel wants it."""
    look = dossier.theme.look

    def shoot(size: Size, box: Box, number: int) -> U8:
        brief = Brief(
            visual_prompt=theme,
            aesthetic=look.aesthetic if not theme else "",
            lighting="" if theme and number == 0 else _LIGHTS[number % len(_LIGHTS)],
            negative_prompt=negative,
        )
        try:
            directed = direct(brief, seed + 101 * number)
        except FileNotFoundError:
            ground = mix(dossier.theme.palette.tint, WHITE, 0.1 + 0.2 * (number % 2))
            return on_paper(dossier.subject, Paper(ground, glow=0.2, fall=0.24), seed + number)(size, box).rgb
        for sentence in directed.warnings:
            dossier.warn(sentence)
        setting = replace(directed.setting, mirrored=directed.setting.mirrored != bool(number % 2))
        return on_stage(dossier.subject, setting, seed + number)(size, box).rgb

    return shoot
