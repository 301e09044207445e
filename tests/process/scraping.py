"""A Prometheus for tests: reads the metrics of an installation and finds numbers in them."""

from dataclasses import dataclass

import requests
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Scrape:
    """Every sample: (name, labels) to value."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    types: dict[str, str]

    def sum(self, name: str, **labels: str) -> float:
        """All samples of that name that bear these labels, added; 0 without any."""
        return sum(self.each(name, **labels))

    def each(self, name: str, **labels: str) -> list[float]:
        return [value for (found, given), value in self.samples.items() if found == name and labels.items() <= given]

    def values(self, label: str) -> set[str]:
        """Everything that a label says anywhere."""
        return {value for _, given in self.samples for name, value in given if name == label}


def scrape(port: int, token: str = "") -> Scrape:
    """AssertionError when it is refused or cannot be parsed."""
    head = {"Authorization": f"Bearer {token}"} if token else {}
    reply = requests.get(f"http://127.0.0.1:{port}/metrics", headers=head, timeout=20)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(reply.text))
    samples = {
        (each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples
    }
    assert len(samples) == sum(len(family.samples) for family in families), "a sample is told twice"
    return Scrape(samples, {family.name: family.type for family in families})
