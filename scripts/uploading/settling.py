"""When a copy into a drop folder has finished: size and time of change the same for a while, as seen by us, because a
copying program may set any time it likes. Looks at names and sizes only."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
