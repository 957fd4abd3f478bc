"""Fits data/judgement.yaml: `python -m kiosk_robot.understanding.fit QUESTIONS.jsonl...`.

The questions must be unknown to the phrases and examples, else what they teach is too good to be
true. Needs a few seconds; run it after many new phrases, and look at the benchmark before and
after.
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.decide import Found
from kiosk_robot.understanding.understander import Understander

BEHAVIOURS = {"answer": "answer", "clarify": "clarify", "out_of_scope": "handoff"}


def fit(questions: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return the weights by behaviour and figure that fit `questions` best."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    figures, behaviours = zip(*_seen(questions), strict=True)
    names = [name for name in figures[0] if name != "always"]
    rows = np.array([[one[name] for name in names] for one in figures])
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    pipeline.fit(rows, behaviours)
    scaler, model = pipeline.named_steps.values()
    weights = model.coef_ / scaler.scale_
    always = model.intercept_ - weights @ scaler.mean_
    return {
        str(behaviour): {"always": round(float(base), 3)}
        | {name: round(float(w), 3) for name, w in zip(names, row, strict=True)}
        for behaviour, base, row in zip(model.classes_, always, weights, strict=True)
    }


def _seen(questions: list[dict[str, Any]]) -> Iterator[tuple[dict[str, float], str]]:
    """Yield the figures of each question and what should be done about it."""
    catalogue = Catalogue.load()
    language = Understander.load(catalogue).vietnamese
    for question in questions:
        text = question["text"]
        found = Found.of(language.likely_targets(text), catalogue)
        wanted = BEHAVIOURS[question["behaviour"]]
        if wanted == "answer" and found.best.target not in question["accept"]:
            wanted = "clarify"
        reading, outside = language.reading(text), language.outside_intent(text)
        yield found.evidence(reading, language.choices.groups, outside), wanted


def main() -> None:
    """Fit on the files named on the command line and write data/judgement.yaml."""
    lines = [line for name in sys.argv[1:] for line in Path(name).read_text("utf-8").splitlines()]
    weights = fit([json.loads(line) for line in lines if line.strip()])
    path = Path(str(files("kiosk_robot.understanding"))) / "data" / "judgement.yaml"
    head = "# Weights of the figures of a ranking (decide.py), fitted by fit.py; do not edit.\n"
    path.write_text(head + yaml.safe_dump(weights, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
