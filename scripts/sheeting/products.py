"""The sample products as cut-outs: by their true alpha where there is one, else by the network, kept while it runs."""

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs.imaging.cutout import cut_out
from jobs.imaging.foreground import decontaminate
from jobs.imaging.matting import Session, box_of
from jobs.imaging.scenery.render import Item
from jobs.imaging.sessions import open_session


class Products:
    """Cut-outs by the name of their sample picture ("d001"), and the folder of the stages they stand on."""

    def __init__(self, folder: Path, models: Path, plates: Path) -> None:
        self.folder, self.models, self.plates = folder, models, plates
        self.kept: dict[str, Item] = {}

    @cached_property
    def session(self) -> Session:
        opened: Session = open_session(self.models / "u2net.onnx", 2)
        return opened

    def item(self, name: str) -> Item:
        """The product as an item of the default scale. FileNotFoundError for an unknown name."""
        if name not in self.kept:
            self.kept[name] = self.cut(name)
        return self.kept[name]

    def cut(self, name: str) -> Item:
        path = next(iter(self.folder.glob(f"images/product-{name}.*")), None)
        if path is None:
            raise FileNotFoundError(f"product-{name}")
        with Image.open(path) as picture:
            rgb = np.asarray(picture.convert("RGB"))
        truth = self.folder / "gt" / f"product-{name}.png"
        if not truth.exists():
            found = cut_out(rgb, self.session)
            return Item(found.foreground, found.alpha, found.box)
        with Image.open(truth) as mask:
            alpha: npt.NDArray[np.float32] = np.asarray(mask.convert("L")).astype(np.float32) / 255
        box = box_of(alpha, 0.5)
        if box is None:
            raise ValueError(f"product-{name} shows nothing")
        return Item(decontaminate(rgb, alpha), alpha, box)
