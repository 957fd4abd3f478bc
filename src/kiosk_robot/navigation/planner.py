"""The way to a place: A* over the map, away from walls and around people.

The search is networkx's; ours is the graph and what a step costs.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from kiosk_robot.navigation.grid import OccupancyGrid
from kiosk_robot.navigation.pose import Point

STRIDE = 2  # cells of the map from one node to the next: 0.1 m, a third of the robot's radius
MARGIN = 0.06  # metres between robot and wall that are always kept
COMFORT = 0.60  # metres from the robot's middle to a wall; nearer than this costs more
CLOSE_COST = 4.0  # a metre along a wall costs as much as this many in the open, and one
PERSONAL = (
    0.60  # metres from the robot's edge to a person ahead: at this distance it still moves on
)
PERSON_COST = 15.0  # metres of detour rather than one metre through somebody's space
TOUCHING = 0.05  # metres from the robot's edge to a person that no way leads through
SAME_SIDE = 0.5  # metres farther from the goal rather than twice as many farther to drive
NEARBY = 1.3  # metres from a goal that somebody occupies to where the robot goes instead


class NoWay(Exception):  # noqa: N818  an outcome, not a mistake
    """No way leads there; `outside` when the goal is not on the map at all."""

    def __init__(self, reason: str, *, outside: bool = False) -> None:
        super().__init__(reason)
        self.outside = outside


@dataclass(frozen=True)
class _Nodes:
    """Where the robot's middle may be, n x 2 metres, and the graph over their indices."""

    at: NDArray[np.float64]
    graph: nx.Graph

    @cached_property
    def places(self) -> list[Point]:
        """The same as plain tuples."""
        return [(x, y) for x, y in self.at.tolist()]


class Planner:
    """Plans for one map and one robot. Making it costs a fifth of a second, a plan far less."""

    def __init__(self, grid: OccupancyGrid, radius: float) -> None:
        """`radius` of the robot, metres."""
        self.grid = grid
        self.radius = radius
        self._nodes = _nodes(grid, radius + MARGIN)

    @property
    def places(self) -> list[Point]:
        """Everywhere the robot's middle may be, 0.1 m apart."""
        return self._nodes.places

    def plan(self, start: Point, goal: Point, people: NDArray[np.float64]) -> NDArray[np.float64]:
        """The way as n x 2 points, `start` included, about 0.1 m apart.

        It ends at the goal, or beside it when one of `people` (m x 2 points of their outlines)
        stands there; through people only where there is no way around.

        :raises NoWay: there is none.
        """
        nodes = self._nodes
        space = _distance(nodes.at, people) - self.radius
        free = space > TOUCHING
        begin = self._best(nodes.at, start, np.ones(len(nodes.at), bool), 0.6)
        # Of the places beside an occupied goal, rather one on this side of it.
        nearer = SAME_SIDE * _distance(nodes.at, np.array([start]))
        end = self._best(nodes.at, goal, space > PERSONAL, NEARBY, nearer)
        if end < 0:
            end = self._best(nodes.at, goal, free, NEARBY, nearer)
        if begin < 0:
            raise NoWay(f"the robot stands where the map has no room, {_told(start)}")
        if end < 0:
            outside = self.grid.clearance_at(np.array([goal]))[0] <= 0
            raise NoWay(f"no room at the goal, {_told(goal)}", outside=bool(outside))
        # Plain lists: the search asks for hundreds of thousands of these.
        places = nodes.places
        extra: list[float] = np.where(space < PERSONAL, PERSON_COST, 0.0).tolist()
        closed = set(np.flatnonzero(~free).tolist())

        def distance(one: int, other: int) -> float:
            return math.dist(places[one], places[other])

        def cost(_one: int, other: int, edge: dict[str, float]) -> float | None:
            if other in closed:
                return None
            return edge["weight"] + extra[other] * edge["length"]

        try:
            way = nx.astar_path(nodes.graph, begin, end, distance, cost)
        except nx.NetworkXNoPath:
            raise NoWay(f"no way from {_told(start)} to {_told(goal)}") from None
        last = [goal] if math.dist(places[end], goal) < 2 * STRIDE * self.grid.resolution else []
        return np.array([start, *nodes.at[way[1:-1] if last else way[1:]], *last])

    def _best(
        self,
        at: NDArray[np.float64],
        point: Point,
        wanted: NDArray[np.bool_],
        within: float,
        extra: NDArray[np.float64] | float = 0.0,
    ) -> int:
        """Index of the wanted node nearest to a point, `extra` metres added to each.

        -1 when none is within so many metres.
        """
        away = np.hypot(*(at - np.array(point)).T)
        cost = np.where(wanted & (away <= within), away + extra, np.inf)
        best = int(np.argmin(cost))
        return best if np.isfinite(cost[best]) else -1


def _nodes(grid: OccupancyGrid, room: float) -> _Nodes:
    """Every second cell with `room` around it; edges to its eight neighbours."""
    clearance = grid.clearance[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    free = clearance >= room
    number = np.full(free.shape, -1)
    number[free] = np.arange(free.sum())
    rows, columns = np.nonzero(free)
    cells = np.column_stack((columns, rows)) * STRIDE + STRIDE // 2 + 0.5
    at = np.array(grid.origin) + cells * grid.resolution
    near = np.clip((COMFORT - clearance) / (COMFORT - room), 0.0, 1.0)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(at)))
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        one = number[: -down or None, max(-right, 0) : -max(right, 0) or None]
        other = number[down:, max(right, 0) : min(right, 0) or None]
        cost = near[: -down or None, max(-right, 0) : -max(right, 0) or None]
        both = (one >= 0) & (other >= 0)
        length = math.hypot(down, right) * STRIDE * grid.resolution
        weights = length * (1.0 + CLOSE_COST * cost[both])
        graph.add_edges_from(
            (a, b, {"weight": w, "length": length})
            for a, b, w in zip(
                one[both].tolist(), other[both].tolist(), weights.tolist(), strict=True
            )
        )
    return _Nodes(at, graph)


def _distance(points: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each of n x 2 points to the nearest of m x 2; infinity when there are none."""
    if not len(to):
        return np.full(len(points), np.inf)
    away: NDArray[np.float64]
    away, _ = KDTree(to).query(points)
    return away


def _told(point: Point) -> str:
    return f"({point[0]:.2f}, {point[1]:.2f})"
