"""From found pictures to planned batches: what is done or on its way is left out, the rest is written to the journal
before anything is sent. Reads files for their hashes; never talks to the service."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from uploading.digests import Digests
from uploading.downloads import safe_part
from uploading.journal import Journal, State
from uploading.orders import Item, Order, Plan, batches_of, make_plan
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


def take(
    journal: Journal, teller: Teller, digests: Digests, order: Order, found: Sequence[Found], most: int, again: bool
) -> list[str]:
    """Plan what is new among `found`; the sources that failed for good before and are not tried again."""
    state, fresh, failed = journal.state, dict[str, Item](), list[str]()
    flying, folders, done = state.in_flight(order.id), dict(state.folders), 0
    for each in found:
        try:
            item = identify(each, digests, folders)
        except OSError as fault:
            teller.fault(f"'{each.path}' cannot be read: {fault.strerror or fault}")
            failed.append(str(each.path))
            continue
        known = (order.id, item.id)
        if known in state.done:
            done += 1
        elif item.id in fresh:
            teller.counts.same_content += 1
            teller.event(f"skipped {item.source}: the same content as {fresh[item.id].source}")
        elif item.id not in flying:
            if known in state.failed and not again:
                failed.append(item.source)
                tell_failure(teller, item.source, f"failed before: {state.failed[known]}")
                continue
            fresh[item.id] = item
    if done:
        teller.counts.already_done += done
        teller.event(f"skipped {done} images that were done before")
    for plan in plans(order, list(fresh.values()), most, state):
        journal.write({"do": "planned", "plan": plan.record()})
    return failed


def plans(order: Order, items: Sequence[Item], most: int, state: State) -> list[Plan]:
    failures = state.failures_of(order.id)
    return [make_plan(order, group, failures) for group in batches_of(items, most)]


def tell_failure(teller: Teller, source: str, error: str) -> None:
    teller.failures.append({"source": source, "error": error})
    teller.fault(f"failed {source}: {error}")
