"""Records every topic on the bus, raw, until it is ended: `python topic_recorder.py FILE`.

Prints the name of each topic it has subscribed to.
"""

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

# A picture of a card held up with consent; told of in docs/decisions/0019. It is published only
# while somebody subscribes, so recording it would make what the test looks for.
PICTURES = "/camera/image_raw"


def message_type(name: str):
    package, kind, type_name = name.split("/")
    module = import_module(f"{package}.{kind}")
    if kind == "action":
        return getattr(module, type_name.removesuffix("_FeedbackMessage")).Impl.FeedbackMessage
    return getattr(module, type_name)


def main() -> None:
    rclpy.init()
    node = Node("topic_recorder")
    record = Path(sys.argv[1]).open("wb", buffering=0)  # noqa: SIM115  ends with the process
    seen = {PICTURES}

    def look() -> None:
        for topic, types in node.get_topic_names_and_types():
            publishers = node.get_publishers_info_by_topic(topic)
            if topic in seen or not publishers:
                continue
            seen.add(topic)
            qualities = [info.qos_profile for info in publishers]
            reliable = all(q.reliability == ReliabilityPolicy.RELIABLE for q in qualities)
            latched = all(q.durability == DurabilityPolicy.TRANSIENT_LOCAL for q in qualities)
            quality = QoSProfile(
                depth=1000,
                reliability=ReliabilityPolicy.RELIABLE
                if reliable
                else ReliabilityPolicy.BEST_EFFORT,
                durability=DurabilityPolicy.TRANSIENT_LOCAL
                if latched
                else DurabilityPolicy.VOLATILE,
            )
            node.create_subscription(
                message_type(types[0]),
                topic,
                lambda content, name=topic: record.write(name.encode() + b"\n" + content + b"\n"),
                quality,
                raw=True,
            )
            print(topic, flush=True)  # noqa: T201  read by the test

    node.create_timer(0.2, look)
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(node)


if __name__ == "__main__":
    main()
