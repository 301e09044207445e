"""The table of networks is consistent with itself and with what the features name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jobs.models.catalogue import FEATURES, NETWORKS, PACKAGES, installed, select

ROOT = Path(__file__).parents[4]


def test_every_hash_is_a_whole_sha256_and_every_size_is_positive():
    rows = [*NETWORKS.values(), *(member for network in NETWORKS.values() for member in network.members)]
    assert all(re.fullmatch(r"[0-9a-f]{64}", row.sha256) and row.size > 0 for row in rows)


def test_every_network_names_a_pinned_package_and_a_file_of_its_own():
    assert {network.package for network in NETWORKS.values()} == set(PACKAGES)
    assert all(re.fullmatch(r"[@\w/-]+==[\d.]+|@[\w/-]+@[\d.]+", p.requirement) for p in PACKAGES.values())
    assert len({network.file for network in NETWORKS.values()}) == len(NETWORKS)


def test_an_unconverted_network_has_the_hash_of_its_member():
    plain = [network for network in NETWORKS.values() if not network.converted]
    assert plain
    assert all((n.sha256, n.size) == (n.members[0].sha256, n.members[0].size) for n in plain)


def test_every_network_serves_a_feature_and_every_feature_names_networks():
    assert {name for names in FEATURES.values() for name in names} == set(NETWORKS)


def test_the_notice_names_every_package_and_every_file():
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert all(package.requirement.replace("==", " ") in notice for package in PACKAGES.values())
    assert all(network.file in notice for network in NETWORKS.values())


def test_selection_takes_network_package_and_feature_names():
    assert [n.name for n in select(["span"])] == ["span-x2", "span-x4"]
    assert [n.name for n in select(["waifu2x-n1", "cutout"])] == ["u2net", "u2netp", "waifu2x-n1"]
    assert len(select([])) == len(NETWORKS)
    with pytest.raises(KeyError, match="yolo"):
        select(["yolo"])


def test_installed_lists_only_files_of_the_right_size(tmp_path: Path):
    assert installed(tmp_path / "nowhere") == {}
    network = NETWORKS["span-x2"]
    (tmp_path / network.file).write_bytes(b"short")
    assert installed(tmp_path) == {}
    with (tmp_path / network.file).open("wb") as file:
        file.truncate(network.size)
    assert installed(tmp_path) == {"span-x2": tmp_path / network.file}
