"""Water drawn by its shape: drops and ligaments as heights, which bend what is behind them and catch the light.

Never moves and never wets an item itself: masks, normals and light on the canvas.
"""

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Circles = list[tuple[float, float, float]]


def shape_of(circles: Circles, size: tuple[int, int], merge: float) -> tuple[F32, F32]:
    """(cover 0..1, height in pixels): circles (x, y, radius in canvas pixels) run together like water by `merge`."""
    fine = 2
    mask = np.zeros((size[1] * fine, size[0] * fine), np.uint8)
    for x, y, radius in circles:
        centre = (round(x * fine * 8), round(y * fine * 8))
        cv2.circle(mask, centre, max(1, round(radius * fine * 8)), 255, -1, cv2.LINE_AA, 3)
    soft = cv2.GaussianBlur(mask, (0, 0), max(merge * fine, 0.6)).astype(np.float32) / 255
    solid = np.clip((soft - 0.42) * 5, 0, 1)
    inside = cv2.distanceTransform((solid > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    bulge = np.sqrt(inside * np.maximum(2 * 22 * fine - inside, inside * 0.2))
    cover = cv2.resize(solid, size, interpolation=cv2.INTER_AREA)
    height = cv2.resize(cv2.GaussianBlur(bulge, (0, 0), 1.6 * fine), size, interpolation=cv2.INTER_AREA) / fine
    return np.asarray(cover, np.float32), np.asarray(height, np.float32)


def shaded(scene: F32, cover: F32, height: F32, key: F64, sky: F64, from_left: bool) -> F32:
    """The water's look, float32 h x w x 3 linear: the scene bent by its normals, a bright sky at grazing angles, and
    two highlights, the key's and a window's."""
    slope_x, slope_y = (
        cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) / 8,
        cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) / 8,
    )
    length = np.sqrt(slope_x**2 + slope_y**2 + 0.35)
    nx, ny, nz = -slope_x / length, -slope_y / length, 0.59 / length
    rows, columns = cover.shape
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    bend = 0.055 * rows
    bent = cv2.remap(
        cv2.GaussianBlur(scene, (0, 0), 1.5),
        x - nx * bend,
        y - ny * bend,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    grazing = np.clip(1 - nz, 0, 1) ** 2.2
    light = bent * (0.96 - 0.5 * np.clip(grazing * (ny > 0), 0, 1))[:, :, None]
    up = np.clip(-ny, 0, 1)[:, :, None]
    light += sky * (0.42 * grazing[:, :, None] * (0.35 + 0.65 * up))
    side = -1.0 if from_left else 1.0
    for towards, sharp, strength in (((side * 0.55, -0.6, 0.58), 30.0, 1.3), ((-side * 0.65, -0.35, 0.67), 44.0, 0.5)):
        facing = np.clip(nx * towards[0] + ny * towards[1] + nz * towards[2], 0, 1)
        light += key * (strength * facing**sharp)[:, :, None]
    return np.asarray(light, np.float32)


def crown(rng: np.random.Generator, centre: tuple[float, float], reach: float, high: float, front: bool) -> Circles:
    """Ligaments and drops thrown up around a foot: `reach`: half width of the ring, `high`: how high they fly, pixels.

    Each follows a parabola outward from its place on the ring and tears into drops."""
    circles: Circles = []
    for angle in np.sort(rng.uniform(0, np.pi, 34)):
        across, away = np.cos(angle), np.sin(angle)
        x0 = centre[0] + reach * across * rng.uniform(0.96, 1.08)
        y0 = centre[1] + (0.24 if front else -0.2) * reach * away
        outward = across * reach * rng.uniform(0.45, 1.25)
        rise = high * rng.uniform(0.25, 1.0) * (0.22 if front else 1.0) * (0.3 + 0.7 * abs(across))
        thick = reach * rng.uniform(0.018, 0.042)
        end = rng.uniform(0.35, 0.72)
        for t in np.linspace(0, end, 26):
            taper = (1 - 0.88 * t / end) ** 0.9
            circles.append((x0 + outward * t, y0 - rise * (4 * t - 4 * t * t), max(thick * taper, 0.7)))
        for _ in range(rng.integers(2, 6)):
            t = end + rng.uniform(0.03, 0.4)
            drift = rng.normal(0, 0.06 * reach, 2)
            drop = (x0 + outward * t + drift[0], y0 - rise * (4 * t - 3.4 * t * t) * rng.uniform(0.8, 1.25) + drift[1])
            circles.append((*drop, thick * float(rng.uniform(0.18, 0.7))))
    return circles + rim(rng, centre, reach, front)


def rim(rng: np.random.Generator, centre: tuple[float, float], reach: float, front: bool) -> Circles:
    """The swollen, uneven edge of the water from which the ligaments rise."""
    wave = rng.uniform(0, 6.3, 3)
    circles: Circles = []
    for angle in np.linspace(0, np.pi, 90):
        swell = 0.6 + 0.22 * np.sin(5 * angle + wave[0]) + 0.2 * np.sin(9 * angle + wave[1]) + 0.12 * np.sin(17 * angle)
        x = centre[0] + reach * 1.03 * np.cos(angle)
        y = centre[1] + (0.25 if front else -0.2) * reach * np.sin(angle) + 0.012 * reach * np.sin(7 * angle + wave[2])
        circles.append((float(x), float(y), float(max(0.030 * reach * swell, 0.8))))
    return circles


def beads(rng: np.random.Generator, many: int, area: tuple[float, float, float, float], largest: float) -> Circles:
    """Drops lying about in an area (x0, y0, x1, y1), mostly small ones."""
    found: Circles = []
    for _ in range(many):
        radius = largest * (0.3 + 0.7 * float(rng.random() ** 3))
        found.append((float(rng.uniform(area[0], area[2])), float(rng.uniform(area[1], area[3])), radius))
    return found
