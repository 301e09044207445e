"""The house rules that a machine can check: who imports whom, lengths, the environment, the clock, names, settings."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config import ROWS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("batch_api", "jobs", "storage")
MAX_LINES, MAX_FUNCTION = 300, 40
STDLIB = sys.stdlib_module_names
# What the web process may use of the engine, beside the whole of storage.
WEB_MAY_IMPORT = (
    "jobs.submit",
    "jobs.capacity",
    "jobs.actions",
    "jobs.notify",
    "jobs.links",
    "jobs.cancel",
    "jobs.queue",
    "jobs.tools",
    "jobs.egress.urls",
    "jobs.metrics.catalogue",
    "jobs.failpoints",
)
IMAGING_MAY_IMPORT = ("numpy", "cv2", "PIL", "onnxruntime", "simplejpeg", "scipy", "numba", "rapidocr", "jobs.imaging")
HEAVY = ("cv2", "numpy", "PIL", "onnxruntime", "simplejpeg", "scipy", "numba", "rapidocr", "boto3")
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|stuff)(_|$)")


def sources(*rooms: str) -> list[Path]:
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]
    return sorted(found)


def ours() -> list[Path]:
    return [*sources(*ROOMS), ROOT / "config.py", ROOT / "wsgi.py"]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """Dotted names that a module imports; with top_level only those that run when it is imported."""
    nodes = top_nodes(tree(path)) if top_level else ast.walk(tree(path))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_nodes(module: ast.Module) -> Iterator[ast.stmt]:
    for node in module.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node


def is_in(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in allowed)


@pytest.mark.parametrize("path", sources("storage"), ids=name_of)
def test_storage_imports_nothing_of_ours(path: Path) -> None:
    assert [name for name in imports(path) if is_in(name, ("jobs", "batch_api", "flask", "rq", "PIL"))] == []


@pytest.mark.parametrize("path", sources("jobs"), ids=name_of)
def test_jobs_never_look_up(path: Path) -> None:
    assert [name for name in imports(path) if is_in(name, ("batch_api", "flask", "flask_smorest"))] == []


@pytest.mark.parametrize("path", sources("jobs"), ids=name_of)
def test_rq_is_known_by_the_queue_and_the_worker_only(path: Path) -> None:
    if name_of(path) not in ("jobs/queue.py", "jobs/worker.py", "jobs/queue_gauges.py"):
        assert [name for name in imports(path) if is_in(name, ("rq",))] == []


@pytest.mark.parametrize("path", sources("jobs/imaging"), ids=name_of)
def test_imaging_is_pure(path: Path) -> None:
    foreign = [
        name for name in imports(path) if name.split(".")[0] not in STDLIB and not is_in(name, IMAGING_MAY_IMPORT)
    ]
    assert foreign == []


@pytest.mark.parametrize("path", sources("batch_api"), ids=name_of)
def test_the_web_uses_the_engines_doors_only(path: Path) -> None:
    wrong = [name for name in imports(path) if is_in(name, ("jobs", "rq", *HEAVY)) and not is_in(name, WEB_MAY_IMPORT)]
    assert wrong == []


@pytest.mark.parametrize("path", sources("jobs/actions"), ids=name_of)
def test_actions_touch_imaging_only_when_they_run(path: Path) -> None:
    assert [name for name in imports(path, top_level=True) if is_in(name, ("jobs.imaging", *HEAVY))] == []


def test_the_web_process_stays_light() -> None:
    """Not even through a third module: what is loaded is looked at, in a fresh interpreter."""
    code = f"import sys, batch_api; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ours(), ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", ours(), ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    if path.read_text().strip():
        assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", ours(), ids=name_of)
def test_names_say_something(path: Path) -> None:
    parts = [*path.relative_to(ROOT).with_suffix("").parts]
    assert not [part for part in parts if BANNED_NAMES.search(part)]


@pytest.mark.parametrize("path", sources(*ROOMS), ids=name_of)
def test_only_config_reads_the_environment(path: Path) -> None:
    reads = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and not hands_on_environment(path, node)
    ]
    assert reads == []


def hands_on_environment(path: Path, node: ast.Attribute) -> bool:
    """Starting a child process with a changed copy of the environment is not reading a setting."""
    line = path.read_text().splitlines()[node.lineno - 1]
    return "**os.environ" in line or "dict(os.environ" in line or "os.environ |" in line or "os.environ.copy" in line


@pytest.mark.parametrize("path", ours(), ids=name_of)
def test_time_is_aware_and_nothing_is_printed(path: Path) -> None:
    found = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in ("datetime.now", "datetime.datetime.now") and not (node.args or node.keywords):
            found.append(f"{node.lineno}: a time without a zone")
        if called.endswith(("utcnow", "utcfromtimestamp")):
            found.append(f"{node.lineno}: {called}")
        if called == "print" and not is_a_command(path) and "file=sys.stderr" not in ast.unparse(node):
            found.append(f"{node.lineno}: print")
    assert found == []


def is_a_command(path: Path) -> bool:
    """What an operator runs talks to a terminal; a process's main may say on stderr why it cannot start."""
    return "command" in path.stem or "operator" in path.parts


@pytest.mark.parametrize("path", ours(), ids=name_of)
def test_no_fault_is_swallowed(path: Path) -> None:
    wrong = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id.endswith("Exception"))
            if node.type is None or (broad and all(isinstance(step, ast.Pass) for step in node.body)):
                wrong.append(node.lineno)
    assert wrong == []


@pytest.mark.parametrize("path", sources(*ROOMS), ids=name_of)
def test_every_line_of_the_log_has_an_event(path: Path) -> None:
    """By which it is found and counted whatever its words are; `extra` says it or is made by a function that does."""
    levels = ("debug", "info", "warning", "error", "exception", "critical", "log")
    bare = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in levels
        and ast.unparse(node.func.value) in ("log", "logger")
        and not any(word.arg == "extra" and names_an_event(word.value) for word in node.keywords)
    ]
    assert bare == []


def names_an_event(extra: ast.expr) -> bool:
    return "'event'" in ast.unparse(extra) or not isinstance(extra, ast.Dict)


def test_every_setting_is_in_the_readme() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("needs README.md")
    text = readme.read_text()
    assert [row.name for row in ROWS if f"`{row.name}`" not in text] == []


# What sleeps there is a child or a thread that the test ends long before.
ENDED_EARLY = ("test_admission.py", "test_horse.py", "test_children.py")


def test_no_test_beside_the_processes_sleeps_longer_than_a_second() -> None:
    long = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "process" in path.parts or path.name in ENDED_EARLY:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sleep", "time.sleep") and node.args:
                seconds = node.args[0]
                if isinstance(seconds, ast.Constant) and float(seconds.value) > 1:  # type: ignore[arg-type]
                    long.append(f"{path.name}:{node.lineno}")
    assert long == []
