"""The hall, the robot and the people in it without Gazebo: the same SDF files, run by Drake.

Lengths in metres, angles in radians, times in seconds of the simulation; x, y and yaw in the frame
`map`. Needs the group `sim` (`make sim`).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from kiosk_robot.drivers.simulated.rays import Cylinder, Upright, cast
from kiosk_robot.paths import REPOSITORY

Frame = NDArray[np.uint8]  # height x width x 3, BGR
Place = tuple[float, float, float]  # x, y, yaw

PACKAGES = REPOSITORY / "robot_ws" / "src"
WORLD = PACKAGES / "kiosk_gazebo" / "worlds" / "cua_nam.sdf"
MODELS = (PACKAGES / "kiosk_gazebo" / "models", PACKAGES / "kiosk_description" / "models")
STEP = 0.008
PERSON_RADIUS = 0.22
ROBOT_RADIUS = 0.25
AWAY = -5.0  # height of what is not in the hall now
CHUTE = {"water": (0.15, 0.055, 0.70), "candy": (0.15, -0.055, 0.70)}  # from the robot's middle
_ACTOR = re.compile(r"<actor\b.*?</actor>", re.DOTALL)
_WHEELS = ("left_wheel_joint", "right_wheel_joint")


@dataclass(frozen=True)
class Lens:
    """What a camera sees: size in pixels, horizontal field of view in radians."""

    width: int
    height: int
    field_of_view: float


class Twin:
    """One hall. Not thread-safe: step it, steer it and look through it from one thread."""

    def __init__(self, people: Sequence[str] = ()) -> None:
        """`people` are their names; they wait outside until they are placed.

        :raises ImportError: Drake is not installed.
        """
        from pydrake.geometry import MakeRenderEngineVtk, RenderEngineVtkParams
        from pydrake.multibody.parsing import Parser
        from pydrake.multibody.plant import (
            AddMultibodyPlantSceneGraph,
            DiscreteContactApproximation,
        )
        from pydrake.systems.analysis import Simulator
        from pydrake.systems.framework import DiagramBuilder

        self.robot: dict[str, Any] = yaml.safe_load(
            (PACKAGES / "kiosk_description" / "robot.yaml").read_text(encoding="utf-8")
        )
        builder = DiagramBuilder()
        self._plant, self._scene = AddMultibodyPlantSceneGraph(builder, STEP)
        # Of Drake's four, the fastest that lets the robot drive at all (decision 0026).
        self._plant.set_discrete_contact_approximation(DiscreteContactApproximation.kLagged)
        self._scene.AddRenderer(
            "camera", MakeRenderEngineVtk(RenderEngineVtkParams(lights=_lamps()))
        )
        parser = Parser(self._plant)
        for folder in MODELS:
            for model in folder.iterdir():
                parser.package_map().Add(model.name, str(model))
        # Drake 1.51 refuses actors with links; they are Gazebo's passers-by.
        parser.AddModelsFromString(_ACTOR.sub("", WORLD.read_text(encoding="utf-8")), "sdf")
        parser.SetAutoRenaming(True)
        self._people = {}
        for name in people:
            (model,) = parser.AddModels(str(MODELS[0] / "citizen" / "model.sdf"))
            self._people[name] = self._plant.GetBodyByName("body", model)
        self._wire()
        self._plant.Finalize()
        diagram = builder.Build()
        self._simulator = Simulator(diagram)
        self._context = self._plant.GetMyMutableContextFromRoot(
            self._simulator.get_mutable_context()
        )
        self._scene_context = self._scene.GetMyContextFromRoot(self._simulator.get_context())
        self._base = self._plant.GetBodyByName("base_link")
        self._put_away()
        self.drive(0.0, 0.0)
        self._simulator.Initialize()

    # --- time ---------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return float(self._simulator.get_context().get_time())

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._simulator.AdvanceTo(self.now + seconds)

    # --- the robot ----------------------------------------------------------------------------

    def drive(self, speed: float, turn: float) -> None:
        """Have the wheels turn for `speed` m/s ahead and `turn` rad/s to the left."""
        half, radius = self.robot["drive"]["separation"] / 2, self.robot["axle_height"]
        wheels = ((speed - half * turn) / radius, (speed + half * turn) / radius)
        desired = np.zeros(2 * self._plant.num_actuators(self._kiosk))
        count = self._plant.num_actuators(self._kiosk)
        for joint, rate in zip(_WHEELS, wheels, strict=True):
            desired[count + self._actuators.index(joint)] = rate
        self._plant.get_desired_state_input_port(self._kiosk).FixValue(self._context, desired)

    @property
    def place(self) -> Place:
        """Where the robot is."""
        pose = self._base.EvalPoseInWorld(self._context)
        x, y, _ = pose.translation()
        ahead = pose.rotation().matrix()[:, 0]
        return float(x), float(y), math.atan2(ahead[1], ahead[0])

    @property
    def speeds(self) -> tuple[float, float]:
        """Speed ahead in m/s and turn to the left in rad/s."""
        motion = self._base.EvalSpatialVelocityInWorld(self._context)
        yaw = self.place[2]
        v = motion.translational()
        return float(v[0] * math.cos(yaw) + v[1] * math.sin(yaw)), float(motion.rotational()[2])

    def set_robot(self, place: Place) -> None:
        """Put the robot somewhere, at rest."""
        x, y, yaw = place
        pose = _at((x, y, self.robot["axle_height"]), yaw=yaw)
        self._plant.SetFreeBodyPose(self._context, self._base, pose)
        self._plant.SetVelocities(
            self._context, self._kiosk, np.zeros(self._plant.num_velocities(self._kiosk))
        )

    def is_touching(self) -> bool:
        """Whether the robot touches anything but the floor and what lies in its tray."""
        results = self._plant.get_contact_results_output_port().Eval(self._context)
        own = set(self._plant.GetBodyIndices(self._kiosk))
        for index in range(results.num_point_pair_contacts()):
            pair = results.point_pair_contact_info(index)
            bodies = {pair.bodyA_index(), pair.bodyB_index()}
            if bodies & own and bodies & self._obstacles:
                return True
        return False

    # --- people and things --------------------------------------------------------------------

    def set_person(self, name: str, place: Place | None) -> None:
        """Put somebody somewhere; None is outside."""
        self._set_pose(self._people[name], (*place[:2], 0.0) if place else (0, 0, AWAY),
                       yaw=place[2] if place else 0.0)  # fmt: skip

    def person(self, name: str) -> Place | None:
        """Where somebody is; None outside."""
        pose = self._people[name].EvalPoseInWorld(self._context)
        x, y, z = pose.translation()
        if z < 0.5 * AWAY:
            return None
        ahead = pose.rotation().matrix()[:, 0]
        return float(x), float(y), math.atan2(ahead[1], ahead[0])

    def clearance(self) -> float:
        """Between the robot's skin and the nearest person's; infinite without people."""
        x, y, _ = self.place
        places = [place for name in self._people if (place := self.person(name))]
        gaps = [math.hypot(px - x, py - y) - PERSON_RADIUS - ROBOT_RADIUS for px, py, _ in places]
        return min(gaps, default=math.inf)

    def show_card(
        self, distance: float, turn: float = 0.0, tilt: float = 0.0, lean: float = 0.0,
        code_aside: float = 0.0,
    ) -> None:  # fmt: skip
        """Hold the card up before the camera, its front to the lens.

        `distance` from the lens; rotated by `turn` in the picture, `tilt` to the side and `lean`
        backwards; `code_aside` moves it towards the middle by that part of the code's offset.
        """
        facing = _at((distance, 0, 0), yaw=math.pi)
        held = _at((0, 0, 0), roll=turn, pitch=lean, yaw=tilt)
        aside = _at((0, -code_aside * 0.03, -code_aside * 0.014))
        self._plant.SetFreeBodyPose(
            self._context, self._card, self._camera_pose() @ facing @ held @ aside
        )

    def hide_card(self) -> None:
        """Put it away."""
        self._set_pose(self._card, (0, 0, AWAY))

    def drop(self, item: str) -> None:
        """Let a piece of what is dispensed fall from the chute."""
        body = self._things[item]
        base = self._plant.GetFrameByName("base_footprint").CalcPoseInWorld(self._context)
        body.Unlock(self._context)
        self._plant.SetFreeBodyPose(self._context, body, base @ _at(CHUTE[item]))
        self._plant.SetFreeBodySpatialVelocity(
            self._context, body, self._base.EvalSpatialVelocityInWorld(self._context)
        )

    def in_tray(self, item: str) -> bool:
        """Whether a piece lies in the tray."""
        tray = self._plant.GetBodyByName("tray").EvalPoseInWorld(self._context)
        place = self._things[item].EvalPoseInWorld(self._context).translation()
        x, y, z = tray.inverse() @ place
        return bool(abs(x) < 0.065 and abs(y) < 0.12 and 0 < z < 0.12)

    def take(self, item: str) -> None:
        """Somebody takes it out of the tray."""
        body = self._things[item]
        self._set_pose(body, (0, 0, AWAY))
        body.Lock(self._context)

    # --- what sensors see ---------------------------------------------------------------------

    def scan(self) -> NDArray[np.float64]:
        """Distances around the lidar, counter-clockwise from straight behind; inf: nothing."""
        lidar = self.robot["sensors"]["lidar"]
        rays = lidar["rays"]
        angles = -math.pi + (np.arange(rays) + 0.5) * 2 * math.pi / rays
        seen = self._look("lidar", angles)
        seen[(seen < lidar["nearest"]) | (seen > lidar["farthest"])] = math.inf
        return seen

    def range_ahead(self) -> float:
        """Of the range sensor; inf: nothing within its reach."""
        sensor = self.robot["sensors"]["range"]
        half = sensor["field_of_view"] / 2
        nearest = float(self._look("range_sensor_frame", np.linspace(-half, half, 5)).min())
        return nearest if nearest <= sensor["farthest"] else math.inf

    def frame(self) -> Frame:
        """What the robot's camera sees now."""
        camera = self.robot["sensors"]["camera"]
        lens = Lens(camera["width"], camera["height"], camera["field_of_view"])
        return self.render(lens, self._camera_pose())

    def picture(self, eye: Sequence[float], at: Sequence[float], lens: Lens) -> Frame:
        """The hall as seen from `eye`, looking at the point `at`."""
        x, y, z = np.subtract(at, eye)
        up = -math.atan2(z, math.hypot(x, y))
        return self.render(lens, _at(eye, pitch=up, yaw=math.atan2(y, x)))

    def render(self, lens: Lens, pose: Any) -> Frame:
        """What a camera at `pose` sees, x ahead and z up as in Gazebo."""
        from pydrake.geometry import (
            ClippingRange,
            ColorRenderCamera,
            RenderCameraCore,
        )
        from pydrake.systems.sensors import CameraInfo

        focal = lens.width / 2 / math.tan(lens.field_of_view / 2)
        info = CameraInfo(
            lens.width, lens.height, focal, focal, lens.width / 2 - 0.5, lens.height / 2 - 0.5
        )
        core = RenderCameraCore("camera", info, ClippingRange(0.05, 30.0), _at((0, 0, 0)))
        optical = _at((0, 0, 0), roll=-math.pi / 2, yaw=-math.pi / 2)
        query = self._scene.get_query_output_port().Eval(self._scene_context)
        image = query.RenderColorImage(
            ColorRenderCamera(core), self._scene.world_frame_id(), pose @ optical
        )
        return np.ascontiguousarray(image.data[:, :, 2::-1])

    # --- inside -------------------------------------------------------------------------------

    def _wire(self) -> None:
        """Gains of the wheels and the tray; everything that is known by name."""
        from pydrake.multibody.tree import PdControllerGains

        plant = self._plant
        self._kiosk = plant.GetModelInstanceByName("kiosk")
        self._card = plant.GetBodyByName("card")
        self._things = {
            item: plant.GetBodyByName("link", plant.GetModelInstanceByName(item)) for item in CHUTE
        }
        self._actuators = []
        for index in plant.GetJointActuatorIndices():
            actuator = plant.get_joint_actuator(index)
            name = actuator.joint().name()
            gains = (0.0, 5.0) if name in _WHEELS else (200.0, 10.0)
            actuator.set_controller_gains(PdControllerGains(p=gains[0], d=gains[1]))
            self._actuators.append(name)
        moving = {"kiosk", "floor", "card", *CHUTE}
        self._obstacles = {
            body
            for model in map(plant.GetModelInstanceByName, self._model_names())
            if plant.GetModelInstanceName(model) not in moving
            for body in plant.GetBodyIndices(model)
        }

    def _model_names(self) -> list[str]:
        from pydrake.multibody.tree import ModelInstanceIndex

        count = self._plant.num_model_instances()
        names = [self._plant.GetModelInstanceName(ModelInstanceIndex(n)) for n in range(2, count)]
        return list(names)

    def _put_away(self) -> None:
        outside = [self._plant.GetBodyByName("body", self._plant.GetModelInstanceByName("citizen"))]
        for body in (*outside, *self._people.values(), self._card, *self._things.values()):
            self._set_pose(body, (0, 0, AWAY))
            body.Lock(self._context)

    def _set_pose(self, body: Any, at: Sequence[float], yaw: float = 0.0) -> None:
        pose = _at(at, yaw=yaw)
        self._plant.SetFreeBodyPose(self._context, body, pose)

    def _camera_pose(self) -> Any:
        return self._plant.GetFrameByName("camera_link").CalcPoseInWorld(self._context)

    def _look(self, frame: str, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        eye = self._plant.GetFrameByName(frame).CalcPoseInWorld(self._context).translation()
        people = [
            Cylinder(place[0], place[1], PERSON_RADIUS, 0.0, 1.6)
            for name in self._people
            if (place := self.person(name))
        ]
        return cast(eye, angles + self.place[2], self._boxes, people)

    @cached_property
    def _boxes(self) -> list[Upright]:
        """Every box of the hall that stands still, from the geometry engine itself."""
        from pydrake.geometry import Box, Role

        inspector = self._scene.model_inspector()
        query = self._scene.get_query_output_port().Eval(self._scene_context)
        boxes = []
        for geometry in inspector.GetAllGeometryIds(Role.kProximity):
            shape = inspector.GetShape(geometry)
            body = self._plant.GetBodyFromFrameId(inspector.GetFrameId(geometry))
            if not isinstance(shape, Box) or body.index() not in self._obstacles:
                continue
            pose = query.GetPoseInWorld(geometry)
            x, y, z = pose.translation()
            yaw = math.atan2(pose.rotation().matrix()[1, 0], pose.rotation().matrix()[0, 0])
            boxes.append(
                Upright(x, y, yaw, shape.width() / 2, shape.depth() / 2,
                        z - shape.height() / 2, z + shape.height() / 2)
            )  # fmt: skip
        return boxes


def _at(place: Sequence[float], *, roll: float = 0, pitch: float = 0, yaw: float = 0) -> Any:
    """Drake's pose."""
    from pydrake.math import RigidTransform, RollPitchYaw

    return RigidTransform(RollPitchYaw(roll, pitch, yaw), np.asarray(place, float))


def _lamps() -> list[Any]:
    """Daylight, and two lamps so that no side is black."""
    from pydrake.geometry import LightParameter

    ways = {(-0.3, 0.5, -0.8): 0.9, (0.7, 0.3, -0.2): 0.45, (-0.6, -0.7, -0.2): 0.45}
    return [
        LightParameter(type="directional", frame="world", direction=list(way), intensity=bright)
        for way, bright in ways.items()
    ]
