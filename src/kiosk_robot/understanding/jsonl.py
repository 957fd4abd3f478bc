"""The `kiosk understand --jsonl` stream: one JSON request a line in, one JSON answer a line out."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.understander import Understander

CounterName = Callable[[CounterGroup], str]


def answers(
    lines: Iterable[str | bytes],
    understander: Understander,
    catalogue: Catalogue,
    counter_name: CounterName,
) -> Iterator[str]:
    """Yield one JSON line for each line of `lines`, each a fresh session; never raises.

    A line holds {"text": …}. The answer holds text, intent, facet, behaviour, procedures (code and
    score, best first), question, counter (where the first procedure is handled) and ms. A line that
    is no such object is answered with an "error" field. Blank lines are skipped.
    """
    for line in lines:
        if line.strip():
            yield json.dumps(
                _answer(line, understander, catalogue, counter_name), ensure_ascii=False
            )


def _answer(
    line: str | bytes,
    understander: Understander,
    catalogue: Catalogue,
    counter_name: CounterName,
) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"not JSON: {error}"}
    text = request.get("text") if isinstance(request, dict) else None
    if not isinstance(text, str):
        return {"error": 'expected an object with a string "text"'}
    start = time.perf_counter()
    found = understander.understand(text)
    spent = (time.perf_counter() - start) * 1000
    # A lone surrogate is valid in JSON's \u escapes but cannot be written out as UTF-8.
    heard = text.encode("utf-8", "replace").decode("utf-8")
    return {"text": heard, **_fields(found[0], catalogue, counter_name), "ms": round(spent, 3)}


def _fields(
    found: Understanding, catalogue: Catalogue, counter_name: CounterName
) -> dict[str, Any]:
    best = catalogue.get(found.procedures[0].code) if found.procedures else None
    told = best is not None and found.behaviour in ("answer", "clarify")
    return {
        "intent": found.intent,
        "facet": found.facet,
        "behaviour": found.behaviour,
        "procedures": [{"code": p.code, "score": p.score} for p in found.procedures],
        "question": found.question,
        "counter": counter_name(best.counter_group) if best and told else None,
    }
