"""nav2 for the robot's wheels, with the map of the site: `navigate_to_pose` for the guide.

    ros2 launch kiosk_bringup navigation.launch.py
    ros2 launch kiosk_bringup navigation.launch.py map:=cua_nam use_sim_time:=true

Beside kiosk.launch.py, on a robot with the packages navigation2 and nav2_bringup. The base's own
driver offers odom, scan, bumper, emergency_stop and battery_state, and takes cmd_vel.
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution


def generate_launch_description() -> LaunchDescription:
    """Hand nav2's own bring-up our parameters and our map."""
    config = str(Path(get_package_share_directory("kiosk_bringup")) / "config")
    bringup = Path(get_package_share_directory("nav2_bringup")) / "launch" / "bringup_launch.py"
    return LaunchDescription(
        [
            DeclareLaunchArgument("map", default_value="cua_nam", description="in config/maps/"),
            DeclareLaunchArgument("use_sim_time", default_value="false"),
            DeclareLaunchArgument(
                "params_file", default_value=f"{config}/nav2.yaml", description="nav2's parameters"
            ),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(bringup)),
                launch_arguments={
                    "map": PathJoinSubstitution(
                        [config, "maps", [LaunchConfiguration("map"), ".yaml"]]
                    ),
                    "use_sim_time": LaunchConfiguration("use_sim_time"),
                    "params_file": LaunchConfiguration("params_file"),
                }.items(),
            ),
        ]
    )
