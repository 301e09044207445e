"""Runs pictures through the engine's own path in an attended child: submitted, leased, made under the limits, settled.

The child is a worker as the product's are: print files in a child per picture, networks' work in its own process. Never
lets a picture near the test's process; a child that dies or hangs is an ending like any other, and the next picture
gets a new one.
"""

import json
import logging
import os
import select
import shutil
import signal
import socket
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
from engine_rig import NoEngines, Rig, open_rig

from jobs.actions import CATALOGUE
from jobs.actions.casting import cast, casting_of
from jobs.actions.offer import Engines
from jobs.horse_work import work_for
from jobs.image import run_image
from jobs.limits import peak_rss_mb
from jobs.rehearsal import rehearse
from jobs.stable import Stable
from jobs.submit import submit
from jobs.tools import Tools
from storage.model import Dialect, ImageState, Order, Pool, Source
from storage.records import artifacts, images

ATTEMPTS = 4


class Contrast:
    """Stands in for the cut-out network: what differs from the picture's corner is the subject."""

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="in")]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="out")]

    def run(self, names: Any, feed: Any, /) -> list[Any]:
        picture = feed["in"][0]
        away = np.abs(picture - picture[:, :1, :1]).max(axis=0)
        return [(away > 0.3).astype(np.float32)[None, None]]


class Unlettered:
    """Stands in for the text reader: sees no line anywhere."""

    def __call__(self, img: Any, *, use_det: bool, use_cls: bool, use_rec: bool) -> Any:
        return SimpleNamespace(boxes=None, scores=(), txts=())


class StandIns(NoEngines):
    """Networks that answer at once; enlarging is left to interpolation."""

    def cutout(self) -> Any:
        return Contrast(), "u2net"

    def nets(self) -> Any:
        return {}

    def reader(self) -> Any:
        return Unlettered()


@dataclass(frozen=True)
class Deed:
    """One order: an action, its raw options, its inputs in order and its further pictures by role."""

    name: str
    dialect: Dialect
    action: str
    raw: Mapping[str, Any]
    inputs: Sequence[bytes]
    given: Mapping[str, bytes]


@dataclass(frozen=True)
class Ending:
    """What became of a deed. `code` "" is a success, "died" or "hung" a worker's end; megabytes are resident ones."""

    name: str
    code: str
    cause: str
    seconds: float
    before_mb: int
    peak_mb: int
    estimate_mb: int
    files: tuple[tuple[str, str], ...] = ()  # path, role


def order_of(rig: Rig, deed: Deed) -> Order:
    offer = CATALOGUE[(deed.dialect, deed.action)]
    options = offer.parse(deed.raw, 1)
    given: dict[str, Source] = {role: rig.upload(data) for role, data in deed.given.items()}
    units = cast(casting_of(offer), deed.raw, [rig.upload(data) for data in deed.inputs], given)
    return replace(
        rig.order(0, images=units),
        dialect=deed.dialect,
        action=deed.action,
        pool=offer.pool,
        options=options.values,
        quote=offer.quote(options.values, 1),
    )


class Told(logging.Handler):
    """The facts of the last record that tells of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: dict[str, Any] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if str(getattr(record, "event", "")).startswith("image."):
            self.facts = dict(vars(record))


def done(rig: Rig, deed: Deed, engines: Engines, stable: Stable | None, told: Told) -> Ending:
    """Submit and work until the image is final, in this process or by `stable`."""
    began = time.monotonic()
    [image] = submit(rig.tools, order_of(rig, deed), rig.doorbell).images
    for _ in range(ATTEMPTS):
        run_image(rig.tools, image.id, engines, stable)
        with rig.tools.database.read() as tx:
            ended, made = images.get_image(tx, image.id), artifacts.list_artifacts(tx, image.batch_id, image.id)
        if ended.state in (ImageState.SUCCEEDED, ImageState.FAILED):
            break
        rig.clock.forward(120)
    files = tuple((str(rig.tools.objects.local_path(file.key)), file.role.value) for file in made)
    code = "" if ended.state is ImageState.SUCCEEDED else ended.error_code or "unsettled"
    facts = told.facts
    return Ending(
        deed.name, code, str(facts.get("cause", "")), round(time.monotonic() - began, 3),
        _before(rig.tools), int(facts.get("rss_peak_mb", 0)), int(facts.get("estimate_mb", 0)), files,
    )  # fmt: skip


@dataclass(frozen=True)
class Crew:
    """How its workers are: `records` is a database with the newest schema, which each gets a copy of. `children`: every
    picture has a child of its own, whatever its pool. `seconds`: what a picture may take."""

    folder: Path
    records: Path
    engines: Engines = field(default_factory=StandIns)
    children: bool = False
    seconds: int = 60

    def attend(self, deeds: Sequence[Deed]) -> list[Ending]:
        """The endings of `deeds` in their order."""
        endings: list[Ending] = []
        while len(endings) < len(deeds):
            endings += _shift(self, self.folder / f"shift-{len(endings)}", deeds[len(endings) :])
        return endings


def _shift(crew: Crew, folder: Path, deeds: Sequence[Deed]) -> list[Ending]:
    """One worker's endings; when it dies or hangs, the last one says so."""
    folder.mkdir(parents=True)
    shutil.copy(crew.records, folder / crew.records.name)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _work(crew, folder, deeds, write)
    os.close(write)
    endings: list[Ending] = []
    with os.fdopen(read) as lines:
        while len(endings) < len(deeds):
            told = bool(select.select([lines], [], [], ATTEMPTS * crew.seconds)[0])
            line = lines.readline() if told else ""
            if not line:
                name = deeds[len(endings)].name
                endings.append(Ending(name, "died" if told else "hung", "", 0, 0, 0, 0))
                break
            row = json.loads(line)
            endings.append(Ending(**{**row, "files": tuple(tuple(file) for file in row["files"])}))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return endings


def _work(crew: Crew, folder: Path, deeds: Sequence[Deed], write: int) -> NoReturn:
    code = 1
    try:
        logging.disable(logging.NOTSET)
        told = Told()
        logging.getLogger().handlers[:] = [told]
        logging.getLogger().setLevel(logging.INFO)
        rig = open_rig(folder, image_seconds=crew.seconds)
        rehearse(rig.tools, Pool.PIXELS)
        stable = Stable(partial(_measured_work, rig.tools, crew.engines))
        for deed in deeds:
            pixels = CATALOGUE[(deed.dialect, deed.action)].pool is Pool.PIXELS
            ending = done(rig, deed, crew.engines, stable if crew.children or pixels else None, told)
            os.write(write, json.dumps(asdict(ending)).encode() + b"\n")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _measured_work(tools: Tools, engines: Engines, end: socket.socket) -> None:
    (tools.settings.data_dir / "before").write_text(str(peak_rss_mb()))
    work_for(tools, engines, end)


def _before(tools: Tools) -> int:
    path = tools.settings.data_dir / "before"
    return int(path.read_text()) if path.exists() else 0
