"""The whole robot as one context: configuration, devices if simulated, all node processes."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk_robot.config import load_parameters
from kiosk_robot.drivers.simulated.devices import SimulatedDevices
from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard
from kiosk_robot.drivers.simulated.stage import Stage
from kiosk_robot.node_table import ENVIRONMENT, NODES, RECORDER, TWIN, TWIN_NODES, NodeSpec
from kiosk_robot.paths import config_dir, models_dir
from kiosk_robot.supervisor import Supervisor


@dataclass(frozen=True)
class Robot:
    """A running robot. `devices` is None on real hardware, `stage` without a simulated hall."""

    supervisor: Supervisor
    devices: SimulatedDevices | None
    url: str  # of the touch screen
    stage: Stage | None = None


@contextmanager
def running_robot(
    folder: Path,
    *,
    simulated: bool,
    tell: Callable[[str], None],
    speed: float = 1.0,
    private: bool = False,
    sound_card: SimulatedSoundCard | None = None,
    engine: str = "cued",
    twin: bool = False,
    record: Path | None = None,
) -> Iterator[Robot]:
    """Start the robot and end it on leaving. `folder` takes database, logs and run files.

    A `private` robot takes a free HTTP port and a DDS domain of its own, so that it meets no other.
    A simulated robot with a `sound_card` speaks through it, and hears through it with a speech
    `engine`. With a `twin`, it stands in the headless hall; `record` takes an MCAP file of what
    happens there.

    :raises ConfigError: a configuration file is wrong; nothing was started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [config_dir() / "kiosk.yaml"]
    variables = {
        "KIOSK_HOME": str(folder.resolve()),
        "KIOSK_CONFIG": str(config_dir().resolve()),
        **ENVIRONMENT,
    }
    if private:
        variables |= {"KIOSK_PORT": str(_free_port()), "ROS_DOMAIN_ID": str(os.getpid() % 50 + 51)}
    with ExitStack() as stack:
        devices, stage = None, None
        nodes: tuple[NodeSpec, ...] = NODES
        if simulated:
            files.append(config_dir() / "simulated.yaml")
            devices = stack.enter_context(SimulatedDevices(folder / "devices", speed, sound_card))
            if sound_card:
                files.append(config_dir() / "audio.yaml")
                variables["KIOSK_SPEECH_ENGINE"] = engine
                (folder / "models").symlink_to(models_dir().resolve())  # large, the same for all
            tell(devices.dispenser_runs)
            variables |= devices.environment
            if twin:
                files.append(config_dir() / "simulation.yaml")
                stage = stack.enter_context(Stage(folder.resolve() / "devices" / "stage", devices))
                variables |= stage.environment
                nodes = (TWIN, *TWIN_NODES, *NODES)
            if record:
                nodes = (RECORDER, *nodes)
                variables["KIOSK_RECORD"] = str(record.resolve())
        parameters = load_parameters(files, os.environ | variables)
        supervisor = Supervisor(parameters, folder, variables, tell, nodes)
        ended = threading.Event()
        supervising = threading.Thread(target=supervisor.run, args=(ended,), name="supervisor")
        supervising.start()
        stack.callback(supervising.join)
        stack.callback(ended.set)
        port = parameters["web_gateway"].get("port", 8080)
        yield Robot(supervisor, devices, f"http://127.0.0.1:{port}", stage)


def _free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
