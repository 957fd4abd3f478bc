"""Throw bytes at the understanding: `python tests/fuzz_understanding.py -max_total_time=120`.

Needs atheris; not collected by pytest. Whatever is heard, there is an understanding, it can be
explained, and it never raises.
"""

import sys

import atheris

with atheris.instrument_imports(include=["kiosk_robot.understanding"]):
    from kiosk_robot.catalogue.catalogue import Catalogue
    from kiosk_robot.understanding.understander import Understander

_UNDERSTANDER = Understander.load(Catalogue.load())


def hear(data: bytes) -> None:
    """Understand and explain one utterance made of `data`."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicode(len(data))
    found = _UNDERSTANDER.understand(text)
    assert found, "nothing came back"
    assert all(u.behaviour in ("answer", "clarify", "handoff", "command") for u in found)
    assert all(u.question for u in found if u.behaviour == "clarify")
    assert _UNDERSTANDER.explain(text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, hear)
    atheris.Fuzz()
