"""A member of a test's front house: one action of each dialect is a blot, which needs no network. As a program it is a
worker or a sweep; gunicorn takes `front_member:application()`, where FRONT_ARMED names the folder of armed seams."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from armed import Armed
from engine_rig import Blot, install_blot
from flask import Response

from jobs import failpoints
from storage.model import Dialect

OFFERS = {Dialect.PRINT: "upscale", Dialect.STUDIO: "bg-remove", Dialect.SHELF: "analysis"}


def offer_blots(**more: Any) -> None:
    for dialect, name in OFFERS.items():
        install_blot(Blot(dialect=dialect, name=name, **more))


def application() -> Callable[..., Any]:
    """The product's own application."""
    from wsgi import app  # reads the settings, and documents the actions as they are

    offer_blots()
    armed = Armed(Path(os.environ["FRONT_ARMED"]))
    failpoints.read_rules = lambda text: armed
    app.after_request(sign)
    return app


def sign(reply: Response) -> Response:
    """Tell a test which process answered."""
    reply.headers["X-Process"] = str(os.getpid())
    return reply


def main(role: str) -> int:
    import crew_member  # all that a worker needs, which takes a second

    offer_blots(work=crew_member.act)
    return crew_member.main(role)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
