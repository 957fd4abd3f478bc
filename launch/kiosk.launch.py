"""The whole robot on a machine with a ROS 2 install.

    ros2 launch kiosk_bringup kiosk.launch.py
    ros2 launch kiosk_bringup kiosk.launch.py config:=/etc/kiosk/kiosk.yaml

Reads the same table of nodes and checks the same configuration as `kiosk up`.
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node

from kiosk_robot.config import load_parameters
from kiosk_robot.node_table import ENVIRONMENT, NODES, PACKAGE

RESPAWN_DELAY = 0.5  # seconds


def generate_launch_description() -> LaunchDescription:
    """One process a node, started again when it dies."""
    share = Path(get_package_share_directory("kiosk_bringup")) / "config"
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "config",
                default_value=str(share / "kiosk.yaml"),
                description="ROS parameter files, later ones winning, separated by commas",
            ),
            SetEnvironmentVariable(
                "KIOSK_CONFIG", EnvironmentVariable("KIOSK_CONFIG", default_value=str(share))
            ),
            *(SetEnvironmentVariable(name, value) for name, value in ENVIRONMENT.items()),
            OpaqueFunction(function=start_nodes),
        ]
    )


def start_nodes(context: LaunchContext) -> list[Node]:
    """Check the configuration, then start every node of the table with its parameters."""
    files = LaunchConfiguration("config").perform(context).split(",")
    parameters = load_parameters([Path(name) for name in files], context.environment)
    return [
        Node(
            package=PACKAGE,
            executable=node.name,
            name=node.name,
            parameters=[parameters[node.name]],
            output="both",
            respawn=True,
            respawn_delay=RESPAWN_DELAY,
        )
        for node in NODES
    ]
