"""The networks of one worker process: each opened when it is first asked for, then kept.

Never downloads and never uses a GPU; a network whose file is absent is an honest fault of the image, not of the worker.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config import Settings
from jobs.models.catalogue import installed
from jobs.models.recognition import recognise
from storage.errors import ImageFault


class LoadedEngines:
    """The Engines Protocol of actions over the files in Settings.models_dir."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, Any] = {}

    def cutout(self) -> tuple[Any, str]:
        """(session, kind) of the network named by CUTOUT_MODEL; u2netp stands in for a missing u2net."""
        if "cutout" not in self._open:
            from jobs.imaging.sessions import open_session

            path, kind = cutout_file(self._settings)
            session = open_session(path, self._settings.model_threads)
            kind = recognise(path, session.get_inputs()[0].shape) if kind == "auto" else kind
            self._open["cutout"] = (session, kind)
        session, kind = self._open["cutout"]
        return session, kind

    def nets(self) -> Any:
        """jobs.imaging.upscale.Networks of what is installed; may be empty."""
        if "nets" not in self._open:
            from jobs.imaging.upscale import Networks

            self._open["nets"] = Networks(installed(self._settings.models_dir), self._settings.model_threads)
        return self._open["nets"]

    def reader(self) -> Any:
        """The text reader, opened with as many threads as one network may use."""
        if "reader" not in self._open:
            if not find_spec("rapidocr"):
                raise ImageFault("model_missing")
            from jobs.imaging.text_reading import open_reader

            self._open["reader"] = open_reader(self._settings.model_threads)
        return self._open["reader"]


def cutout_file(settings: Settings) -> tuple[Path, str]:
    """The file of the cut-out network and how it is fed (`auto`: to be recognised). ImageFault("model_missing")."""
    own = settings.models_dir / settings.cutout_model
    if own.suffix == ".onnx" and own.is_file():
        return own, settings.cutout_model_kind
    found = installed(settings.models_dir)
    for name in (settings.cutout_model, "u2net", "u2netp"):
        if name in found:
            return found[name], "u2net"
    raise ImageFault("model_missing")
