#!/usr/bin/env python3
"""Writes the robot's URDF and SDF from robot.yaml, so that the two cannot differ.

.venv/bin/python robot_ws/src/kiosk_description/generate.py
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import yaml

HERE = Path(__file__).parent
URDF = HERE / "urdf" / "kiosk.urdf"
SDF = HERE / "models" / "kiosk" / "model.sdf"
NOTICE = "<!-- Generated from robot.yaml by generate.py: change those, not this. -->"
DISPENSED = ("water", "candy")  # models that hang in the chute until they are dispensed


@dataclass(frozen=True)
class Inertia:
    """Mass in kg, centre of mass in m from the link's origin, tensor in kg m² about that centre."""

    mass: float
    centre: np.ndarray
    tensor: np.ndarray


def main() -> None:
    """Write both files."""
    robot = yaml.safe_load((HERE / "robot.yaml").read_text(encoding="utf-8"))
    for path, text in ((URDF, urdf(robot)), (SDF, sdf(robot))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def link_inertia(link: dict[str, Any]) -> Inertia:
    """Of all parts of a link together."""
    parts = list(link["parts"].values())
    mass = sum(part["mass"] for part in parts)
    places = [np.subtract(part["at"], link["at"]) for part in parts]
    centre = sum(part["mass"] * place for part, place in zip(parts, places, strict=True)) / mass
    tensor = np.zeros((3, 3))
    for part, place in zip(parts, places, strict=True):
        turn = rotation(part.get("rpy", (0, 0, 0)))
        away = place - centre
        steiner = part["mass"] * (away @ away * np.eye(3) - np.outer(away, away))
        tensor += turn @ np.diag(solid_moments(part)) @ turn.T + steiner
    return Inertia(mass, centre, tensor)


def solid_moments(part: dict[str, Any]) -> tuple[float, float, float]:
    """Principal moments of a homogeneous solid about its own axes, kg m²."""
    mass = part["mass"]
    if "box" in part:
        x, y, z = (side * side for side in part["box"])
        return mass / 12 * (y + z), mass / 12 * (x + z), mass / 12 * (x + y)
    if "cylinder" in part:
        radius, height = part["cylinder"]
        across = mass / 12 * (3 * radius**2 + height**2)
        return across, across, mass / 2 * radius**2
    return (0.4 * mass * part["sphere"] ** 2,) * 3


def rotation(rpy: tuple[float, float, float]) -> np.ndarray:
    """Matrix of roll, pitch and yaw about fixed axes, as URDF and SDF have it."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    return np.array(
        [
            (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
            (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
            (-sp, cp * sr, cp * cr),
        ]
    )


# --- URDF -----------------------------------------------------------------------------------------


def urdf(robot: dict[str, Any]) -> str:
    """The robot for robot_state_publisher and RViz."""
    links, frames = robot["links"], robot["frames"]
    lines = [
        '<?xml version="1.0"?>',
        NOTICE,
        '<robot name="kiosk">',
        '  <link name="base_footprint"/>',
    ]
    for name, link in links.items():
        lines += urdf_link(name, link)
    lines += fixed_joint("base_footprint", "base_link", links["base_link"]["at"], (0, 0, 0))
    for name, joint in robot["joints"].items():
        at = np.subtract(links[joint["child"]]["at"], links["base_link"]["at"])
        axis = joint.get("turns_about") or joint["slides_along"]
        kind = "continuous" if "turns_about" in joint else "prismatic"
        lines += [
            f'  <joint name="{name}" type="{kind}">',
            '    <parent link="base_link"/>',
            f'    <child link="{joint["child"]}"/>',
            f"    <origin xyz={numbers(at)}/>",
            f"    <axis xyz={numbers(axis)}/>",
        ]
        ends = f'lower="{joint["from"]}" upper="{joint["to"]}" ' if "to" in joint else ""
        lines.append(f'    <limit {ends}effort="{joint["effort"]}" velocity="{joint["speed"]}"/>')
        lines.append("  </joint>")
    for name, frame in frames.items():
        if name == "base_footprint":
            continue
        parent = frame.get("seen_from", "base_link")
        base = frames[parent]["at"] if parent in frames else links[parent]["at"]
        lines.append(f'  <link name="{name}"/>')
        at = np.subtract(frame["at"], base)
        lines += fixed_joint(parent, name, at, frame.get("rpy", (0, 0, 0)))
    return "\n".join([*lines, "</robot>", ""])


def urdf_link(name: str, link: dict[str, Any]) -> list[str]:
    """A link with its inertia, and one visual and, if solid, one collision a part."""
    inertia = link_inertia(link)
    t = inertia.tensor
    lines = [
        f'  <link name="{name}">',
        "    <inertial>",
        f"      <origin xyz={numbers(inertia.centre)}/>",
        f'      <mass value="{inertia.mass:g}"/>',
        f'      <inertia ixx="{t[0, 0]:.6g}" ixy="{t[0, 1]:.6g}" ixz="{t[0, 2]:.6g}"'
        f' iyy="{t[1, 1]:.6g}" iyz="{t[1, 2]:.6g}" izz="{t[2, 2]:.6g}"/>',
        "    </inertial>",
    ]
    for part_name, part in link["parts"].items():
        at = numbers(np.subtract(part["at"], link["at"]))
        origin = f"      <origin xyz={at} rpy={numbers(part.get('rpy', (0, 0, 0)))}/>"
        shape = f"      <geometry>{urdf_shape(part)}</geometry>"
        colour = " ".join(f"{value:g}" for value in (*part["colour"], 1))
        lines += [
            f'    <visual name="{part_name}_visual">', origin, shape,
            f'      <material name="{part_name}"><color rgba="{colour}"/></material>',
            "    </visual>",
        ]  # fmt: skip
        if part.get("solid", True):
            lines += [
                f'    <collision name="{part_name}_solid">',
                origin,
                shape,
                "    </collision>",
            ]
    return [*lines, "  </link>"]


def urdf_shape(part: dict[str, Any]) -> str:
    """The primitive of a part."""
    if "box" in part:
        return f"<box size={numbers(part['box'])}/>"
    if "cylinder" in part:
        radius, length = part["cylinder"]
        return f'<cylinder radius="{radius:g}" length="{length:g}"/>'
    return f'<sphere radius="{part["sphere"]:g}"/>'


def fixed_joint(parent: str, child: str, at: Any, rpy: Any) -> list[str]:
    """A frame that does not move."""
    return [
        f'  <joint name="{child}_fixed" type="fixed">',
        f'    <parent link="{parent}"/>',
        f'    <child link="{child}"/>',
        f"    <origin xyz={numbers(at)} rpy={numbers(rpy)}/>",
        "  </joint>",
    ]


# --- SDF ------------------------------------------------------------------------------------------


def sdf(robot: dict[str, Any]) -> str:
    """The robot for Gazebo and for Drake, with its sensors and the plugins that drive it."""
    lines = ['<?xml version="1.0"?>', NOTICE, '<sdf version="1.9">', '  <model name="kiosk">']
    lines.append('    <link name="base_link">')
    lines += sdf_link(robot["links"]["base_link"])
    lines += sensors(robot)
    lines.append("    </link>")
    for name, link in robot["links"].items():
        if name != "base_link":
            lines += [f'    <link name="{name}">', *sdf_link(link), "    </link>"]
    for name, joint in robot["joints"].items():
        lines += sdf_joint(name, joint)
    for name, frame in robot["frames"].items():
        parent = frame.get("seen_from")
        if parent:
            at = np.subtract(frame["at"], robot["frames"][parent]["at"])
        else:
            parent = "base_link"
            at = np.subtract(frame["at"], robot["links"]["base_link"]["at"])
        lines.append(
            f'    <frame name="{name}" attached_to="{parent}">'
            f"<pose>{plain((*at, *frame.get('rpy', (0, 0, 0))))}</pose></frame>"
        )
    return "\n".join([*lines, *plugins(robot), "  </model>", "</sdf>", ""])


def sdf_link(link: dict[str, Any]) -> list[str]:
    """What is inside a link."""
    inertia = link_inertia(link)
    t = inertia.tensor
    lines = [
        f"      <pose>{plain(link['at'])} 0 0 0</pose>",
        "      <inertial>",
        f"        <pose>{plain(inertia.centre)} 0 0 0</pose>",
        f"        <mass>{inertia.mass:g}</mass>",
        "        <inertia>",
        f"          <ixx>{t[0, 0]:.6g}</ixx><ixy>{t[0, 1]:.6g}</ixy><ixz>{t[0, 2]:.6g}</ixz>",
        f"          <iyy>{t[1, 1]:.6g}</iyy><iyz>{t[1, 2]:.6g}</iyz><izz>{t[2, 2]:.6g}</izz>",
        "        </inertia>",
        "      </inertial>",
    ]
    for name, part in link["parts"].items():
        place = (*np.subtract(part["at"], link["at"]), *part.get("rpy", (0, 0, 0)))
        pose = f"        <pose>{plain(place)}</pose>"
        shape = f"        <geometry>{sdf_shape(part)}</geometry>"
        colour = plain((*part["colour"], 1))
        lines += [
            f'      <visual name="{name}_visual">', pose, shape,
            f"        <material><ambient>{colour}</ambient><diffuse>{colour}</diffuse></material>",
            "      </visual>",
        ]  # fmt: skip
        if part.get("solid", True):
            lines += [f'      <collision name="{name}_solid">', pose, shape]
            if "friction" in part:
                mu = part["friction"]
                lines.append(
                    f"        <surface><friction><ode><mu>{mu}</mu><mu2>{mu}</mu2></ode></friction></surface>"
                )
            lines.append("      </collision>")
    return lines


def sdf_shape(part: dict[str, Any]) -> str:
    """The primitive of a part."""
    if "box" in part:
        return f"<box><size>{plain(part['box'])}</size></box>"
    if "cylinder" in part:
        radius, length = part["cylinder"]
        return f"<cylinder><radius>{radius:g}</radius><length>{length:g}</length></cylinder>"
    return f"<sphere><radius>{part['sphere']:g}</radius></sphere>"


def sdf_joint(name: str, joint: dict[str, Any]) -> list[str]:
    """A wheel's or the tray's joint."""
    axis = joint.get("turns_about") or joint["slides_along"]
    kind = "revolute" if "turns_about" in joint else "prismatic"
    lines = [
        f'    <joint name="{name}" type="{kind}">',
        "      <parent>base_link</parent>",
        f"      <child>{joint['child']}</child>",
        "      <axis>",
        f"        <xyz>{plain(axis)}</xyz>",
    ]
    ends = f"<lower>{joint['from']}</lower><upper>{joint['to']}</upper>" if "to" in joint else ""
    lines.append(f"        <limit>{ends}<effort>{joint['effort']}</effort></limit>")
    if "to" in joint:
        lines.append("        <dynamics><damping>20</damping></dynamics>")
    return [*lines, "      </axis>", "    </joint>"]


def sensors(robot: dict[str, Any]) -> list[str]:
    """Camera, lidar, range sensor and bumper, as Gazebo has them. Drake leaves them out."""
    camera, lidar, reach = (robot["sensors"][name] for name in ("camera", "lidar", "range"))
    half = reach["field_of_view"] / 2
    return [
        '      <sensor name="camera" type="camera">',
        f'        <pose relative_to="{camera["frame"]}">0 0 0 0 0 0</pose>',
        "        <topic>camera/image_raw</topic>",
        f"        <update_rate>{camera['rate']}</update_rate>",
        "        <camera>",
        f"          <horizontal_fov>{camera['field_of_view']}</horizontal_fov>",
        f"          <image><width>{camera['width']}</width><height>{camera['height']}</height>"
        "<format>R8G8B8</format></image>",
        "          <clip><near>0.05</near><far>20</far></clip>",
        "        </camera>",
        "      </sensor>",
        *ray_sensor("lidar", "scan", lidar, lidar["rays"], math.pi * (1 - 1 / lidar["rays"])),
        *ray_sensor("range_sensor", "simulation/range", reach, 5, half),
        '      <sensor name="bumper" type="contact">',
        "        <contact><collision>chassis_solid</collision></contact>",
        "        <update_rate>50</update_rate>",
        "      </sensor>",
    ]


def ray_sensor(name: str, topic: str, rays: dict[str, Any], count: int, half: float) -> list[str]:
    """Rays in one plane, to both sides of straight ahead."""
    return [
        f'      <sensor name="{name}" type="gpu_lidar">',
        f'        <pose relative_to="{rays["frame"]}">0 0 0 0 0 0</pose>',
        f"        <topic>{topic}</topic>",
        f"        <update_rate>{rays['rate']}</update_rate>",
        "        <lidar>",
        "          <scan><horizontal>",
        f"            <samples>{count}</samples><resolution>1</resolution>",
        f"            <min_angle>{-half:.6f}</min_angle><max_angle>{half:.6f}</max_angle>",
        "          </horizontal></scan>",
        f"          <range><min>{rays['nearest']}</min><max>{rays['farthest']}</max>"
        "<resolution>0.01</resolution></range>",
        "        </lidar>",
        "      </sensor>",
    ]


def plugins(robot: dict[str, Any]) -> list[str]:
    """Gazebo's own systems, by their documented names."""
    drive = robot["drive"]
    lines = system(
        "diff-drive", "DiffDrive",
        left_joint="left_wheel_joint", right_joint="right_wheel_joint",
        wheel_separation=drive["separation"], wheel_radius=robot["axle_height"],
        odom_publish_frequency=30, topic="cmd_vel", odom_topic="odom", tf_topic="tf",
        frame_id="odom", child_frame_id="base_footprint",
        max_linear_velocity=drive["fastest"], min_linear_velocity=-drive["fastest"],
        max_angular_velocity=drive["fastest_turn"], min_angular_velocity=-drive["fastest_turn"],
        max_linear_acceleration=drive["acceleration"],
        min_linear_acceleration=-drive["acceleration"],
        max_angular_acceleration=drive["turn_acceleration"],
        min_angular_acceleration=-drive["turn_acceleration"],
    )  # fmt: skip
    lines += system("joint-state-publisher", "JointStatePublisher", topic="joint_states")
    lines += system(
        "joint-position-controller", "JointPositionController",
        joint_name="tray_joint", topic="dispenser/tray_position", p_gain=200, d_gain=10,
    )  # fmt: skip
    # Solid things of the world have names that end so; the floor has not.
    lines += system(
        "touchplugin",
        "TouchPlugin",
        target="_obstacle",
        time=0.02,
        namespace="bumper",
        enabled="true",
    )
    lines += system(
        "linearbatteryplugin", "LinearBatteryPlugin",
        battery_name="main", voltage=25.6, open_circuit_voltage_constant_coef=25.6,
        open_circuit_voltage_linear_coef=-2.0, initial_charge=20.0, capacity=20.0,
        resistance=0.05, smooth_current_tau=1.0, power_load=60.0, fix_issue_225="true",
        enable_recharge="false",
    )  # fmt: skip
    for item in DISPENSED:
        lines += system(
            "detachable-joint", "DetachableJoint",
            parent_link="base_link", child_model=item, child_model_link="link",
            detach_topic=f"/simulation/drop_{item}",
        )  # fmt: skip
    return lines


def system(file: str, name: str, **settings: object) -> list[str]:
    """A plugin with its settings."""
    return [
        f'    <plugin filename="gz-sim-{file}-system" name="gz::sim::systems::{name}">',
        *(f"      <{key}>{value}</{key}>" for key, value in settings.items()),
        "    </plugin>",
    ]


def numbers(values: Any) -> str:
    """As an attribute."""
    return quoteattr(plain(values))


def plain(values: Any) -> str:
    """Numbers with blanks between; no -0."""
    return " ".join(f"{round(float(value), 6) + 0.0:g}" for value in values)


if __name__ == "__main__":
    main()
