#!/usr/bin/env python3
"""Writes worlds/cua_nam.sdf and the models of the hall from hall.yaml.

.venv/bin/python robot_ws/src/kiosk_gazebo/generate.py
"""

import math
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw

from kiosk_robot.demo import CARD
from kiosk_robot.drivers.simulated.card_image import flat_card
from kiosk_robot.printing.layout import typeface

HERE = Path(__file__).parent
NOTICE = "<!-- Generated from hall.yaml by generate.py: change those, not this. -->"
CARD_SIDES = (0.0856, 0.0540)  # metres; ISO/IEC 7810 ID-1
SIGN_SIDES = (0.9, 0.45)
WALL, WOOD, SEAT, GREEN = (
    (0.93, 0.92, 0.88),
    (0.55, 0.38, 0.22),
    (0.15, 0.35, 0.55),
    (0.2, 0.5, 0.25),
)
SKIN, SHIRT = (0.85, 0.68, 0.55), (0.35, 0.45, 0.65)
PERSON_HEIGHT, PERSON_RADIUS = 1.62, 0.22


def main() -> None:
    """Write everything."""
    hall = yaml.safe_load((HERE / "hall.yaml").read_text(encoding="utf-8"))
    write("worlds/cua_nam.sdf", world(hall))
    for name, text in models(hall).items():
        write(f"models/{name}/model.sdf", text)
    for number in hall["counters"]:
        textured_plate(f"sign_{number}", SIGN_SIDES, sign(f"Quầy {number}"))
    textured_plate("board", (hall["board"]["box"][0], hall["board"]["box"][2]), board(hall))
    card = Image.fromarray(flat_card(CARD).picture[:, :, ::-1])
    textured_plate("card", CARD_SIDES, card)


def write(path: str, text: str) -> None:
    """A file of this package."""
    file = HERE / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


# --- the world ------------------------------------------------------------------------------------


def world(hall: dict[str, Any]) -> str:
    """Hall, robot, people; with the systems of Gazebo that run it."""
    lines = [
        '<?xml version="1.0"?>', NOTICE, '<sdf version="1.9">', '  <world name="cua_nam">',
        '    <physics name="2ms" type="dart">',
        "      <max_step_size>0.002</max_step_size><real_time_factor>1.0</real_time_factor>",
        "    </physics>",
        "    <gravity>0 0 -9.81</gravity>",
        '    <light type="directional" name="daylight">',
        "      <pose>0 0 8 0 0 0</pose><diffuse>0.8 0.8 0.8 1</diffuse><specular>0.1 0.1 0.1 1</specular>",
        "      <direction>-0.3 0.4 -0.9</direction><cast_shadows>true</cast_shadows>",
        "    </light>",
        "    <scene><ambient>0.6 0.6 0.6 1</ambient><background>0.8 0.85 0.9 1</background></scene>",
    ]  # fmt: skip
    for file, name in (
        ("physics", "Physics"), ("user-commands", "UserCommands"),
        ("scene-broadcaster", "SceneBroadcaster"), ("contact", "Contact"),
    ):  # fmt: skip
        lines.append(
            f'    <plugin filename="gz-sim-{file}-system" name="gz::sim::systems::{name}"/>'
        )
    lines += [
        '    <plugin filename="gz-sim-sensors-system" name="gz::sim::systems::Sensors">',
        "      <render_engine>ogre2</render_engine>",
        "    </plugin>",
        *static(
            "floor",
            box("floor", (16, 14, 0.1), (0, -0.5, -0.05), (0.78, 0.76, 0.72), solid="ground"),
        ),
    ]
    for name, wall in hall["walls"].items():
        lines += static(name, box(name, wall["box"], wall["at"], WALL))
    for number, counter in hall["counters"].items():
        lines += static(f"counter_{number}", counter_parts(number, counter))
    for name, row in hall["seats"].items():
        lines += static(name, seat_parts(row))
    for name in ("plant_left", "plant_right"):
        x, y = hall[name]["at"]
        lines += static(
            name,
            box("pot", (0.4, 0.4, 0.4), (x, y, 0.2), WOOD)
            + box("leaves", (0.5, 0.5, 0.8), (x, y, 0.8), GREEN),
        )
    lines += static("board", box("board", hall["board"]["box"], hall["board"]["at"], (0.1, 0.1, 0.12))
                    + plate("board", (hall["board"]["at"][0], hall["board"]["at"][1] - 0.045,
                                      hall["board"]["at"][2]), -math.pi / 2))  # fmt: skip
    x, y = hall["dock"]["at"]
    lines += static("dock", box("dock", (0.5, 0.2, 0.3), (x, y, 0.15), (0.15, 0.15, 0.18)))
    x, y = hall["robot"]["at"]
    yaw = hall["robot"]["yaw"]
    lines += include("kiosk", "kiosk", (x, y, 0, 0, 0, yaw))
    for name, side in (("water", 0.055), ("candy", -0.055)):
        ahead = (
            x + 0.15 * math.cos(yaw) - side * math.sin(yaw),
            y + 0.15 * math.sin(yaw) + side * math.cos(yaw),
        )
        lines += include(name, name, (*ahead, 0.70, 0, 0, yaw))
    lines += include("citizen", "citizen", (0, -6.2, 0, 0, 0, math.pi / 2))
    lines += include("card", "card", (0.25, -6.2, 0.8, 0, 0, math.pi / 2))
    for name, steps in hall["actors"].items():
        lines += actor(name, steps)
    return "\n".join([*lines, "  </world>", "</sdf>", ""])


