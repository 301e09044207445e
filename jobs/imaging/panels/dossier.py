"""What is known about a product and how its sheet is to look. Values only.

Never guesses: a field that the client left empty stays empty.
"""

from dataclasses import dataclass, field

from jobs.imaging.colour import U8
from jobs.imaging.typesetting.looks import Look
from jobs.imaging.typesetting.marks import Logo
from jobs.imaging.typesetting.palette import Palette
from jobs.imaging.typesetting.sweep import Subject

KINDS = ("hero", "lifestyle", "features", "closeup", "dimensions", "usage", "box", "closing")
OTHERS = ("specs", "details", "views", "colours", "mood")  # what steps in where words are missing


@dataclass(frozen=True)
class View:
    """One photo of the product: the upright source, RGB uint8 sRGB, and what was cut out of it."""

    source: U8
    subject: Subject


@dataclass(frozen=True)
class Extent:
    """A measured size. `what`: width, height or depth; `label`: the value as it is printed, with its unit."""

    what: str
    label: str


@dataclass(frozen=True)
class Theme:
    """`look`: voices and shapes; `text_scale`: how much larger than usual small text is; `strict`: the marketplace
    wants a bare white hero; `calls`: whether it allows a call to action."""

    look: Look
    palette: Palette
    text_scale: float = 1.0
    strict: bool = False
    calls: bool = True


@dataclass(frozen=True)
class Dossier:
    """The product's views, the first the leading one; the client's words, cleaned; sizes; language and direction."""

    views: tuple[View, ...]
    theme: Theme
    language: str = "en"
    rtl: bool = False
    name: str = ""
    brand: str = ""
    features: tuple[str, ...] = ()
    specs: tuple[tuple[str, str], ...] = ()
    box: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    sizes: tuple[Extent, ...] = ()
    guarantee: str = ""
    price: str = ""
    logo: Logo | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        return self.views[0].subject

    def warn(self, sentence: str) -> None:
        """Say once what the result must tell."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
