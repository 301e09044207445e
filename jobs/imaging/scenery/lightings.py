"""The nine lightings as rows: how strong each light group burns, in which colour, and how bright the subject stands.

Data and the colour of a temperature; no plates here.
"""

from math import exp

from jobs.imaging.scenery.setting import Lamp, Lighting, Rgb

DAYLIGHT = 5600.0


def kelvin(temperature: float) -> Rgb:
    """Linear RGB of a black body seen by a camera balanced for 5600 K, green = 1.

    Ratios of Planck's law at 610, 545 and 465 nm, softened by 0.85 as wide camera filters do."""
    red, green, blue = (planck(length, temperature) / planck(length, DAYLIGHT) for length in (610.0, 545.0, 465.0))
    return (red / green) ** 0.85, 1.0, (blue / green) ** 0.85


def planck(nanometres: float, temperature: float) -> float:
    """Spectral radiance up to a factor (c2 = 1.4388e7 nm K)."""
    return nanometres**-5 / (exp(1.4388e7 / (nanometres * temperature)) - 1)


def lamp(gain: float, colour: float | Rgb = DAYLIGHT) -> Lamp:
    """A lamp by its temperature in kelvin or by its colour."""
    return Lamp(gain, kelvin(colour) if isinstance(colour, (int, float)) else colour)


def row(
    name: str, key: Lamp, fill: Lamp, rim: Lamp, sky: Lamp, practical: Lamp, level: float, keeps: float,
    contrast: float = 0.0, frontal: float = 0.0,
) -> Lighting:  # fmt: skip
    lamps = {"key": key, "fill": fill, "rim": rim, "sky": sky, "practical": practical}
    return Lighting(name, lamps, level, keeps, contrast, frontal)


MAGENTA: Rgb = (1.0, 0.10, 0.62)
CYAN: Rgb = (0.06, 0.62, 1.0)
VIOLET: Rgb = (0.46, 0.16, 1.0)
INDIGO: Rgb = (0.22, 0.24, 0.85)
MOON: Rgb = (0.56, 0.76, 1.22)
NIGHT: Rgb = (0.40, 0.58, 1.15)

LIGHTINGS: dict[str, Lighting] = {
    each.id: each
    for each in (
        row("cinematic", lamp(1.25, 4700), lamp(0.30, 8200), lamp(1.5, 7200), lamp(0.42, 8600), lamp(1.3, 4300),
            0.86, 0.75, 0.10),
        row("soft-studio", lamp(0.80), lamp(1.25), lamp(0.85), lamp(1.10), lamp(0.8), 1.0, 0.6),
        row("natural-sunlight", lamp(1.65, 5350), lamp(0.50, 6000), lamp(0.7, 5400), lamp(0.95, 6900), lamp(0.5),
            1.05, 0.6, 0.04),
        row("golden-hour", lamp(1.45, 3500), lamp(0.42, 4700), lamp(2.0, 3050), lamp(0.50, 5100), lamp(1.0, 4300),
            0.98, 0.85, 0.03),
        row("dramatic", lamp(1.7, 5200), lamp(0.05, 6500), lamp(1.5, 6000), lamp(0.13, 7000), lamp(0.8, 4600),
            0.80, 0.5, 0.16),
        row("high-key", lamp(0.75), lamp(1.5), lamp(0.9), lamp(1.7), lamp(1.0), 1.14, 0.4, -0.06),
        row("neon-glow", lamp(0.85, MAGENTA), lamp(0.95, CYAN), lamp(1.8, VIOLET), lamp(0.16, INDIGO),
            Lamp(1.9), 0.72, 0.9, 0.06),
        row("moonlight", lamp(0.75, MOON), lamp(0.10, NIGHT), lamp(1.35, MOON), lamp(0.30, NIGHT), lamp(1.1, 4300),
            0.52, 0.9, 0.08),
        row("ring-light", lamp(0.22), lamp(1.6), lamp(0.35), lamp(0.75), lamp(0.7), 1.05, 0.5, 0.0, 1.0),
    )
}  # fmt: skip