def counter_parts(number: str, counter: dict[str, Any]) -> list[str]:
    """Desk, back board and the sign above."""
    (x, y), yaw = counter["at"], counter["yaw"]
    along = abs(math.cos(yaw)) > 0.5  # the front looks along x
    desk = (0.7, 1.8, 1.05) if along else (1.8, 0.7, 1.05)
    ahead = (0.36 * math.cos(yaw), 0.36 * math.sin(yaw))
    sign_at = (x + ahead[0], y + ahead[1], 2.1)
    post = box("post", (0.06, 0.06, 1.2), (x, y, 1.65), (0.5, 0.5, 0.5), solid=None)
    return [
        *box("desk", desk, (x, y, desk[2] / 2), WOOD),
        *post,
        *plate(f"sign_{number}", sign_at, yaw),
    ]


def seat_parts(row: dict[str, Any]) -> list[str]:
    """Four seats on one beam, with backs."""
    (x, y), yaw = row["at"], row["yaw"]
    back = (x - 0.21 * math.cos(yaw), y - 0.21 * math.sin(yaw))
    return [
        *box("bench", (2.1, 0.48, 0.44), (x, y, 0.22), SEAT),
        *box("back", (2.1, 0.06, 0.42), (*back, 0.65), SEAT),
    ]


def static(name: str, parts: list[str]) -> list[str]:
    """A model that stays where it is; its parts are placed in the world's frame."""
    return [
        f'    <model name="{name}">', "      <static>true</static>", '      <link name="link">',
        *parts, "      </link>", "    </model>",
    ]  # fmt: skip


def box(
    name: str,
    size: Any,
    at: Any,
    colour: tuple[float, float, float],
    solid: str | None = "obstacle",
) -> list[str]:
    """Visual and collision. The bumper feels only what is called an obstacle."""
    pose, sides = f"<pose>{plain(at)} 0 0 0</pose>", f"<box><size>{plain(size)}</size></box>"
    lines = [
        f'        <visual name="{name}_visual">{pose}',
        f"          <geometry>{sides}</geometry>",
        f"          {material(colour)}",
        "        </visual>",
    ]
    if solid:
        lines += [
            f'        <collision name="{name}_{solid}">{pose}',
            f"          <geometry>{sides}</geometry>",
            "        </collision>",
        ]
    return lines


def plate(name: str, at: Any, yaw: float) -> list[str]:
    """A picture seen from where `yaw` points to."""
    return [
        f'        <visual name="{name}_picture"><pose>{plain((*at, 0, 0, yaw))}</pose>',
        f"          <geometry><mesh><uri>model://{name}/{name}.obj</uri></mesh></geometry>",
        "        </visual>",
    ]


def include(name: str, model: str, pose: Any) -> list[str]:
    """One of the models of this package or the robot."""
    return [
        f"    <include><name>{name}</name><uri>model://{model}/model.sdf</uri>"
        f"<pose>{plain(pose)}</pose></include>"
    ]


