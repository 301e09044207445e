"""What a request says about a picture, as it says it, and what is found out about it on the way to a setting.

Never reads meaning into words.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Brief:
    """What a request says, as it says it. Ids and texts of the contract; `theme` is a free text as `visual_prompt`.
    `props`: comma text. Empty means not said."""

    visual_prompt: str = ""
    background: str = ""
    aesthetic: str = ""
    atmosphere: str = ""
    lighting: str = ""
    props: str = ""
    surface: str = ""
    camera_angle: str = ""
    shadow: str = ""
    product_scale: float = 0.6
    position: str = ""
    extra_requirements: str = ""
    negative_prompt: str = ""
    theme: str = ""
    include_model: str = ""
    requirements: str = ""
    action: str = ""


@dataclass
class Notes:
    """What is being found out about one brief."""

    brief: Brief
    text: str
    avoid: str
    rng: np.random.Generator
    stages: dict[str, Path]
    warnings: list[str]

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def squeezed(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
