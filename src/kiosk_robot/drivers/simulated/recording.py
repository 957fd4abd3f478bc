"""Records topics to MCAP, for Foxglove and RViz, on a machine without rosbag2.

Messages are kept as they came over the wire, with their definitions. Foxglove also needs to be told
where the robot is: tf2_msgs is not on PyPI, so that goes in Foxglove's own words, as JSON.
"""

import json
import math
import re
from pathlib import Path
from typing import Any, Self

_FIELD = re.compile(r"^([A-Za-z]\w*(?:/\w+)?)(?:<=\d+)?(?:\[[^\]]*\])?\s+\w+", re.MULTILINE)
_BUILT_IN = {"bool", "byte", "char", "float32", "float64", "string", "wstring"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_TRANSFORM = {
    "title": "foxglove.FrameTransform",
    "type": "object",
    "properties": {
        "timestamp": {
            "type": "object",
            "properties": {"sec": {"type": "integer"}, "nsec": {"type": "integer"}},
        },
        "parent_frame_id": {"type": "string"},
        "child_frame_id": {"type": "string"},
        "translation": {"type": "object", "properties": {a: {"type": "number"} for a in "xyz"}},
        "rotation": {"type": "object", "properties": {a: {"type": "number"} for a in "xyzw"}},
    },
}
_SEPARATOR = "=" * 80


class Recording:
    """Context manager: an MCAP file that is whole once it is left."""

    def __init__(self, path: Path, share: Path) -> None:
        """`share` has the definitions: PACKAGE/msg/NAME.msg.

        :raises ImportError: the group `sim` is not installed.
        """
        from mcap.writer import Writer

        self._share = share
        self._file = path.open("wb")
        self._writer = Writer(self._file)
        self._writer.start(profile="ros2", library="kiosk_robot")
        self._channels: dict[str, int] = {}
        schema = self._writer.register_schema(
            "foxglove.FrameTransform", "jsonschema", json.dumps(_TRANSFORM).encode()
        )
        self._transforms = self._writer.register_channel("/transforms", "json", schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.finish()
        self._file.close()

    def add(self, topic: str, kind: str) -> None:
        """Prepare a topic; `kind` such as `nav_msgs/msg/Odometry`."""
        text = definition(kind, self._share)
        schema = self._writer.register_schema(kind, "ros2msg", text.encode())
        self._channels[topic] = self._writer.register_channel(topic, "cdr", schema)

    def write(self, topic: str, nanoseconds: int, data: bytes) -> None:
        """Keep a message as it came over the wire.

        :raises KeyError: the topic was not added.
        """
        self._writer.add_message(self._channels[topic], nanoseconds, data, nanoseconds)

    def place(
        self, nanoseconds: int, parent: str, child: str, x: float, y: float, yaw: float
    ) -> None:
        """Tell where a frame is in another; metres and radians."""
        transform: dict[str, Any] = {
            "timestamp": {"sec": nanoseconds // 10**9, "nsec": nanoseconds % 10**9},
            "parent_frame_id": parent,
            "child_frame_id": child,
            "translation": {"x": x, "y": y, "z": 0.0},
            "rotation": {"x": 0.0, "y": 0.0, "z": math.sin(yaw / 2), "w": math.cos(yaw / 2)},
        }
        data = json.dumps(transform).encode()
        self._writer.add_message(self._transforms, nanoseconds, data, nanoseconds)


def definition(kind: str, share: Path) -> str:
    """A message's definition with those of all it is made of, as MCAP wants it.

    :raises FileNotFoundError: the package is not installed.
    """
    package, _, name = kind.split("/")
    text = (share / package / "msg" / f"{name}.msg").read_text(encoding="utf-8")
    parts, seen = [text], {kind}
    waiting = list(_parts_of(text, package))
    while waiting:
        part = waiting.pop(0)
        if part in seen:
            continue
        seen.add(part)
        owner, _, name = part.split("/")
        text = (share / owner / "msg" / f"{name}.msg").read_text(encoding="utf-8")
        parts.append(f"{_SEPARATOR}\nMSG: {owner}/{name}\n{text}")
        waiting += _parts_of(text, owner)
    return "\n".join(parts)


def _parts_of(text: str, package: str) -> list[str]:
    found = []
    for kind in _FIELD.findall(text):
        owner, slash, name = kind.rpartition("/")
        if kind not in _BUILT_IN:
            found.append(f"{owner if slash else package}/msg/{name}")
    return found
