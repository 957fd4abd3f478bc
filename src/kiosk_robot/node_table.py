"""The one table of nodes. The launch file, `kiosk up` and the package's executables all read it."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE = "kiosk_nodes"
# For every node's process. Plain UDP over loopback: a killed node leaves no shared memory behind,
# and nothing a citizen said ever lies in /dev/shm (docs/decisions/0011). The profile says so, since
# the discovery range LOCALHOST adds the transport over shared memory whatever else is set.
# glibc gives threads sixteen heaps of their own on two cores, and memory freed in one is of no use
# to another: after 180 utterances Whisper held 598 MB, with two heaps 440 to 490 MB (measured).
ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "ROS_AUTOMATIC_DISCOVERY_RANGE": "SYSTEM_DEFAULT",
    "FASTDDS_DEFAULT_PROFILES_FILE": str(Path(__file__).with_name("fastdds.xml")),
}


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node, one process. `is_device` nodes are lifecycle nodes of the lifecycle manager."""

    name: str
    is_device: bool = False

    @property
    def module(self) -> str:
        """Module that `python -m` runs."""
        return f"{PACKAGE}.{self.name}"


# In start order; shut down in reverse, so that the conversation ends before its devices do.
NODES = (
    NodeSpec("lifecycle_manager"),
    NodeSpec("text_to_speech", is_device=True),
    NodeSpec("speech_recognition", is_device=True),
    NodeSpec("camera", is_device=True),
    NodeSpec("document_scanner", is_device=True),
    NodeSpec("ticket_printer", is_device=True),
    NodeSpec("form_printer", is_device=True),
    NodeSpec("dispenser", is_device=True),
    NodeSpec("presence", is_device=True),
    NodeSpec("queue"),
    NodeSpec("intent_extractor"),
    NodeSpec("guide"),
    NodeSpec("dialogue_manager"),
    NodeSpec("web_gateway"),
)
# No nodes of the robot: the headless world round it, the way into Gazebo's, and who looks on.
TWIN = NodeSpec("twin")
GAZEBO = NodeSpec("gazebo")
RECORDER = NodeSpec("recorder")
# Beside those where there is no nav2: the twin's wheels.
TWIN_NODES = (NodeSpec("navigator"),)
DEVICE_NODES = tuple(node.name for node in NODES if node.is_device)
