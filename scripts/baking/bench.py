"""The bench a scene is built on: lights sorted into groups, the camera, and the render of a whole stage.

Lights are white unless told otherwise. A strength of 1 makes a white matt surface at the target that faces the light
read 1.0.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from scripts.baking import passes, plates, probing
from scripts.baking.spec import FOOT_HEIGHT, GROUPS, PLATE_SIZE, UNIT_EYE, UNIT_TOP, Light, StageSpec, Triple

SENSOR = 36.0
ROUGH = 1024  # narrower pictures are previews
WHITE: Triple = (1.0, 1.0, 1.0)


class Bench:
    """An empty Blender scene that is lit by groups and rendered once."""

    def __init__(self, threads: int = 2) -> None:
        self.threads = threads
        self.lights: dict[str, Light] = {}
        self.gobos: list[Any] = []
        self.reset()

    def reset(self) -> None:
        """Throw everything away."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.lights, self.gobos = {}, []

    @property
    def scene(self) -> Any:
        """Blender's scene."""
        return bpy.context.scene

    def sun(
        self, group: str, direction: Triple, strength: float, softness: float = 0.03, colour: Triple = WHITE
    ) -> Any:
        """Parallel light that travels along `direction`; softness is the tangent of its half angle."""
        data = bpy.data.lights.new(f"{group} sun", "SUN")
        data.energy, data.angle, data.color = strength * math.pi, 2 * math.atan(softness), colour
        lamp = self._hang(group, data, Vector(direction))
        self._note(group, Vector(direction), softness)
        return lamp

    def area(
        self,
        group: str,
        location: Triple,
        target: Triple,
        size: float | tuple[float, float],
        strength: float,
        *,
        colour: Triple = WHITE,
        spread: float = math.pi,
        mirrored: bool = True,
    ) -> Any:
        """A soft box, unseen by the camera; `mirrored` shows it in gloss. The strength is that at the target."""
        data = bpy.data.lights.new(f"{group} area", "AREA")
        wide, high = size if isinstance(size, tuple) else (size, size)
        data.shape, data.size, data.size_y, data.color, data.spread = "RECTANGLE", wide, high, colour, spread
        away = Vector(target) - Vector(location)
        data.energy = strength * math.pi * math.pi * away.length_squared
        lamp = self._hang(group, data, away)
        lamp.location, lamp.visible_camera, lamp.visible_glossy = location, False, mirrored
        self._note(group, away, math.sqrt(wide * high) / 2 / away.length)
        return lamp

    def world(
        self, group: str, source: str | Triple, strength: float = 1.0, rotation: float = 0.0, colourful: float = 0.3
    ) -> Any:
        """Light from all around: a colour, or one of bpy's world pictures by name (city courtyard forest interior night
        studio sunrise sunset), balanced to white and to a strength of 1 on a surface that faces up. Rotation in
        degrees; `colourful` is how much of the picture's saturation is kept."""
        world = bpy.data.worlds.new("world")
        self.scene.world, world.use_nodes, world.lightgroup = world, True, group
        background = world.node_tree.nodes["Background"]
        background.inputs["Strength"].default_value = strength
        if isinstance(source, tuple):
            background.inputs["Color"].default_value = (*source, 1)
        else:
            world.node_tree.links.new(
                panorama(world.node_tree, source, rotation, colourful), background.inputs["Color"]
            )
        return world

    def gobo(self, thing: Any) -> Any:
        """Let an object cast a shadow in the key light only, and be seen by nothing."""
        for ray in ("camera", "diffuse", "glossy", "transmission", "volume_scatter"):
            setattr(thing, f"visible_{ray}", False)
        self.gobos.append(thing)
        return thing

    def camera(
        self, location: Triple, target: Triple, lens: float = 75, fstop: float | None = 5.6, focus: float | None = None
    ) -> Any:
        """Look from location at target; lens in mm on a 36 mm wide sensor; focus in units, else as far as the target.
        A unit counts as 10 cm, so that an f-stop blurs as in a close studio shot."""
        data = bpy.data.cameras.new("camera")
        eye = bpy.data.objects.new("camera", data)
        self.scene.collection.objects.link(eye)
        away = Vector(target) - Vector(location)
        eye.location, eye.rotation_euler = location, away.to_track_quat("-Z", "Y").to_euler()
        data.lens, data.sensor_width, data.sensor_fit, data.clip_end = lens, SENSOR, "HORIZONTAL", 500
        data.dof.use_dof = fstop is not None
        data.dof.focus_distance = focus or away.length
        data.dof.aperture_fstop = (fstop or 22) / 10
        self.scene.camera = eye
        return eye

    def eye(self, pitch: float = 8.0, lens: float = 75, fstop: float | None = 5.6) -> Any:
        """The camera of an eye-level stage: looks down by `pitch` degrees, the foot of the spot and the size of a unit
        where the plate format wants them."""
        slope = math.radians(pitch)
        high = SENSOR * PLATE_SIZE[1] / PLATE_SIZE[0]
        away = lens * math.cos(slope) / (UNIT_EYE * high)
        middle = (FOOT_HEIGHT - 0.5) / UNIT_EYE / math.cos(slope)
        place = (0.0, -away * math.cos(slope), middle + away * math.sin(slope))
        return self.camera(place, (0.0, 0.0, middle), lens, fstop, away)

    def top(self, lens: float = 85) -> Any:
        """The camera of a flat lay: straight down, four units high, everything sharp."""
        high = SENSOR * PLATE_SIZE[1] / PLATE_SIZE[0]
        eye = self.camera((0.0, 0.0, lens / high / UNIT_TOP), (0.0, 0.0, 0.0), lens, None)
        eye.rotation_euler = (0.0, 0.0, 0.0)
        return eye

    def render_stage(
        self, spec: StageSpec, folder: Path, size: tuple[int, int] = PLATE_SIZE, samples: int | None = None
    ) -> plates.Baked:
        """Render once and write the plates and `scene.json` into the folder."""
        scene = self.scene
        passes.settle_engine(scene, samples or spec.samples, self.threads)
        near, far = spec.depth
        scene.world = scene.world or bpy.data.worlds.new("dark")
        scene.world.mist_settings.start, scene.world.mist_settings.depth = near, far - near
        scene.world.mist_settings.falloff = "LINEAR"
        passes.mark_paint(spec.paint)
        passes.mark_gloss(spec.glossy)
        self._spare_from_gobos()
        masks = [*([passes.PAINT] if spec.paint else []), *([passes.GLOSS] if spec.glossy else [])]
        groups = self.groups()
        found = passes.render_passes(scene, groups, masks, size, "FAST" if size[0] < ROUGH else "BALANCED")
        baked = plates.Baked(
            groups={name: found[name] * np.float32(spec.exposure * spec.gains.get(name, 1.0)) for name in groups},
            paint=found.get(passes.PAINT),
            reflection=found.get(passes.GLOSS),
            distance=near + found[passes.DISTANCE] * (far - near),
            camera=passes.camera_matrix(scene, size),
            lights=self.lights,
            probe={},
            combined=found[passes.COMBINED],
        )
        read = probing.probe(scene, groups, spec.spots[0][0])
        gains = {name: spec.exposure * spec.gains.get(name, 1.0) for name in groups}
        baked = replace(baked, probe={name: scaled(read[name], gains[name]) for name in groups})
        plates.write_stage(spec, baked, folder)
        return baked

    def groups(self) -> list[str]:
        """The light groups that something belongs to, in the order of the format."""
        used = {thing.lightgroup for thing in self.scene.objects} | {self.scene.world.lightgroup}
        return [name for name in GROUPS if name in used]

    def _hang(self, group: str, data: Any, away: Vector) -> Any:
        lamp = bpy.data.objects.new(data.name, data)
        self.scene.collection.objects.link(lamp)
        lamp.rotation_euler = away.to_track_quat("-Z", "Y").to_euler()
        lamp.lightgroup = group
        return lamp

    def _note(self, group: str, away: Vector, softness: float) -> None:
        self.lights.setdefault(group, Light(tuple(away.normalized()), softness))

    def _spare_from_gobos(self) -> None:
        """All lamps but the key shine through what only shapes the key."""
        if not self.gobos:
            return
        spared = bpy.data.collections.new("gobos")
        for thing in self.gobos:
            spared.objects.link(thing)
        for each in spared.collection_objects:
            each.light_linking.link_state = "EXCLUDE"
        for lamp in self.scene.objects:
            if lamp.type == "LIGHT" and lamp.lightgroup != "key":
                lamp.light_linking.blocker_collection = spared


