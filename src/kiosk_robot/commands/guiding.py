"""`kiosk map`: the map the robot finds its way on; and what guiding is measured by."""

from argparse import Namespace
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site, map_file
from kiosk_robot.paths import REPOSITORY

WORLD = REPOSITORY / "robot_ws" / "src" / "kiosk_gazebo" / "worlds" / "cua_nam.sdf"


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    made = commands.add_parser("map", help="make the map from the drawing of the hall")
    made.add_argument("--world", type=Path, default=WORLD, help="SDF world")
    made.add_argument("--site", default="cua_nam", help="whose map it is")
    made.set_defaults(run=_map)

    bench = benches.add_parser("guiding", help="citizens led among people, in the plane")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.add_argument("--rehearsals", type=int, default=100, help="how many citizens")
    bench.set_defaults(run=_bench)


def _map(arguments: Namespace) -> None:
    from kiosk_robot.navigation.grid import OccupancyGrid
    from kiosk_robot.navigation.world import read_world

    path = map_file(load_site(arguments.site))
    grid = OccupancyGrid.of(read_world(arguments.world))
    grid.write(path)
    height, width = (n * grid.resolution for n in grid.cells.shape)
    console.print(f"{path}: {width:.1f} m x {height:.1f} m, {grid.resolution} m a cell")


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.drivers.simulated.guiding_bench import run
    from kiosk_robot.navigation.world import read_world

    run(arguments.out, read_world(WORLD), arguments.rehearsals)
    print((arguments.out / "guiding.md").read_text(encoding="utf-8"))
