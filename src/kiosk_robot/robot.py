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
from kiosk_robot.node_table import ENVIRONMENT
from kiosk_robot.paths import config_dir
from kiosk_robot.supervisor import Supervisor


@dataclass(frozen=True)
class Robot:
    """A running robot. `devices` is None on real hardware."""

    supervisor: Supervisor
    devices: SimulatedDevices | None
    url: str  # of the touch screen


@contextmanager
def running_robot(
    folder: Path,
    *,
    simulated: bool,
    tell: Callable[[str], None],
    speed: float = 1.0,
    private: bool = False,
) -> Iterator[Robot]:
    """Start the robot and end it on leaving. `folder` takes database, logs and run files.

    A `private` robot takes a free HTTP port and a DDS domain of its own, so that it meets no other.

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
        devices = None
        if simulated:
            files.append(config_dir() / "simulated.yaml")
            devices = stack.enter_context(SimulatedDevices(folder / "devices", speed))
            tell(devices.dispenser_runs)
            variables |= devices.environment
        parameters = load_parameters(files, os.environ | variables)
        supervisor = Supervisor(parameters, folder, variables, tell)
        ended = threading.Event()
        supervising = threading.Thread(target=supervisor.run, args=(ended,), name="supervisor")
        supervising.start()
        stack.callback(supervising.join)
        stack.callback(ended.set)
        port = parameters["web_gateway"].get("port", 8080)
        yield Robot(supervisor, devices, f"http://127.0.0.1:{port}")


def _free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