def scaled(sides: dict[str, Sequence[float]], gain: float) -> dict[str, tuple[float, ...]]:
    """A probe's readings as bright as the plates."""
    return {side: tuple(float(value) * gain for value in light) for side, light in sides.items()}


def panorama(tree: Any, name: str, rotation: float, colourful: float) -> Any:
    """Colour output of one of bpy's world pictures, turned, balanced and paled."""
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(folder / f"{name}.exr"))
    turn, place = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("ShaderNodeTexCoord")
    turn.inputs["Rotation"].default_value = (0, 0, math.radians(rotation))
    balance, pale = tree.nodes.new("ShaderNodeVectorMath"), tree.nodes.new("ShaderNodeHueSaturation")
    balance.operation = "MULTIPLY"
    balance.inputs[1].default_value = 1.0 / overhead(picture.image)
    pale.inputs["Saturation"].default_value = colourful
    tree.links.new(place.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs["Vector"], picture.inputs["Vector"])
    tree.links.new(picture.outputs["Color"], balance.inputs[0])
    tree.links.new(balance.outputs[0], pale.inputs["Color"])
    return pale.outputs["Color"]


def overhead(image: Any) -> np.ndarray:
    """Mean light (RGB) that an equirectangular world picture sheds on a white surface facing up."""
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    rows = flat.reshape(height, width, 4)[..., :3].mean(axis=1)
    rise = (np.arange(height) + 0.5) / height * math.pi - math.pi / 2
    weight = np.clip(np.sin(rise), 0, None) * np.cos(rise)
    return np.asarray((rows * weight[:, None]).sum(axis=0) / weight.sum())
