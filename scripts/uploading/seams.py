"""Named seams at which a test makes the client die as by kill -9; without --failpoint a seam costs one comparison.

`--failpoint submitted` dies at the first time that seam is reached, `--failpoint submitted:3` at the third. Seams:
every record of the journal by its name (after it is on disk), and posting, posted, fetching, fetched, torn.
"""

import os
import signal
from dataclasses import dataclass, field
from typing import NoReturn

from uploading.exits import Misused


@dataclass
class Seams:
    name: str = ""
    after: int = 1
    reached: int = field(default=0, init=False)

    def due(self, name: str) -> bool:
        """Whether this is the moment; counts every call with the chosen name."""
        if name != self.name:
            return False
        self.reached += 1
        return self.reached == self.after

    def reach(self, name: str) -> None:
        if self.due(name):
            self.die()

    def die(self) -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise SystemExit(137)  # never reached; tells a reader and a type checker so


def read_seams(text: str | None) -> Seams:
    name, _, count = (text or "").partition(":")
    if count and not count.isdigit():
        raise Misused("--failpoint takes NAME or NAME:COUNT.")
    return Seams(name, int(count or 1))
