"""`kiosk map`: the map the robot finds its way on."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site, map_file
from kiosk_robot.paths import REPOSITORY

WORLD = REPOSITORY / "robot_ws" / "src" / "kiosk_gazebo" / "worlds" / "cua_nam.sdf"


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    made = commands.add_parser("map", help="make the map from the drawing of the hall")
    made.add_argument("--world", type=Path, default=WORLD, help="SDF world")
    made.add_argument("--site", default="cua_nam", help="whose map it is")
    made.set_defaults(run=_map)


def _map(arguments: Namespace) -> None:
    from kiosk_robot.navigation.grid import OccupancyGrid
    from kiosk_robot.navigation.world import read_world

    path = map_file(load_site(arguments.site))
    grid = OccupancyGrid.of(read_world(arguments.world))
    grid.write(path)
    height, width = (n * grid.resolution for n in grid.cells.shape)
    console.print(f"{path}: {width:.1f} m x {height:.1f} m, {grid.resolution} m a cell")
