"""What must come out of a history, kept by plain arithmetic: images' states, batches' prices, what keys were promised.
Knows nothing of SQL; what the service says is compared with this."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BASE, INCLUDED, BLOCK, BLOCK_PRICE = 29, 5, 5, 10
RULE = {"base": BASE, "included": INCLUDED, "block": BLOCK, "block_price": BLOCK_PRICE}
OPEN = ("queued", "running")
ATTEMPTS = 3
REMEMBERED, LOCKED = timedelta(days=1), timedelta(seconds=120)  # a stored reply; a claim whose holder died

Wish = tuple[int, int, bool]  # images, price of each, clip-art's price on top


def on_top(images: int) -> int:
    """What clip-art costs for that many images."""
    blocks = max(0, -(-(images - INCLUDED) // BLOCK))
    return BASE + blocks * BLOCK_PRICE if images else 0


def total(wish: Wish) -> int:
    count, price, clipart = wish
    return count * price + (on_top(count) if clipart else 0)


@dataclass
class Sheet:
    """One batch: what it was ordered as, how its images stand, and every token that was ever given out."""

    wish: Wish
    states: dict[str, str]
    attempts: dict[str, int]
    live: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # image: (token, until)
    dead: list[tuple[str, str]] = field(default_factory=list)
    cancelled: bool = False
    final: bool = False
    refunded: int = 0

    def held(self) -> int:
        _, price, clipart = self.wish
        unfinished = sum(state in OPEN for state in self.states.values())
        return 0 if self.final else price * unfinished + (on_top(len(self.states)) if clipart else 0)

    def captured(self) -> int:
        _, price, clipart = self.wish
        done = sum(state == "succeeded" for state in self.states.values())
        return price * done + (on_top(done) if clipart and self.final else 0)

    def unfinished(self) -> list[str]:
        return [image for image, state in self.states.items() if state in OPEN]

    def free(self, image: str, now: datetime) -> bool:
        """Nobody is working on it and it is not done."""
        return self.states[image] in OPEN and (image not in self.live or self.live[image][1] <= now)

    def take(self, image: str, token: str, until: datetime) -> None:
        if image in self.live:
            self.dead.append((image, self.live[image][0]))
        self.states[image], self.live[image] = "running", (token, until)
        self.attempts[image] += 1

    def end(self, image: str, state: str) -> None:
        self.states[image] = state
        if image in self.live:
            self.dead.append((image, self.live.pop(image)[0]))


@dataclass
class Promise:
    """An idempotency key: claimed for a wish, and answered with a batch unless its holder died."""

    wish: Wish
    until: datetime
    batch: str | None = None


@dataclass
class Books:
    """One account."""

    granted: int
    sheets: dict[str, Sheet] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    grants: set[str] = field(default_factory=set)

    def available(self) -> int:
        return self.granted - sum(each.held() + each.captured() - each.refunded for each in self.sheets.values())

    def held(self) -> int:
        return sum(each.held() for each in self.sheets.values())

    def images(self) -> list[tuple[Sheet, str]]:
        """Images that are queued or running; the finished ones when there are none."""
        every = [(each, image) for each in self.sheets.values() for image in each.states]
        return [(each, image) for each, image in every if each.states[image] in OPEN] or every

    def leased(self) -> list[tuple[Sheet, str]]:
        return [(each, image) for each in self.sheets.values() for image in each.live]

    def answer(self, key: str, wish: Wish, now: datetime) -> str:
        """What a request under this key must be told."""
        known = self.promises.get(key)
        if known is None or known.until <= now:
            return "new"
        if known.batch is None:
            return "in_progress"
        return "replay" if known.wish == wish else "mismatch"
