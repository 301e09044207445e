"""How long to wait after a failure: what the service asks for, else doubling pauses, with jitter so that many clients
do not come back together; and when to give up. Waits by the `sleep` it is given, which a signal may cut short."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from uploading.exits import Temporary

LONGEST_PAUSE_S = 60.0


@dataclass
class Patience:
    """For a whole run; each request that must succeed starts a `Trial`."""

    minutes: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    told: Callable[[str], None] = lambda sentence: None

    def trial(self) -> "Trial":
        return Trial(self)

    def pause(self, tries: int, asked: float | None) -> float:
        """Seconds to wait before the next try; never less than what was asked for."""
        if asked is not None:
            return asked * (1 + 0.1 * self.chance())
        return min(LONGEST_PAUSE_S, float(2 ** min(tries, 6))) * (0.5 + 0.5 * self.chance())


@dataclass
class Trial:
    patience: Patience
    tries: int = 0
    since: float | None = field(default=None)

    def wait(self, why: str, asked: float | None = None) -> None:
        """Sleep after a failure, or Temporary when that would outlast the patience."""
        patience = self.patience
        now = patience.clock()
        self.since = now if self.since is None else self.since
        seconds = patience.pause(self.tries, asked)
        self.tries += 1
        if now + seconds - self.since > patience.minutes * 60:
            raise Temporary(f"{why}; gave up after {self.tries} tries.")
        patience.told(f"{why}; trying again in {seconds:.0f} s")
        patience.sleep(seconds)
