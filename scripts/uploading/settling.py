"""When a copy into a folder has finished: size and time of change the same for a while, as seen by us, because whoever
copies may set any time it likes. Looks at names and sizes only."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uploading.sources import Found


@dataclass
class Settling:
    """Watches files; `seconds` is how long one must have kept still."""

    seconds: float
    seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)

    def settled(self, found: Sequence[Found], now: float) -> list[Found]:
        """Those of `found` that have kept still until `now` (monotonic seconds). Addresses always have."""
        still, ready = {}, []
        for each in found:
            if each.path is None:
                ready.append(each)
                continue
            try:
                facts = each.path.stat()
            except FileNotFoundError:
                continue
            look = (facts.st_size, facts.st_mtime_ns)
            before = self.seen.get(str(each.path))
            since = before[1] if before is not None and before[0] == look else now
            still[str(each.path)] = (look, since)
            if facts.st_size > 0 and now - since >= self.seconds:
                ready.append(each)
        self.seen = still
        return ready


def at_rest(
    found: Sequence[Found], seconds: float, sleep: Callable[[float], None], now: Callable[[], float] = time.time
) -> tuple[list[Found], list[Found]]:
    """(what may be taken, what somebody is still writing), for a run that has not watched the folder before: a file
    that changed within the last `seconds` is looked at again when they are over. Addresses are always at rest."""
    if seconds <= 0:
        return list(found), []
    looks = {each: look_at(each.path) for each in found if each.path is not None}
    begun = now()
    ages = {each: begun - look[2] / 1e9 for each, look in looks.items() if look is not None}
    fresh = {each: max(0.0, age) for each, age in ages.items() if age < seconds}
    if fresh:
        sleep(seconds - min(fresh.values()))
    unfinished = [each for each in fresh if growing(looks[each], look_at(each.path))]
    return [each for each in found if each not in unfinished], unfinished


def look_at(path: Path | None) -> tuple[int, int, int] | None:
    """Size, time of change as the owner set it, time of change as the file system saw it; None: it is not there."""
    try:
        facts = path.stat() if path is not None else None
    except OSError:
        return None
    return None if facts is None else (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def growing(before: tuple[int, int, int] | None, after: tuple[int, int, int] | None) -> bool:
    """Whether a file changed between two looks, or is as empty as one that was just opened."""
    return after is not None and (after != before or after[0] == 0)
