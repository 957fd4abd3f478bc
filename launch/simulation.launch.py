"""The whole robot in Gazebo Harmonic, on a machine with a ROS 2 install and ros_gz.

    ros2 launch kiosk_bringup simulation.launch.py
    ros2 launch kiosk_bringup simulation.launch.py gui:=false

The nodes and their configuration are the robot's; printers, dispenser and microphone are simulated
in this process, everything that rolls, sees and falls is Gazebo's.
"""

import tempfile
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    AppendEnvironmentVariable,
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnShutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from kiosk_robot.config import load_parameters, load_site
from kiosk_robot.drivers.simulated.devices import SimulatedDevices
from kiosk_robot.drivers.simulated.stage import Stage
from kiosk_robot.node_table import ENVIRONMENT, GAZEBO, NODES, PACKAGE, TWIN_NODES

RESPAWN_DELAY = 0.5  # seconds
SIM_TIME = {"use_sim_time": True}


def generate_launch_description() -> LaunchDescription:
    """Gazebo, the bridge, and one process a node."""
    bringup = Path(get_package_share_directory("kiosk_bringup")) / "config"
    description = Path(get_package_share_directory("kiosk_description"))
    gazebo = Path(get_package_share_directory("kiosk_gazebo"))
    return LaunchDescription(
        [
            DeclareLaunchArgument("gui", default_value="true", description="Gazebo's window"),
            SetEnvironmentVariable("KIOSK_CONFIG", str(bringup)),
            *(SetEnvironmentVariable(name, value) for name, value in ENVIRONMENT.items()),
            AppendEnvironmentVariable("GZ_SIM_RESOURCE_PATH", str(gazebo / "models")),
            AppendEnvironmentVariable("GZ_SIM_RESOURCE_PATH", str(description / "models")),
            OpaqueFunction(function=start_gazebo, args=[gazebo / "worlds" / "cua_nam.sdf"]),
            Node(
                package="ros_gz_bridge",
                executable="parameter_bridge",
                parameters=[{"config_file": str(gazebo / "config" / "bridge.yaml")} | SIM_TIME],
                output="both",
            ),
            Node(
                package="robot_state_publisher",
                executable="robot_state_publisher",
                parameters=[
                    {"robot_description": (description / "urdf" / "kiosk.urdf").read_text()}
                    | SIM_TIME
                ],
                output="both",
            ),
            OpaqueFunction(function=start_robot, args=[bringup]),
        ]
    )


def start_gazebo(context: LaunchContext, world: Path) -> list[IncludeLaunchDescription]:
    """The server, which renders the camera without a window, and the window if it is wanted."""
    share = Path(get_package_share_directory("ros_gz_sim"))
    server_only = LaunchConfiguration("gui").perform(context) != "true"
    arguments = f"-r {'-s --headless-rendering ' if server_only else ''}{world}"
    return [
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(share / "launch" / "gz_sim.launch.py")),
            launch_arguments={"gz_args": arguments, "on_exit_shutdown": "true"}.items(),
        )
    ]


def start_robot(context: LaunchContext, bringup: Path) -> list:
    """Simulated devices in this process, then every node of the table, bound to Gazebo."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-simulation-"))
    devices = SimulatedDevices(folder).__enter__()
    stage = Stage(folder / "stage", devices).__enter__()
    environment = context.environment | devices.environment | stage.environment
    files = [bringup / f"{name}.yaml" for name in ("kiosk", "simulated", "simulation")]
    parameters = load_parameters(files, environment)
    home = load_site(parameters["navigator"]["site"]).navigation.home

    def close(*_: object) -> None:
        stage.__exit__(None, None, None)
        devices.__exit__(None, None, None)

    return [
        RegisterEventHandler(OnShutdown(on_shutdown=close)),
        *(
            Node(
                package=PACKAGE,
                executable=node.name,
                name=node.name,
                parameters=[parameters.get(node.name, SIM_TIME)],
                additional_env={"KIOSK_HOME": str(folder), **stage.environment},
                output="both",
                respawn=True,
                respawn_delay=RESPAWN_DELAY,
            )
            for node in (GAZEBO, *TWIN_NODES, *NODES)
        ),
        # Odometry begins where the robot is switched on; Gazebo names frames by its own rule.
        fixed("map", "odom", home.x, home.y, home.heading),
        fixed("lidar", "kiosk/base_link/lidar"),
        fixed("range_sensor_frame", "kiosk/base_link/range_sensor"),
        fixed("camera_link", "kiosk/base_link/camera"),
    ]


def fixed(parent: str, child: str, x: float = 0.0, y: float = 0.0, heading: float = 0.0) -> Node:
    """A transform that does not change; the heading in degrees."""
    numbers = {"--x": x, "--y": y, "--yaw": heading * 3.14159265 / 180}
    return Node(
        package="tf2_ros",
        executable="static_transform_publisher",
        name=f"fixed_{child.replace('/', '_')}",
        arguments=[
            *(str(part) for pair in numbers.items() for part in pair),
            "--frame-id", parent, "--child-frame-id", child,
        ],
        parameters=[SIM_TIME],
    )  # fmt: skip
