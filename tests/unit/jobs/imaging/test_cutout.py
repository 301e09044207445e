"""From coarse alpha to a clean cut-out: edges, repair, own transparency."""

import numpy as np
import pytest
from scene_maker import always, blurred, darker_than, disc, mixed

from jobs.imaging.cutout import cut_out, meaningful_alpha, refined
from jobs.imaging.edges import decide, follow_edges, unmix
from jobs.imaging.faults import NoSubject
from jobs.imaging.matting import Subject


def error(alpha: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(alpha - truth).mean())


def coarse_subject(truth: np.ndarray) -> Subject:
    return Subject(blurred(truth, 3.0), 1.0, (40, 40, 160, 160))


def test_refining_gives_back_the_exact_edge_on_a_plain_backdrop() -> None:
    truth = disc(200, 60)
    picture = mixed(truth, (30, 80, 160), (225, 224, 220), noise=1.0)
    subject = coarse_subject(truth)
    alpha, backdrop = refined(picture, subject, "u2net", repair=True, preserve_edges=True)
    assert backdrop is not None and backdrop.plain
    assert error(alpha, truth) < 0.0025 < error(subject.alpha, truth)
    assert ((alpha > 0.5) == (truth > 0.5)).mean() > 0.998


def test_preserving_edges_unmixes_them() -> None:
    truth = blurred(disc(200, 60), 2.0)
    picture = mixed(truth, (30, 80, 160), (225, 224, 220))
    soft, _ = refined(picture, coarse_subject(truth), "u2net", repair=False, preserve_edges=True)
    firm, _ = refined(picture, coarse_subject(truth), "u2net", repair=False, preserve_edges=False)
    assert error(soft, truth) < error(firm, truth)


def test_a_cutout_has_the_products_box_and_clean_edge_colours() -> None:
    truth = disc(240, 70)
    picture = mixed(truth, (40, 40, 200), (250, 250, 250))
    cut = cut_out(picture, darker_than(0.8))
    assert cut.method == "network" and cut.confidence > 0.9
    assert all(abs(a - b) <= 2 for a, b in zip(cut.box, (50, 50, 190, 190), strict=True))
    assert cut.backdrop is not None and min(cut.backdrop) >= 248
    edge = (cut.alpha > 0.3) & (cut.alpha < 0.9)
    assert cut.foreground[edge].astype(int)[:, 0].mean() < picture[edge].astype(int)[:, 0].mean() - 30


def test_own_transparency_wins_over_the_network() -> None:
    own = (disc(120, 40) * 255).astype(np.uint8)
    cut = cut_out(np.full((120, 120, 3), 99, np.uint8), always(0.0), own_alpha=own)
    assert cut.method == "own_alpha"
    assert np.allclose(cut.alpha, own / 255, atol=1e-6)


def test_a_drawn_shadow_in_own_transparency_is_no_product() -> None:
    own = np.maximum(disc(200, 40, centre=(100, 60)), 0.3 * disc(200, 25, centre=(100, 165)))
    cut = cut_out(np.full((200, 200, 3), 99, np.uint8), always(0.0), own_alpha=(own * 255).astype(np.uint8))
    assert cut.alpha[165, 100] == 0 and cut.box[3] <= 102


@pytest.mark.parametrize("alpha", [None, np.full((50, 50), 255, np.uint8), np.zeros((50, 50), np.uint8)])
def test_transparency_that_says_nothing_is_not_used(alpha: np.ndarray | None) -> None:
    assert meaningful_alpha(alpha) is None


def test_no_subject_comes_through() -> None:
    with pytest.raises(NoSubject):
        cut_out(np.full((60, 60, 3), 200, np.uint8), always(0.02))


def test_a_wide_hesitation_is_decided_and_a_narrow_edge_is_not() -> None:
    coarse = blurred(disc(200, 60), 1.5)
    coarse[80:120, 80:120] = 0.6
    decided = decide(coarse, 2.0)
    assert decided[100, 100] > 0.95
    rim = disc(200, 50) == 0
    soft_before = (rim & (coarse > 0.1) & (coarse < 0.9)).sum()
    soft_after = (rim & (decided > 0.1) & (decided < 0.9)).sum()
    assert soft_after > 0.6 * soft_before
    moved = rim & ((decided > 0.5) != (coarse > 0.5))
    assert moved.sum() < 0.03 * (coarse > 0.5).sum()


def test_unmixing_leaves_alpha_alone_where_colours_are_too_alike() -> None:
    truth = disc(160, 50)
    alike = mixed(truth, (200, 200, 200), (208, 208, 208))
    alpha = blurred(truth, 2.0)
    assert np.array_equal(unmix(alike, alpha, 2.0, None), alpha)


def test_the_guided_filter_keeps_sure_places_exact() -> None:
    truth = disc(160, 50)
    out = follow_edges(mixed(truth, (10, 10, 10), (240, 240, 240)), blurred(truth, 2.0), 1.0)
    assert out[80, 80] == 1 and out[2, 2] == 0 and out.min() >= 0 and out.max() <= 1
