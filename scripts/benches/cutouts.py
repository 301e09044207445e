"""Cut-outs against ground truth: intersection over union, mean absolute error, seconds a picture; held against the same
network with a plain guided filter and nothing else.

IoU: alpha > 0.5 against truth > 0.5. MAE: mean |alpha − truth| over the picture, 0..1. Seconds: wall time with the
network loaded, decoding apart. A picture without a found subject counts as an empty mask.
"""

from collections.abc import Callable

import numpy as np

from jobs.imaging.cutout import cut_out
from jobs.imaging.edges import follow_edges
from jobs.imaging.faults import NoSubject
from jobs.imaging.matting import KINDS, Session, box_of, probability
from jobs.imaging.sessions import open_session
from scripts.benches.pictures import F32, U8, truths
from scripts.benches.table import Figure, Row, Target
from scripts.benches.timing import Reading, Setup, Unmeasurable, peak_mib, percentile, spent

ROUNDS = 2
KIND = "u2net"


def _pair(figure: str) -> tuple[Figure, Figure]:
    return Figure("ours", figure, "service"), Figure("plain", figure, "network, guided filter")


ROWS = (
    Row("cutouts", "mean IoU", "", *_pair("iou"), "difference", Target("at least", 0.965, "ours", True), 4),
    Row("cutouts", "mean absolute error", "", *_pair("mae"), "difference", Target("at most", 0.0065, "ours", True), 4),
    Row("cutouts", "a picture, mean", "s", *_pair("seconds"), digits=2),
    Row("cutouts", "a picture, p95", "s", *_pair("seconds_p95"), digits=2),
)


def run(side: str, setup: Setup) -> Reading:
    """Means over all pictures that have ground truth (quick: six)."""
    path = setup.models / f"{KIND}.onnx"
    if not path.is_file():
        raise Unmeasurable("the cut-out network is missing: scripts/fetch-models brings it")
    session = open_session(path, setup.threads)
    cut: Callable[[U8, Session], F32] = cut_whole if side == "ours" else cut_plainly
    seconds, unions, errors, kinds = list[float](), list[float](), list[float](), list[str]()
    for picture in truths(setup.samples, 6 if setup.quick else None):
        alphas = list[F32]()
        seconds.append(spent(lambda rgb=picture.rgb, out=alphas: out.append(cut(rgb, session))).wall)  # type: ignore[misc]
        mine, real = alphas[0] > 0.5, picture.alpha > 0.5
        unions.append(float((mine & real).sum() / max(int((mine | real).sum()), 1)))
        errors.append(float(np.abs(alphas[0] - picture.alpha).mean()))
        kinds.append(picture.kind)
    figures = {"iou": float(np.mean(unions)), "mae": float(np.mean(errors)), "seconds": float(np.mean(seconds))}
    figures["seconds_p95"] = percentile(seconds, 0.95)
    return Reading(figures, peak_mib(), by_kind(kinds, unions, errors) if side == "ours" else "")


def by_kind(kinds: list[str], unions: list[float], errors: list[float]) -> str:
    """The means of each kind of picture, in words."""
    told = []
    for kind in dict.fromkeys(kinds):
        places = [place for place, each in enumerate(kinds) if each == kind]
        iou, mae = (float(np.mean([column[place] for place in places])) for column in (unions, errors))
        told.append(f"{kind} ({len(places)}): IoU {iou:.3f}, MAE {mae:.4f}")
    return "; ".join(told)


def cut_whole(rgb: U8, session: Session) -> F32:
    """The product's alpha."""
    try:
        return cut_out(rgb, session).alpha
    except NoSubject:
        return np.zeros(rgb.shape[:2], np.float32)


def cut_plainly(rgb: U8, session: Session) -> F32:
    """One look, stretched to the picture, along its edges."""
    coarse = probability(rgb, session, KINDS[KIND])
    box = box_of(coarse) or (0, 0, rgb.shape[1], rgb.shape[0])
    return follow_edges(rgb, coarse, max(box[2] - box[0], box[3] - box[1]) * 1.16 / KINDS[KIND].size)