def actor(name: str, steps: list[list[float]]) -> list[str]:
    """Somebody who walks a round again and again."""
    lines = [
        f'    <actor name="{name}">',
        '      <link name="body">', *person_visuals(SHIRT), "      </link>",
        "      <script><loop>true</loop><auto_start>true</auto_start>",
        '        <trajectory id="0" type="walk">',
    ]  # fmt: skip
    yaw = 0.0
    for here, there in zip(steps, steps[1:] + steps[:1], strict=True):
        if here[1:] != there[1:]:
            yaw = math.atan2(there[2] - here[2], there[1] - here[1])
        lines.append(
            f"          <waypoint><time>{here[0]}</time>"
            f"<pose>{plain((here[1], here[2], 0, 0, 0, yaw))}</pose></waypoint>"
        )
    return [*lines, "        </trajectory>", "      </script>", "    </actor>"]


# --- models ---------------------------------------------------------------------------------------


def models(hall: dict[str, Any]) -> dict[str, str]:
    """The things that move."""
    return {
        "citizen": model("citizen", citizen()),
        "water": model("water", thing("cylinder", (0.033, 0.08), 0.18, (0.75, 0.88, 0.95))),
        # A ball: a small cylinder falls through the tray in Drake, one time in two.
        "candy": model("candy", thing("sphere", (0.018,), 0.02, (0.9, 0.4, 0.3))),
        "card": model("card", held_card()),
    }


def model(name: str, parts: list[str]) -> str:
    """A model file."""
    lines = ['<?xml version="1.0"?>', NOTICE, '<sdf version="1.9">', f'  <model name="{name}">']
    return "\n".join([*lines, *parts, "  </model>", "</sdf>", ""])


def citizen() -> list[str]:
    """Somebody who walks as told: velocity in, place out."""
    height, radius, mass = PERSON_HEIGHT, PERSON_RADIUS, 60.0
    across, along = mass / 12 * (3 * radius**2 + height**2), mass / 2 * radius**2
    return [
        '    <link name="body">',
        "      <gravity>false</gravity>",
        f"      <inertial><pose>0 0 {height / 2:g} 0 0 0</pose><mass>{mass:g}</mass>",
        f"        <inertia><ixx>{across:.6g}</ixx><iyy>{across:.6g}</iyy><izz>{along:.6g}</izz>"
        "<ixy>0</ixy><ixz>0</ixz><iyz>0</iyz></inertia></inertial>",
        *person_visuals(SHIRT),
        f'      <collision name="body_obstacle"><pose>0 0 {height / 2:g} 0 0 0</pose>',
        f"        <geometry><cylinder><radius>{radius}</radius><length>{height - 0.02:g}</length></cylinder></geometry>",
        "      </collision>",
        "    </link>",
        *moved_as_told("citizen"),
    ]


def person_visuals(shirt: tuple[float, float, float]) -> list[str]:
    """Legs, trunk and head, of primitives."""
    parts = (
        ("left_leg", "cylinder", (0.08, 0.78), (0, 0.1, 0.39), (0.2, 0.2, 0.25)),
        ("right_leg", "cylinder", (0.08, 0.78), (0, -0.1, 0.39), (0.2, 0.2, 0.25)),
        ("trunk", "cylinder", (0.2, 0.6), (0, 0, 1.08), shirt),
        ("head", "sphere", (0.115,), (0, 0, 1.5), SKIN),
    )
    lines = []
    for name, kind, sizes, at, colour in parts:
        lines += [
            f'      <visual name="{name}_visual"><pose>{plain(at)} 0 0 0</pose>',
            f"        <geometry>{shape(kind, sizes)}</geometry>",
            f"        {material(colour)}",
            "      </visual>",
        ]
    return lines


def thing(kind: str, sizes: tuple[float, ...], mass: float, colour: Any) -> list[str]:
    """A piece of what is handed out."""
    radius = sizes[0]
    across = along = mass * 2 / 5 * radius**2
    if kind == "cylinder":
        across, along = mass / 12 * (3 * radius**2 + sizes[1] ** 2), mass / 2 * radius**2
    return [
        '    <link name="link">',
        f"      <inertial><mass>{mass}</mass><inertia><ixx>{across:.6g}</ixx><iyy>{across:.6g}</iyy>"
        f"<izz>{along:.6g}</izz><ixy>0</ixy><ixz>0</ixz><iyz>0</iyz></inertia></inertial>",
        '      <visual name="piece_visual">',
        f"        <geometry>{shape(kind, sizes)}</geometry>",
        f"        {material(colour)}",
        "      </visual>",
        '      <collision name="piece_solid">',
        f"        <geometry>{shape(kind, sizes)}</geometry>",
        "      </collision>",
        "    </link>",
    ]


