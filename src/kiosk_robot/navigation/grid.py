"""The map of the hall: an occupancy grid, as nav2's map_server reads it.

Format: nav2_map_server, "Map Server / Saver" (docs.nav2.org): a PGM whose first row is the top of
the map, and a YAML beside it. The same two files serve nav2 on the robot and our navigator.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kiosk_robot.navigation.pose import Point
from kiosk_robot.navigation.world import Obstacle

RESOLUTION = 0.05  # metres a cell, as maps of nav2 usually have
MARGIN = 0.5  # metres of map around the outermost wall
LOW, HIGH = 0.02, 1.5  # metres above the floor between which the robot would touch something
FREE, OCCUPIED = 254, 0  # grey levels map_server reads with the thresholds below
THRESHOLDS = {"occupied_thresh": 0.65, "free_thresh": 0.25}


class MapError(Exception):
    """A map file is missing or wrong; the message names it."""


@dataclass(frozen=True)
class OccupancyGrid:
    """Cells that are occupied, `cells[row, column]` with row 0 at the smallest y."""

    cells: NDArray[np.bool_]
    origin: Point  # metres: the outer corner of cell (0, 0)
    resolution: float = RESOLUTION

    @classmethod
    def of(cls, obstacles: list[Obstacle]) -> "OccupancyGrid":
        """Draw what reaches between `LOW` and `HIGH`.

        :raises MapError: there is nothing to draw.
        """
        solid = [o.outline for o in obstacles if o.top > LOW and o.bottom < HIGH]
        if not solid:
            raise MapError("nothing stands in the world")
        corners = np.array([corner for outline in solid for corner in outline])
        low, high = corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN
        low = np.floor(low / RESOLUTION) * RESOLUTION
        width, height = (int(n) for n in np.ceil((high - low) / RESOLUTION))
        picture = Image.new("1", (width, height))
        draw = ImageDraw.Draw(picture)
        for outline in solid:
            # The pixel i is the cell from i to i + 1; a thing fills every cell it touches.
            pixels = [tuple((np.array(p) - low) / RESOLUTION - 0.5) for p in outline]
            draw.polygon(pixels, fill=1, outline=1)
        return cls(np.array(picture, dtype=np.bool_), (round(low[0], 3), round(low[1], 3)))

    @cached_property
    def clearance(self) -> NDArray[np.float64]:
        """Metres from the centre of each cell to the nearest occupied one; 0 for those."""
        from scipy.ndimage import distance_transform_edt  # 15 MB that no other command needs

        distances: NDArray[np.float64] = distance_transform_edt(~self.cells) * self.resolution
        return distances

    def clearance_at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres to the nearest thing of the map from each of n x 2 points; 0 outside the map."""
        at = np.floor((points - np.array(self.origin)) / self.resolution).astype(int)
        rows, columns = at[:, 1], at[:, 0]
        inside = (
            (rows >= 0) & (columns >= 0)
            & (rows < self.cells.shape[0]) & (columns < self.cells.shape[1])
        )  # fmt: skip
        found = np.zeros(len(points))
        found[inside] = self.clearance[rows[inside], columns[inside]]
        return found

    def write(self, path: Path) -> None:
        """Write `path`, a .yaml, and the .pgm beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        grey = np.where(self.cells[::-1], OCCUPIED, FREE).astype(np.uint8)
        Image.fromarray(grey).save(path.with_suffix(".pgm"))
        described = {
            "image": path.with_suffix(".pgm").name,
            "mode": "trinary",
            "resolution": self.resolution,
            "origin": [*map(float, self.origin), 0.0],
            "negate": 0,
            **THRESHOLDS,
        }
        path.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "OccupancyGrid":
        """Read a map; what is not certainly free counts as occupied.

        :raises MapError: a file is missing or not a map.
        """
        try:
            described = yaml.safe_load(path.read_text(encoding="utf-8"))
            with Image.open(path.parent / described["image"]) as picture:
                grey = np.array(picture.convert("L"))
            occupied = (255 - grey[::-1]) / 255.0 > described["free_thresh"]
            x, y, _yaw = described["origin"]
            return cls(occupied, (float(x), float(y)), float(described["resolution"]))
        except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
            raise MapError(f"{path}: not a map: {error}") from None
