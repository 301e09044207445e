"""Failpoints that a test arms while processes run: a file named after a seam holds what the first process that comes
there does, once. Imports nothing of the product, so that a web process stays quick to start."""

from pathlib import Path


class Armed(dict[str, tuple[str, float]]):
    """Seams as a test arms them, each for one death."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def get(self, name: str, otherwise: object = None) -> tuple[str, float] | None:  # type: ignore[override]
        try:
            action = (self.folder / name).read_text()
            (self.folder / name).unlink()
        except FileNotFoundError:
            return None
        return action, 1.0
