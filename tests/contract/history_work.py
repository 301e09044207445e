"""Workers in a random history: they come for images, end them, die with them, wake too late, and package batches. Each
step is compared with the books; customers, the operator and the sweep are in history.py."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar, TypeVar

import fakeredis
from books import ATTEMPTS, Books, Sheet
from engine_rig import Clock
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from record_databases import NOW

from jobs import settling
from jobs.image import ring_after
from jobs.queue import RqDoorbell
from jobs.sweep import take_over_leases
from jobs.tools import Tools
from storage.model import Pool
from storage.records import accounts, batches, images

Method = TypeVar("Method", bound=Callable[..., None])
PICK = st.integers(0, 99)
SOME = st.lists(PICK, min_size=1, max_size=3)
THEN = st.sampled_from(["", "", "succeeded", "succeeded", "failed"])
FIRST_CREDITS = 60
LEASE = 60
QUEUE = f"rq:queue:{Pool.MODELS.value}"


@dataclass(frozen=True)
class Step:
    """How often something happens, when it can, and what it is told."""

    weight: int
    when: Callable[[Any], Any]
    words: dict[str, st.SearchStrategy[Any]]


def step(weight: int, when: Callable[[Any], Any] = bool, **words: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Marks what may happen. Rules of their own would be switched off by halves, as Hypothesis does for variety; what
    matters here takes several of them in a row."""

    def mark(method: Method) -> Method:
        method.step = Step(weight, when, words)  # type: ignore[attr-defined]
        return method

    return mark


