"""From found pictures to planned batches: what is done or on its way is left out, the rest is written to the journal
before anything is sent. Reads files for their hashes; never talks to the service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from uploading.digests import Digests
from uploading.downloads import safe_part
from uploading.journal import Journal
from uploading.orders import Item, Order, batches_of, make_plan
from uploading.sources import Found
from uploading.telling import Teller


def identify(found: Found, digests: Digests, folders: dict[str, str]) -> Item:
    """The picture with its identity and its folder. OSError when the file cannot be read."""
    source = found.url or str(found.path)
    folder = folder_for(found.relative, source, folders)
    name = PurePosixPath(found.relative).name
    if found.path is None:
        return Item(f"url:{found.url}", name, folder, url=found.url)
    sha256, size = digests.of(found.path)
    return Item(f"sha256:{sha256}", name, folder, path=str(found.path), size=size)


def folder_for(relative: str, source: str, folders: dict[str, str]) -> str:
    """The path without its suffix; with the suffix, then a number, where another source has that folder. Taken at once,
    so that two pictures of one run do not meet. Lower and upper case count as the same, as on some file systems."""
    path = PurePosixPath(relative)
    parts = [safe_part(part) for part in path.parent.parts if part not in ("", ".", "..", "/")]
    stem, ending = safe_part(path.stem), safe_part(path.suffix.lstrip("."), "")
    names = [stem, f"{stem}-{ending}"] if ending else [stem]
    number = 1
    while True:
        for name in names:
            folder = "/".join([*parts, name if number == 1 else f"{names[-1]}-{number}"])
            if folders.setdefault(folder.casefold(), source) == source:
                return folder
        number += 1


@dataclass
class Planner:
    """`again` plans what failed for good before; `check` may end the reading of many files."""

    journal: Journal
    teller: Teller
    digests: Digests
    order: Order
    check: Callable[[], None]
    again: bool = False

    def take(self, found: Sequence[Found], most: int) -> list[str]:
        """Plan what is new among `found`; the sources that failed for good before and are not tried again."""
        state, fresh, failed, done = self.journal.state, dict[str, Item](), list[str](), 0
        flying, folders = state.in_flight(self.order.id), dict(state.folders)
        for each in found:
            self.check()
            try:
                item = identify(each, self.digests, folders)
            except OSError as fault:
                tell_failure(self.teller, str(each.path), f"It cannot be read: {fault.strerror or fault}")
                failed.append(str(each.path))
                continue
            known = (self.order.id, item.id)
            if known in state.done:
                done += 1
            elif item.id in fresh:
                self.teller.counts.same_content += 1
                self.teller.event(f"skipped {item.source}: the same content as {fresh[item.id].source}")
            elif item.id not in flying and known in state.failed and not self.again:
                failed.append(item.source)
                tell_failure(self.teller, item.source, f"failed before: {state.failed[known]}")
            elif item.id not in flying:
                fresh[item.id] = item
        if done:
            self.teller.counts.already_done += done
            self.teller.event(f"skipped {done} images that were done before")
        failures = state.failures_of(self.order.id)
        for group in batches_of(list(fresh.values()), most):
            plan = make_plan(self.order, group, failures)
            self.journal.write({"do": "planned", "plan": plan.record()})
        return failed


def tell_failure(teller: Teller, source: str, error: str) -> None:
    teller.failures.append({"source": source, "error": error})
    teller.fault(f"failed {source}: {error}")
