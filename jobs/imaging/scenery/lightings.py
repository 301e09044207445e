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


def lamps(key: Lamp, fill: Lamp, rim: Lamp, sky: Lamp, practical: Lamp) -> dict[str, Lamp]:
    """The five groups that stages are baked with."""
    return {"key": key, "fill": fill, "rim": rim, "sky": sky, "practical": practical}


MAGENTA: Rgb = (1.0, 0.10, 0.55)
CYAN: Rgb = (0.05, 0.60, 1.0)
VIOLET: Rgb = (0.50, 0.16, 1.0)
INDIGO: Rgb = (0.24, 0.22, 0.80)
LOW_SUN: Rgb = (1.38, 0.93, 0.50)
RIM_SUN: Rgb = (1.55, 0.88, 0.36)
MOON: Rgb = (0.58, 0.78, 1.22)
NIGHT: Rgb = (0.40, 0.56, 1.10)

LIGHTINGS: dict[str, Lighting] = {
    each.id: each
    for each in (
        Lighting("cinematic", lamps(lamp(1.25, 4600), lamp(0.30, 8600), lamp(1.6, 7200), lamp(0.42, 9000),
                                    lamp(1.3, 4300)), 0.90, 0.75, 0.85, 0.10, 0.30),
        Lighting("soft-studio", lamps(lamp(0.62), lamp(1.5), lamp(0.85), lamp(1.25), lamp(0.8)), 1.0, 0.6, 1.08),
        Lighting("natural-sunlight", lamps(lamp(2.1, 4900), lamp(0.22, 6400), lamp(0.7, 5200), lamp(0.75, 7200),
                                           lamp(0.5)), 1.06, 0.85, 1.10, 0.07),
        Lighting("golden-hour", lamps(lamp(1.45, LOW_SUN), lamp(0.45, 5400), lamp(2.2, RIM_SUN), lamp(0.55, 6800),
                                      lamp(1.0, 4300)), 0.98, 0.66, 0.95, 0.04, 0.12),
        Lighting("dramatic", lamps(lamp(1.7, 5100), lamp(0.05, 6500), lamp(1.8, 6200), lamp(0.12, 7000),
                                   lamp(0.8, 4600)), 0.88, 0.5, 0.80, 0.14, 0.75),
        Lighting("high-key", lamps(lamp(0.75), lamp(1.5), lamp(0.9), lamp(1.7), lamp(1.0)), 1.12, 0.4, 1.55, -0.06),
        Lighting("neon-glow", lamps(lamp(0.42, MAGENTA), lamp(2.3, CYAN), lamp(2.4, VIOLET), lamp(0.22, INDIGO),
                                    Lamp(1.9)), 0.76, 1.0, 0.62, 0.08, 0.35),
        Lighting("moonlight", lamps(lamp(0.8, MOON), lamp(0.10, NIGHT), lamp(1.6, MOON), lamp(0.28, NIGHT),
                                    lamp(1.1, 4300)), 0.56, 0.85, 0.42, 0.08, 0.35),
        Lighting("ring-light", lamps(lamp(0.22), lamp(1.6), lamp(0.35), lamp(0.75), lamp(0.7)), 1.06, 0.5, 1.15, 0.04,
                 0.35, 1.0),
    )
}  # fmt: skip
