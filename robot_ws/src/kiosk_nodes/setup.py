"""Installs the nodes; the table of executables is the project's one node table."""

from setuptools import find_packages, setup

from kiosk_robot.node_table import GAZEBO, NODES, RECORDER, TWIN, TWIN_NODES

setup(
    name="kiosk_nodes",
    version="0.1.0",
    packages=find_packages(),
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/kiosk_nodes"]),
        ("share/kiosk_nodes", ["package.xml"]),
    ],
    entry_points={
        "console_scripts": [
            f"{node.name} = kiosk_nodes.{node.name}:main"
            for node in (*NODES, *TWIN_NODES, TWIN, GAZEBO, RECORDER)
        ]
    },
)
