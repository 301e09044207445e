"""The report of a day: percentiles of submission and completion by dialect, what was struck, how batches ended, and
every promise that was broken. Never judges speed: only broken promises make the run a failure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from scripts.benches.loading.customer import Visit
from scripts.benches.loading.street import Day, Plan
from scripts.benches.timing import percentile

SHARES = (0.5, 0.95, 0.99)


def broken(day: Day) -> list[str]:
    """Every promise to a customer that was not kept, one sentence each."""
    found = [f"errand {each.number} ({each.errand.action}, {each.batch_id or 'not accepted'}): {fault}"
             for each in day.visits for fault in each.wrong]  # fmt: skip
    found += [f"errand {number}: {fault}" for number, fault in day.unheard.items()]
    ids = Counter(each.batch_id for each in day.visits if each.batch_id)
    found += [f"{batch_id} was given to {count} customers" for batch_id, count in ids.items() if count > 1]
    if day.striker is not None:
        found += [f"strike failed: {fault}" for fault in day.striker.faults]
    return found


def figures(day: Day) -> dict[str, dict[str, float]]:
    """Seconds by what and dialect: p50, p95, p99, and how many."""
    kept = [each for each in day.visits if each.batch_id]
    groups: dict[str, list[Visit]] = {"all": kept}
    for dialect in sorted({each.errand.dialect for each in kept}):
        groups[dialect] = [each for each in kept if each.errand.dialect == dialect]
    table = {}
    for name, visits in groups.items():
        table[f"submit, the accepted request, {name}"] = row(each.answered_s for each in visits)
        table[f"submit, with all tries, {name}"] = row(each.accepted_s for each in visits)
        table[f"completion, {name}"] = row(each.final_s for each in visits if each.final_s)
    return table


def row(values: Iterable[float]) -> dict[str, float]:
    found = list(values)
    named = {f"p{share * 100:.0f}": percentile(found, share) if found else 0.0 for share in SHARES}
    return {**named, "most": max(found, default=0.0), "count": len(found)}


def ends(day: Day) -> dict[str, int]:
    """How the batches ended, and the codes that their images ended with."""
    found: Counter[str] = Counter(str(each.state.get("status") or "shelf batch") for each in day.visits if each.final_s)
    found.update(f"code {code}" for each in day.visits for code in each.codes)
    return dict(sorted(found.items()))


def text_of(day: Day, plan: Plan, facts: dict[str, Any], faults: Sequence[str]) -> str:
    """The whole report as Markdown."""
    tries = sum((each.tries for each in day.visits), Counter[str]())
    images = sum(each.errand.images for each in day.visits if each.batch_id)
    kept = sum(bool(each.batch_id) for each in day.visits)
    struck = dict(day.striker.done) if day.striker is not None else {}
    lines = [
        f"Seed {plan.seed}: {plan.seconds:.0f} s, {plan.in_flight} batches in flight; {kept} batches with {images} "
        f"images accepted; calm {day.calm_s:.1f} s after the last submission.",
        f"Struck {sum(struck.values())} times: {listed(struck) or 'never'}.",
        f"Asked again: {listed(tries) or 'never'}.",
        f"Ended: {listed(ends(day))}.",
        f"In the books: {listed(facts)}.",
        "",
        "| seconds | p50 | p95 | p99 | most | count |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in figures(day).items():
        cells = " | ".join(f"{found[share]:.2f}" for share in ("p50", "p95", "p99", "most"))
        lines.append(f"| {name} | {cells} | {found['count']:.0f} |")
    lines += ["", f"Broken promises: {len(faults)}" + (":" if faults else ".")]
    return "\n".join([*lines, *(f"- {fault}" for fault in faults)])


def listed(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
