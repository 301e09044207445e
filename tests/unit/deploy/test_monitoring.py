"""What is shipped for Prometheus and Grafana, and what docs/metrics.md says, speaks of metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from batch_api.metrics import open_metrics
from jobs.metrics.catalogue import COUNTER, HISTOGRAM, METRICS, WEB, Metric, table

ROOT = Path(__file__).resolve().parents[3]
ALERTS = ROOT / "deploy" / "monitoring" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "monitoring" / "dashboard.json"
SERIES = {name: metric for metric in METRICS for name in metric.series}
USE = re.compile(r"(?P<around>rate|increase)?\(?\b(?P<name>darkroom_[a-z_]+)(?:\{(?P<match>[^}]*)\})?(?P<range>\[)?")


def rules() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, object]]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (str(rule["expr"]) for rule in rules())
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("expression", [*expressions()])
def test_every_metric_in_use_exists_with_its_labels(expression: str) -> None:
    used: list[Metric] = []
    for found in USE.finditer(expression):
        assert found["name"] in SERIES, found["name"]
        metric = SERIES[found["name"]]
        used.append(metric)
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", found["match"] or "")
        assert set(labels) <= {*metric.labels, "le"}, (found["name"], labels)
        if found["around"]:
            assert metric.kind in (COUNTER, HISTOGRAM), f"{found['name']} does not grow"
    names = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in re.split(r",\s*", group)}
    assert names <= {"le", *(label for metric in used for label in metric.labels)}
    assert used or "up{" in expression


def test_every_alert_says_what_it_is_and_who_must_look() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 15
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"]  # type: ignore[index]


def test_prometheus_reads_the_rules() -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("needs promtool (apt-get install prometheus)")
    ran = subprocess.run([program, "check", "rules", str(ALERTS)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    board = json.loads(DASHBOARD.read_text())
    assert board["uid"] and board["schemaVersion"] >= 36 and "id" not in board
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    spots = [tuple(panel["gridPos"][side] for side in "xywh") for panel in board["panels"]]
    for place, (x, y, width, height) in enumerate(spots):
        assert x + width <= 24
        for other_x, other_y, other_width, other_height in spots[place + 1 :]:
            apart = (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )
            assert apart, "panels lie on each other"


def test_the_page_shows_the_metrics_as_they_are() -> None:
    assert table() in (ROOT / "docs" / "metrics.md").read_text(), "python -m jobs.metrics.catalogue prints the table"


def test_the_web_counts_what_the_catalogue_says() -> None:
    made = {
        name: family.type
        for family in open_metrics().registry.collect()
        for name in [family.name + ("_total" if family.type == "counter" else "")]
    }
    assert made == {metric.name: metric.kind for metric in METRICS if metric.source == WEB}


def test_no_label_can_grow_with_customers() -> None:
    words = {label for metric in METRICS for label in metric.labels}
    assert words <= {
        *("route", "method", "status", "dialect", "code", "outcome", "action", "state", "role", "kind"),
        *("pool", "queue", "version", "schema", "python"),
    }
