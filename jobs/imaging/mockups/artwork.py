"""A design as it goes to print: linear light with its own alpha, trimmed, its plain white ground keyed out when wanted.

Never invents pixels and never knows where the design will be printed.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, to_linear

_KEYED = "The design has no transparency; its plain background was taken as unprinted."


@dataclass(frozen=True)
class Artwork:
    """`pixels`: float32 H x W x 4, linear light multiplied by alpha. `shaped`: whether alpha outlines a motif.

    `ink`: float32 H x W, how much of each pixel is motif, for effects that have no colour of their own.
    """

    pixels: F32
    ink: F32
    shaped: bool

    @property
    def ratio(self) -> float:
        """Width over height."""
        return float(self.pixels.shape[1] / self.pixels.shape[0])


def read_artwork(rgb: U8, alpha: U8 | None, *, key_ground: bool) -> tuple[Artwork, tuple[str, ...]]:
    """The printable form of a picture (sRGB, straight alpha or None), and warnings.

    With `key_ground` a logo without alpha that stands on one plain light colour loses it; fully clear margins are cut
    off, so that placements speak of the motif.
    """
    warned: tuple[str, ...] = ()
    cover: F32 | None = None if alpha is None else np.asarray(alpha, np.float32) / np.float32(255)
    if cover is None and key_ground and (found := keyed(rgb)) is not None:
        cover, warned = found, (_KEYED,)
    shaped = cover is not None and float((cover < 0.5).mean()) > 0.005
    if cover is None:
        cover = np.ones(rgb.shape[:2], np.float32)
    top, bottom, left, right = visible(cover)
    rgb, cover = rgb[top:bottom, left:right], np.ascontiguousarray(cover[top:bottom, left:right])
    light = to_linear(rgb)
    ink = cover if shaped else darkness(rgb)
    return Artwork(np.dstack([light * cover[..., None], cover]).astype(np.float32), ink, shaped), warned


def visible(cover: F32) -> tuple[int, int, int, int]:
    """Rows and columns (top, bottom, left, right) that hold anything; the whole picture when nothing does."""
    rows, columns = np.flatnonzero(cover.max(axis=1) > 0.02), np.flatnonzero(cover.max(axis=0) > 0.02)
    if not len(rows):
        return 0, cover.shape[0], 0, cover.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def keyed(rgb: U8) -> F32 | None:
    """Alpha of a motif on a plain ground lighter than 200, float32 0..1; None when the border is no such ground.

    Only what is joined to the border goes; the alpha at edges is the distance from the ground's colour.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]]).astype(np.float32)
    ground = np.median(border, axis=0)
    if float(ground.min()) < 200 or float((np.abs(border - ground).max(axis=1) < 14).mean()) < 0.93:
        return None
    away = np.abs(rgb.astype(np.float32) - ground).max(axis=2)
    near = (away < 18).astype(np.uint8)
    _, labels = cv2.connectedComponents(near, connectivity=4)
    rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    outside = np.isin(labels, rim[rim > 0]).astype(np.uint8)
    reach = cv2.dilate(outside, np.ones((5, 5), np.uint8))
    soft = np.clip((away - 6) / 90, 0, 1)
    alpha = np.where(outside > 0, 0.0, np.where(reach > 0, soft, 1.0)).astype(np.float32)
    return alpha if 0.002 < float(alpha.mean()) < 0.97 else None


def darkness(rgb: U8) -> F32:
    """How dark each pixel is, stretched over the picture's own range, float32 0..1."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low, high = np.percentile(grey, (2, 98))
    return np.asarray(np.clip((high - grey) / max(high - low, 1.0), 0, 1), np.float32)


def printable(artwork: Artwork, width: float) -> Artwork:
    """The artwork shrunk to about `width` pixels by means of areas, so that sampling does not skip; never enlarged."""
    have = artwork.pixels.shape[1]
    if width >= have * 0.95:
        return artwork
    size = (max(2, round(width)), max(2, round(width / artwork.ratio)))
    small = cv2.resize(artwork.pixels, size, interpolation=cv2.INTER_AREA)
    ink = cv2.resize(artwork.ink, size, interpolation=cv2.INTER_AREA)
    return Artwork(np.asarray(small, np.float32), np.asarray(ink, np.float32), artwork.shaped)