class Workers(RuleBasedStateMachine):
    """One account on an empty database with the clock that `open_tools` is given, and a queue server of its own."""

    open_tools: ClassVar[Callable[[Clock], Tools]]
    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(NOW)
        self.tools = type(self).open_tools(self.clock)
        self.redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
        self.bell = RqDoorbell(self.redis, self.tools.settings, self.tools.database, clock=self.clock)
        self.books = Books(FIRST_CREDITS)
        with self.tools.database.write() as tx:
            self.account = accounts.create_account(tx, name="A", credits=FIRST_CREDITS, actor="test", now=NOW)

    def teardown(self) -> None:
        self.tools.database.dispose()

    def happened(self, what: str) -> None:
        self.steps[what] += 1

    @rule(data=st.data())
    def happens(self, data: st.DataObject) -> None:
        able = [name for name, each in self.every_step() if each.when(self) for _ in range(each.weight)]
        what = data.draw(st.sampled_from(able), label="what")
        words = dict(self.every_step())[what].words
        getattr(self, what)(**{word: data.draw(strategy, label=word) for word, strategy in words.items()})

    @classmethod
    @cache
    def every_step(cls) -> list[tuple[str, Step]]:
        members = [(name, getattr(cls, name)) for name in dir(cls)]
        return [(name, each.step) for name, each in members if hasattr(each, "step")]

    def pick(self, number: int) -> tuple[str, Sheet]:
        return list(self.books.sheets.items())[number % len(self.books.sheets)]

    @step(4, lambda self: self.books.sheets, numbers=SOME, then=THEN)
    def claim(self, numbers: list[int], then: str) -> None:
        """Workers come for images, called by the queue or not, and may be done with them at once."""
        for number in numbers:
            self.begin(*self.books.images()[number % len(self.books.images())], then)

    @step(4, lambda self: self.redis.llen(QUEUE), losses=st.lists(st.booleans(), min_size=1, max_size=4), then=THEN)
    def pop(self, losses: list[bool], then: str) -> None:
        """Workers take the next jobs off the queue; who is `lost` dies before it begins."""
        for lost in losses[: self.redis.llen(QUEUE)]:
            image_id = bytes(self.redis.lpop(QUEUE)).decode()
            self.happened("job lost" if lost else "job taken")
            if not lost:
                self.begin(next(each for each in self.books.sheets.values() if image_id in each.states), image_id, then)

    def begin(self, sheet: Sheet, image_id: str, then: str) -> None:
        free = sheet.free(image_id, self.clock())
        claimed = settling.claim(self.tools, image_id)
        assert (claimed is not None) == (free and not sheet.cancelled)
        if free and sheet.cancelled:
            sheet.end(image_id, "cancelled")
        if claimed is not None:
            self.happened("claim" if image_id not in sheet.live else "claim taken over")
            sheet.take(image_id, claimed[2], self.clock() + timedelta(seconds=LEASE))
            if then:
                self.settle(sheet, image_id, then, rings=True)

    @step(
        5,
        lambda self: self.books.leased(),
        numbers=SOME,
        how=st.sampled_from(["succeeded"] * 3 + ["failed", "cancelled", "retry"]),
        rings=st.booleans(),
    )
    def finish(self, numbers: list[int], how: str, rings: bool) -> None:
        """Attempts end; not `rings`: the worker dies before it tells the queue."""
        for number in numbers[: len(self.books.leased())]:
            self.settle(*self.books.leased()[number % len(self.books.leased())], how, rings)

    def settle(self, sheet: Sheet, image_id: str, how: str, rings: bool) -> None:
        token = sheet.live[image_id][0]
        batch_id = next(key for key, each in self.books.sheets.items() if each is sheet)
        self.happened(how)
        if how == "retry":
            put = settling.put_back(self.tools, image_id, token, "timeout", "", not_before_s=0)
            assert put == (not sheet.cancelled)
            sheet.end(image_id, "cancelled" if sheet.cancelled else "queued")
        else:
            if how == "succeeded":
                settled = settling.succeed(self.tools, image_id, token, {}, [])
            else:
                settled = settling.fail(self.tools, image_id, token, how if how == "cancelled" else "timeout", "")
            sheet.end(image_id, how)
            assert settled is not None and settled.left == len(sheet.unfinished())
        if rings:
            ring_after(self.bell, batch_id, len(sheet.unfinished()))

    @step(2, lambda self: any(each.dead for each in self.books.sheets.values()), number=PICK, success=st.booleans())
    def orphan_wakes(self, number: int, success: bool) -> None:
        """A worker that lost its lease long ago comes back with its result, perhaps while another is at work."""
        every = [(ghost, ghost[0] in each.live) for each in self.books.sheets.values() for ghost in each.dead]
        ghosts = [ghost for ghost, rival in every if rival] or [ghost for ghost, _ in every]
        image_id, token = ghosts[number % len(ghosts)]
        if success:
            assert settling.succeed(self.tools, image_id, token, {}, []) is None
        else:
            assert settling.fail(self.tools, image_id, token, "timeout", "") is None
        with self.tools.database.write() as tx:
            assert not images.renew_lease(tx, image_id, token, self.clock(), LEASE)
        self.happened("orphan")

    @step(
        2,
        lambda self: self.books.leased() or any(each.batch is None for each in self.books.promises.values()),
        leases=st.sampled_from([1, 1, 3]),
    )
    def crash(self, leases: int) -> None:
        """Nobody who holds a lease comes back before it runs out."""
        self.clock.forward(LEASE * leases)
        self.happened("crash")

    @step(2, lambda self: self.books.leased())
    def reap(self) -> None:
        """The sweep takes leases over that ran out; who was lost too often fails."""
        take_over_leases(self.tools, self.bell)
        for sheet, image_id in self.books.leased():
            if sheet.live[image_id][1] <= self.clock() and sheet.attempts[image_id] >= ATTEMPTS:
                sheet.end(image_id, "failed")
                self.happened("lost too often")

    @step(1, lambda self: self.books.sheets, number=PICK)
    def wreck(self, number: int) -> None:
        """An image that takes every worker down with it."""
        sheet, image_id = self.books.images()[number % len(self.books.images())]
        for _ in range(ATTEMPTS):
            self.begin(sheet, image_id, "")
            self.clock.forward(LEASE)
        self.reap()

    @step(1, lambda self: self.books.sheets, number=PICK)
    def give_up(self, number: int) -> None:
        """Somebody without a token ends an image: only when nobody is at it."""
        sheet, image_id = self.books.images()[number % len(self.books.images())]
        free = sheet.free(image_id, self.clock())
        assert (settling.fail(self.tools, image_id, None, "timeout", "") is not None) == free
        if free:
            sheet.end(image_id, "failed")

    @step(3, lambda self: self.books.sheets, number=PICK)
    def package(self, number: int) -> None:
        batch_id, sheet = self.pick(number)
        ready = not sheet.final and not sheet.unfinished()
        with self.tools.database.write() as tx:
            lease = batches.claim_packaging(tx, batch_id, self.clock(), LEASE)
            assert (lease is not None) == ready
            if lease is not None:
                known = {"now": self.clock(), "expires_at": self.clock()}
                done = batches.finish_batch(tx, batch_id, lease.token, [], **known)
                again = batches.finish_batch(tx, batch_id, lease.token, [], **known)
                assert done is not None and again is None
                self.happened("package")
        sheet.final = sheet.final or ready
