"""What happens in the twin's hall: people walk, a card is held up, cups fall. Orders in, state out.

Orders and state are plain data, so that they travel over the stage's socket as they are.
"""

import math
import time
from pathlib import Path
from typing import Any

from kiosk_robot.drivers.simulated.crowd import Crowd
from kiosk_robot.drivers.simulated.twin import Frame, Lens, Place, Twin

Data = dict[str, Any]
PEOPLE = ("citizen_1", "citizen_2", "citizen_3", "citizen_4", "citizen_5")
TICK = 0.04  # seconds between two looks at people and wheels
PICTURE = Lens(960, 540, 1.25)
EYE = ((-6.6, -4.7, 2.7), (0.6, -0.6, 0.6))  # of a camera in the corner of the hall
FULL_CHARGE_LASTS = 8 * 3600.0


class Scene:
    """The hall with everything in it. One thread."""

    def __init__(self) -> None:
        self.twin = Twin(PEOPLE)
        self.crowd = Crowd()
        self.hurry = 1.0
        """Seconds of the simulation in a real one, if the machine keeps up."""
        self.battery = 1.0
        self.stopped = False
        self.touched = False
        self.nearest = math.inf
        self.frames: list[float] = []  # seconds that each took to render
        self._home = self.twin.place
        self._wheels = (0.0, 0.0)
        self._card: Data | None = None
        self._seen: tuple[object, Frame] | None = None
        self.twin.frame()  # the first takes seconds: textures and shaders are made

    @property
    def odometry(self) -> Place:
        """Where the robot is as seen from where it was switched on, without drift."""
        x, y, yaw = self.twin.place
        c, s = math.cos(self._home[2]), math.sin(self._home[2])
        dx, dy = x - self._home[0], y - self._home[1]
        return c * dx + s * dy, c * dy - s * dx, yaw - self._home[2]

    def drive(self, speed: float, turn: float) -> None:
        """What the wheels are told; an emergency stop cuts them off."""
        self._wheels = (speed, turn)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        end = self.twin.now + seconds
        while (left := end - self.twin.now) > 1e-9:
            step = min(TICK, left)
            self.crowd.step(step, self.twin.place)
            for name in PEOPLE:
                person = self.crowd.people.get(name)
                self.twin.set_person(name, person.place if person else None)
            self.twin.drive(*((0.0, 0.0) if self.stopped else self._wheels))
            self.twin.advance(step)
            self.battery = max(0.0, self.battery - step / FULL_CHARGE_LASTS)
            self.touched = self.touched or self.twin.is_touching()
            self.nearest = min(self.nearest, self.twin.clearance())

    def carry_out(self, order: Data) -> None:
        """Do what an order says; its one key is the name of a method here, `order_…`.

        :raises ValueError: there is no such order.
        :raises KeyError: it speaks of somebody who is not there.
        """
        for name, what in order.items():
            method = getattr(self, f"order_{name}", None)
            if method is None:
                raise ValueError(f"no order is called {name!r}")
            method(**what)

    def state(self) -> Data:
        """How everything stands."""
        reach = self.twin.range_ahead()
        return {
            "now": self.twin.now,
            "robot": self.twin.place,
            "speed": self.twin.speeds[0],
            "range": None if math.isinf(reach) else reach,
            "people": {name: person.place for name, person in self.crowd.people.items()},
            "walking": [name for name in self.crowd.people if self.crowd.is_walking(name)],
            "nearest": None if math.isinf(self.nearest) else self.nearest,
            "touched": self.touched,
            "tray": [item for item in ("water", "candy") if self.twin.in_tray(item)],
            "battery": self.battery,
            "frames": len(self.frames),
            "frame_seconds": sorted(self.frames)[len(self.frames) // 2] if self.frames else None,
        }

    def frame(self) -> Frame:
        """What the robot's camera sees; rendered anew only when something has moved."""
        x, y, yaw = self.twin.place
        people = [person.place for person in self.crowd.people.values()]
        stands = (round(x, 3), round(y, 3), round(yaw, 3), self._card, people)
        if self._seen is None or self._seen[0] != stands:
            began = time.perf_counter()
            self._seen = (stands, self.twin.frame())
            self.frames.append(time.perf_counter() - began)
        return self._seen[1]

    # --- orders -------------------------------------------------------------------------------

    def order_enter(self, who: str, at: tuple[float, float, float]) -> None:
        """Somebody appears in the hall."""
        if who not in PEOPLE:
            raise KeyError(who)
        self.crowd.enter(who, (at[0], at[1], at[2]))

    def order_leave(self, who: str) -> None:
        """Somebody is gone."""
        self.crowd.leave(who)

    def order_walk(self, who: str, way: list[tuple[float, float]], pace: float = 1.0) -> None:
        """Somebody walks from point to point."""
        self.crowd.walk(who, [(x, y) for x, y in way], pace)

    def order_follow(self, who: str, gap: float = 1.0, pace: float = 1.1) -> None:
        """Somebody walks behind the robot."""
        self.crowd.follow(who, gap, pace)

    def order_card(self, **pose: float) -> None:
        """A card is held up before the camera (`Twin.show_card`)."""
        self.twin.show_card(**pose)
        self._card = pose

    def order_no_card(self) -> None:
        """It is put away."""
        self.twin.hide_card()
        self._card = None

    def order_drop(self, item: str) -> None:
        """A piece falls from the dispenser's chute."""
        self.twin.drop(item)

    def order_take(self, item: str) -> None:
        """Somebody takes it."""
        self.twin.take(item)

    def order_battery(self, charge: float) -> None:
        """The battery has this much left, 0 to 1."""
        self.battery = charge

    def order_emergency_stop(self, pressed: bool) -> None:
        """The red button."""
        self.stopped = pressed

    def order_hurry(self, times: float) -> None:
        """Run faster than real time."""
        self.hurry = times

    def order_begin(self) -> None:
        """A new rehearsal: everybody out, robot at home, counts at zero."""
        self.crowd.people.clear()
        self.order_no_card()
        for item in ("water", "candy"):
            self.twin.take(item)
        self.drive(0.0, 0.0)
        self.twin.set_robot(self._home)
        self.stopped, self.touched, self.nearest, self.battery = False, False, math.inf, 1.0

    def order_picture(self, file: str) -> None:
        """A picture of the hall, from its corner."""
        import cv2

        cv2.imwrite(str(Path(file)), self.twin.picture(*EYE, PICTURE))
