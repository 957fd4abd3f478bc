"""What stands in the hall, read from its SDF world.

Only what the map needs of SDFormat 1.9 (sdformat.org/spec): static models of the world, their links
and collisions with poses, boxes and cylinders. What is included moves: robot, cups, people.
"""

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk_robot.navigation.pose import Point, Pose

CYLINDER_SIDES = 24


class WorldError(Exception):
    """The world file cannot be made a map of; the message names file and element."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A convex outline on the floor with the heights it reaches from and to, metres."""

    outline: tuple[Point, ...]
    bottom: float
    top: float


def read_world(path: Path) -> list[Obstacle]:
    """Every static collision of the world.

    :raises WorldError: the file is missing, is no SDF, or has a shape or pose that is not known.
    """
    try:
        world = ET.parse(path).getroot().find("world")  # noqa: S314  a file of our own
    except (OSError, ET.ParseError) as error:
        raise WorldError(f"{path}: cannot be read: {error}") from None
    if world is None:
        raise WorldError(f"{path}: no <world>")
    for include in world.findall("include"):
        if _is_static(include):
            raise WorldError(f"{path}: {include.findtext('uri')} is included and static: not read")
    models = filter(_is_static, world.findall("model"))
    return [obstacle for model in models for obstacle in _model(path, model)]


def _is_static(element: ET.Element) -> bool:
    return (element.findtext("static") or "").strip() in ("true", "1")


def _model(path: Path, model: ET.Element) -> Iterator[Obstacle]:
    at_model = _Frame.read(path, model)
    for link in model.findall("link"):
        at_link = at_model.then(_Frame.read(path, link))
        for collision in link.findall("collision"):
            at = at_link.then(_Frame.read(path, collision))
            yield _outline(path, collision, at)


@dataclass(frozen=True, slots=True)
class _Frame:
    """An upright pose: things of the hall stand on the floor."""

    plane: Pose
    z: float

    def then(self, step: "_Frame") -> "_Frame":
        return _Frame(self.plane.then(step.plane), self.z + step.z)

    @classmethod
    def read(cls, path: Path, element: ET.Element) -> "_Frame":
        pose = element.find("pose")
        if pose is None or not (pose.text or "").strip():
            return cls(Pose(0.0, 0.0), 0.0)
        name = f"{path}: pose of {element.get('name')!r}"
        if pose.get("relative_to"):
            raise WorldError(f"{name}: relative_to is not read here")
        try:
            x, y, z, roll, pitch, yaw = (float(word) for word in (pose.text or "").split())
        except ValueError:
            raise WorldError(f"{name}: six numbers are needed") from None
        if pose.get("degrees") in ("true", "1"):
            roll, pitch, yaw = (math.radians(angle) for angle in (roll, pitch, yaw))
        if abs(roll) > 1e-6 or abs(pitch) > 1e-6:
            raise WorldError(f"{name}: a thing that leans has no outline on the floor")
        return cls(Pose(x, y, yaw), z)


def _outline(path: Path, collision: ET.Element, at: _Frame) -> Obstacle:
    name = f"{path}: collision {collision.get('name')!r}"
    try:
        if (size := collision.findtext("geometry/box/size")) is not None:
            length, width, height = (float(word) for word in size.split())
            signs = ((1, 1), (-1, 1), (-1, -1), (1, -1))
            corners = [(dx * length / 2, dy * width / 2) for dx, dy in signs]
        elif (cylinder := collision.find("geometry/cylinder")) is not None:
            radius, height = (float(cylinder.findtext(key) or "") for key in ("radius", "length"))
            turns = [2 * math.pi * i / CYLINDER_SIDES for i in range(CYLINDER_SIDES)]
            corners = [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]
        else:
            raise WorldError(f"{name}: neither box nor cylinder")
    except ValueError:
        raise WorldError(f"{name}: its size is no numbers") from None
    placed = (at.plane.then(Pose(x, y)) for x, y in corners)
    outline = tuple((corner.x, corner.y) for corner in placed)
    return Obstacle(outline, at.z - height / 2, at.z + height / 2)
