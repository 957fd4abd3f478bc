"""Turns what a citizen says or types into requests: an intent, the procedure, what is asked.

Deterministic and offline. `Understander` is the door; text.py reads Vietnamese, ranking.py finds
the likest phrases, intents.py knows the robot's own services, decide.py answers, asks or hands
over.
"""

from kiosk_robot.understanding.understander import Understander

__all__ = ["Understander"]
