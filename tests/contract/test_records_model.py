"""Random histories against plain books: whatever happens in whatever order, credits and states come out the same.

`--model-examples N` takes N histories on each database instead of a few; `--model-seed S` repeats a run that failed,
and then looks for its shortest form.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_rig import Clock, test_settings
from history import History
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from jobs.tools import Tools, open_tools

FEW = {"sqlite": 10, "postgresql": 6}
STEPS = 35
MANY = 100  # histories in which everything must have happened, or the rules do not say what they seem to
EVERYTHING = (
    "grant|grant again|submit|refused|unrung|dies within|key new|key in_progress|key replay|key mismatch|claim|"
    "claim taken over|job taken|job lost|succeeded|failed|retry|orphan|crash|lost too often|cancel|package|refund|"
    "overdue|flush|repair"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> type[History]:
    """The machine on this database; each history begins with an empty one."""
    if request.param == "sqlite":
        template, server = request.getfixturevalue("sqlite_template"), None
    else:
        template, server = None, request.getfixturevalue("postgresql_server")

    def opened(clock: Clock) -> Tools:
        if server is not None:
            server.empty()
            return open_tools(test_settings(tmp_path, database_url=server.url("first")), clock=clock)
        for old in tmp_path.glob("darkroom.sqlite3*"):
            old.unlink()
        shutil.copy(template, tmp_path / "darkroom.sqlite3")
        return open_tools(test_settings(tmp_path), clock=clock)

    machine = type("History", (History,), {"open_tools": staticmethod(opened), "steps": type(History.steps)()})
    machine.database_name = request.param  # type: ignore[attr-defined]
    return machine


@pytest.mark.timeout(0)
def test_random_histories_keep_every_promise(
    history: Any, request: pytest.FixtureRequest, tell: Callable[[str], None]
) -> None:
    few = FEW[history.database_name]
    count = request.config.getoption("--model-examples", None) or few
    given = request.config.getoption("--model-seed", None)
    number = random.SystemRandom().randrange(10**9) if given is None else given
    phases = [Phase.generate] if given is None else [Phase.generate, Phase.shrink]  # shrinking takes minutes
    quick = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    known = settings(max_examples=count, stateful_step_count=STEPS, phases=phases, print_blob=True, **quick)
    try:
        run_state_machine_as_test(seed(number)(history), settings=known)  # type: ignore[no-untyped-call]
    finally:
        done = ", ".join(f"{what} {times}" for what, times in sorted(history.steps.items()))
        tell(f"{history.database_name}: {count} histories, --model-seed {number}: {done}")
    assert count < MANY or set(EVERYTHING.split("|")) <= set(history.steps)
