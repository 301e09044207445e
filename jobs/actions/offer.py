"""What an action is: the border between the engine (submit, image, packaging) and the craft (imaging).

Never runs anything itself and knows no dialect's wire form.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from storage.model import Artifact, Batch, Dialect, Image, Pool, Quote, Role


@dataclass(frozen=True)
class Options:
    """Parsed options: canonical values and the sentences the result will carry about what was ignored or changed."""

    values: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a source of this action may be. `formats` are codec names (JPEG, PNG, WEBP, TIFF, GIF, BMP, AVIF)."""

    formats: tuple[str, ...]
    max_pixels: int = 100_000_000
    max_side: int = 30_000
    min_side: int = 1
    max_bytes: int = 20 * 1024 * 1024


@dataclass(frozen=True)
class Produced:
    """A finished file, not stored yet. `data` is bytes, or a path in the work's scratch folder for big ones."""

    role: Role
    filename: str  # what the customer sees; sanitised by the engine
    archive_name: str  # path inside the batch's ZIP relative to the image's folder; "" keeps it out
    data: bytes | Path
    content_type: str
    extension: str
    width: int | None = None
    height: int | None = None
    dpi: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """What one image's run gets. `sources` are local files, fetched and hashed, one per image source, not decoded."""

    image: Image
    batch: Batch
    sources: tuple[Path, ...]
    options: Mapping[str, Any]
    limits: Limits
    scratch: Path
    engines: "Engines"
    check: Callable[[], None]  # raises when the lease or the deadline is gone; call between steps
    store: Callable[[Produced], None]  # hand a file over as soon as it is made, so memory stays flat


@dataclass(frozen=True)
class Outcome:
    """Facts about one image that travel in the result: method, sizes, engine, warnings, texts."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathering:
    """What a batch's finish gets: the settled images and their artifacts, readable."""

    batch: Batch
    images: Sequence[Image]
    artifacts: Sequence[Artifact]
    open: Callable[[Artifact], Any]  # context manager of a binary stream
    scratch: Path
    store: Callable[[Produced], None]


class Engines(Protocol):
    """Loaded networks of this worker process; loading happens at first use and is kept."""

    def cutout(self) -> Any:
        """(session, kind) of the cut-out network; ImageFault("model_missing") when its file is absent."""
        ...

    def nets(self) -> Any:
        """The upscaling networks that are installed (jobs.imaging.upscale.Nets); may be empty."""
        ...

    def reader(self) -> Any:
        """The text reader; ImageFault("model_missing") when its package is absent."""
        ...


class Action(Protocol):
    """One offered action. Instances are stateless rows of the catalogue.

    One that takes more memory than its sources' pixels tell brings `memory_bytes(options, sizes)` (appetite.py).
    """

    name: str
    dialect: Dialect
    pool: Pool
    limits: Limits

    def available(self, models_dir: Path) -> str | None:
        """None when it can be run; otherwise the public sentence why not."""
        ...

    def parse(self, raw: Mapping[str, Any], count: int) -> Options:
        """Validate wire options for `count` images; raises storage.errors.Invalid naming the field."""
        ...

    def quote(self, options: Mapping[str, Any], count: int) -> Quote:
        """The price in credits, from the tables in storage.records.prices."""
        ...

    def run(self, work: Work) -> Outcome:
        """Make this image's files; raises storage.errors.ImageFault."""
        ...

    def finish(self, gathering: Gathering) -> Iterator[Produced]:
        """Files that belong to the whole batch (contact sheets, batch listing); usually none."""
        ...
