"""What every test may ask for: settings over a temporary folder, an opened engine with a clock moved by hand, a
doorbell that notes, the app and its client, tenants with keys, and the sample pictures where they are."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import network_guard
import pictures as picture_makers
import pytest
from engine_rig import Clock, SilentDoorbell, test_settings
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from jobs.tools import Tools, open_tools
from storage.objects import ObjectStore
from storage.records.database import Database

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples"


def pytest_configure(config: pytest.Config) -> None:
    network_guard.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")
    parser.addoption("--record-replies", action="store_true", help="write down the present release's replies")
    parser.addoption("--api-examples", type=int, default=3, help="generated requests for each documented operation")
    parser.addoption("--chaos-seconds", type=float, default=60.0, help="how long processes are killed at random")
    parser.addoption("--chaos-seed", type=int, default=None, help="repeat a run of the chaos tests")
    parser.addoption("--soak-minutes", type=float, default=5.0, help="how long the slow soak keeps everybody at work")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever waits for other processes begins; what takes no time of its own fills the gaps at the end."""
    items.sort(key=lambda item: "process" not in item.keywords)
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long: run with --slow"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests had to tell: seeds that repeat them, times that judge nothing."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    lines = [f"{report.nodeid}: {line}" for report in reports if getattr(report, "when", "") == "call"
             for name, line in report.user_properties if name == "told"]  # fmt: skip
    if lines:
        terminalreporter.section("told by tests")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say something that the end of the run repeats, whatever becomes of the test and wherever it runs."""

    def say(line: str) -> None:
        print(line)
        request.node.user_properties.append(("told", line))

    return say


def catalogue_kept() -> Iterator[None]:
    """Tests may offer actions of their own; whoever comes next finds the product's."""
    from jobs.actions import CATALOGUE

    before = dict(CATALOGUE)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


_kept_by_module = pytest.fixture(scope="module", autouse=True)(catalogue_kept)
_kept_by_test = pytest.fixture(autouse=True)(catalogue_kept)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, copied by every test that opens a database."""
    folder = tmp_path_factory.mktemp("migrated")
    tools = open_tools(test_settings(folder))
    tools.database.migrate()
    tools.database.dispose()
    return folder / "darkroom.sqlite3"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Rate limits on, no environment read; change single values with dataclasses.replace."""
    return test_settings(tmp_path / "data", base_url="http://localhost", jwt_secret="j" * 40)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_engine(migrated: Path, clock: Clock) -> Iterator[Callable[[Settings], Tools]]:
    """A maker of tools for changed settings; what it opened is closed when the test ends."""
    opened: list[Tools] = []

    def make(given: Settings) -> Tools:
        given.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(migrated, given.data_dir / "darkroom.sqlite3")
        opened.append(open_tools(given, clock=clock))
        return opened[-1]

    yield make
    for tools in opened:
        tools.database.dispose()


@pytest.fixture
def tools(settings: Settings, open_engine: Callable[[Settings], Tools]) -> Tools:
    return open_engine(settings)


@pytest.fixture
def database(tools: Tools) -> Database:
    return tools.database


@pytest.fixture
def objects(tools: Tools) -> ObjectStore:
    return tools.objects


@pytest.fixture
def doorbell() -> SilentDoorbell:
    """Rings are noted; nothing is worked on until a test settles it with tests/factories.py."""
    return SilentDoorbell()


@pytest.fixture
def app(settings: Settings, tools: Tools, doorbell: SilentDoorbell) -> Flask:
    from batch_api import create_app

    app = create_app(settings, tools=tools, doorbell=doorbell)
    app.testing = False  # a bug must come out as the customer would see it
    return app


@pytest.fixture
def make_client(
    settings: Settings, open_engine: Callable[[Settings], Tools], doorbell: SilentDoorbell
) -> Callable[..., tuple[FlaskClient, Tools]]:
    """A client of an app with changed settings: make_client(print_queue_cap=3) → (client, its tools)."""
    from batch_api import create_app

    def make(**changes: Any) -> tuple[FlaskClient, Tools]:
        changed = replace(settings, **changes)
        tools = open_engine(changed)
        return create_app(changed, tools=tools, doorbell=doorbell).test_client(), tools

    return make


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def tenant(tools: Tools) -> factories.Tenant:
    """An account with 10 000 credits, the largest plan and an admin key of each dialect."""
    return factories.tenant(tools)


@pytest.fixture
def stranger(tools: Tools) -> factories.Tenant:
    """Another account, which must never see anything of the first."""
    return factories.tenant(tools, name="Stranger")


@pytest.fixture
def pictures() -> Any:
    """The makers of tests/pictures.py: pictures.picture(width, height, colour, form, mode), pictures.noise(size)."""
    return picture_makers


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real sample pictures; the test is skipped by name where it is not there."""
    if not SAMPLES.is_dir():
        pytest.skip("needs the sample pictures beside the project (../shared/samples)")
    return SAMPLES