def held_card() -> list[str]:
    """A card in somebody's hand, which moves as told."""
    thin = "<ixx>0.0001</ixx><iyy>0.0001</iyy><izz>0.0001</izz><ixy>0</ixy><ixz>0</ixz><iyz>0</iyz>"
    return [
        '    <link name="card">',
        "      <gravity>false</gravity>",
        f"      <inertial><mass>0.02</mass><inertia>{thin}</inertia></inertial>",
        '      <visual name="card_picture">',
        "        <geometry><mesh><uri>model://card/card.obj</uri></mesh></geometry>",
        "      </visual>",
        "    </link>",
        *moved_as_told("card"),
    ]


def moved_as_told(name: str) -> list[str]:
    """Gazebo's systems that take a velocity and tell the place."""
    return [
        '    <plugin filename="gz-sim-velocity-control-system" name="gz::sim::systems::VelocityControl">',
        f"      <topic>/simulation/{name}/cmd_vel</topic>",
        "    </plugin>",
        '    <plugin filename="gz-sim-odometry-publisher-system" name="gz::sim::systems::OdometryPublisher">',
        f"      <odom_topic>/simulation/{name}/odom</odom_topic>",
        f"      <odom_frame>map</odom_frame><robot_base_frame>{name}</robot_base_frame>",
        "      <dimensions>3</dimensions>",
        "    </plugin>",
    ]


def shape(kind: str, sizes: tuple[float, ...]) -> str:
    """A primitive with a radius and, if it is a cylinder, a length."""
    length = f"<length>{sizes[1]:g}</length>" if kind == "cylinder" else ""
    return f"<{kind}><radius>{sizes[0]:g}</radius>{length}</{kind}>"


def material(colour: tuple[float, float, float]) -> str:
    """One colour, by any light."""
    rgba = plain((*colour, 1))
    return f"<material><ambient>{rgba}</ambient><diffuse>{rgba}</diffuse></material>"


# --- pictures -------------------------------------------------------------------------------------


def textured_plate(name: str, sides: tuple[float, float], picture: Image.Image) -> None:
    """OBJ, MTL and PNG of a picture that looks along +x, its top up. Drake and Gazebo read both."""
    half, height = sides[0] / 2, sides[1] / 2
    corners = ((-half, -height), (half, -height), (half, height), (-half, height))
    lines = [f"mtllib {name}.mtl", f"usemtl {name}"]
    lines += [f"v 0 {y:g} {z:g}" for y, z in corners]  # seen from +x, +y is on the right
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", "vn 1 0 0", "f 1/1/1 2/2/1 3/3/1 4/4/1", ""]
    write(f"models/{name}/{name}.obj", "\n".join(lines))
    write(
        f"models/{name}/{name}.mtl",
        f"newmtl {name}\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nmap_Kd {name}.png\n",
    )
    picture.save(HERE / "models" / name / f"{name}.png", optimize=True)


def sign(text: str) -> Image.Image:
    """White on red, as public signs are."""
    picture = Image.new("RGB", (720, 360), (176, 28, 34))
    ImageDraw.Draw(picture).text(
        (360, 170), text, font=typeface("Bold", 170), fill=(255, 255, 255), anchor="mm"
    )
    return picture


def board(hall: dict[str, Any]) -> Image.Image:
    """The display board before the first call."""
    picture = Image.new("RGB", (1280, 480), (16, 22, 34))
    draw = ImageDraw.Draw(picture)
    draw.text(
        (640, 70), "SỐ ĐANG PHỤC VỤ", font=typeface("Bold", 80), fill=(250, 220, 90), anchor="mm"
    )
    for place, number in enumerate(hall["counters"]):
        x = 128 + 256 * place
        draw.text(
            (x, 220), f"Quầy {number}", font=typeface("Medium", 60), fill="white", anchor="mm"
        )
        draw.text((x, 360), "–", font=typeface("Bold", 90), fill="white", anchor="mm")
    return picture


def plain(values: Any) -> str:
    """Numbers with blanks between; no -0."""
    return " ".join(f"{round(float(value), 4) + 0.0:g}" for value in values)


if __name__ == "__main__":
    main()
