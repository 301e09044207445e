"""What a request can reach: the engine's tools, the doorbell of the queue, the limiter and the dialects' doors.
Hung on the app once by `create_app`; never a global."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app, g

from batch_api.auth import Caller
from batch_api.limits import Limiter
from config import Settings
from jobs.tools import Tools

if TYPE_CHECKING:
    from batch_api.door import Door
    from jobs.queue import Doorbell

EXTENSION = "darkroom"


@dataclass(frozen=True)
class Service:
    tools: Tools
    doorbell: "Doorbell"
    limiter: Limiter
    doors: Sequence["Door"]

    @property
    def settings(self) -> Settings:
        return self.tools.settings

    def now(self) -> datetime:
        return self.tools.clock()

    def door_of_path(self, path: str) -> "Door | None":
        """The dialect whose words are used on this path; None outside of all dialects."""
        return next((door for door in self.doors if door.owns(path)), None)

    def door_of_blueprint(self, name: str | None) -> "Door | None":
        """The dialect that serves this blueprint; None for health, files and docs."""
        return next((door for door in self.doors if any(part.name == name for part in door.blueprints)), None)


def service() -> Service:
    """The service of the app that handles the present request."""
    found: Service = current_app.extensions[EXTENSION]
    return found


def caller() -> Caller:
    """Who is calling; set before every view of a dialect."""
    found: Caller = g.caller
    return found


def request_id() -> str:
    """The present request's id: the caller's own X-Request-Id where it is safe to repeat, ours otherwise."""
    found: str = g.request_id
    return found
