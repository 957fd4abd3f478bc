"""`kiosk bench understanding`: how often the right procedure is found, beside plain baselines.

Every method sees the same questions in the same run. The baselines rank official names: BM25
over words, TF-IDF over character 2- to 4-grams, and rapidfuzz's token-set ratio. They always
answer: what they cannot do (ask, hand over) is counted against them as a citizen would feel it.
"""

import json
import math
import platform
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding.text import fold, words_of
from kiosk_robot.understanding.understander import Understander

Search = Callable[[str], list[str]]


@dataclass(frozen=True)
class Result:
    """Figures of one method; shares in [0, 1], None where the method cannot do it at all."""

    method: str
    top1: float
    top3: float
    wrong_without_asking: float  # of all questions: answered with a code nobody accepts
    asked_needlessly: float  # of the questions that have one clear answer
    clarify_recall: float | None
    out_of_scope_recall: float | None
    ms_p50: float
    ms_p99: float
    load_s: float


def run(dev_questions: Path, dev_intents: Path, out: Path) -> dict[str, Any]:
    """Measure all methods on the question and intent files; write JSON and Markdown into `out`.

    Question lines hold text, behaviour (answer, clarify, out_of_scope) and accept (codes); intent
    lines hold text and intent. Returns what was written.
    """
    questions = _read(dev_questions)
    intents = _read(dev_intents)
    catalogue = Catalogue.load()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    understander = Understander.load(catalogue)
    load_s = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = {
        "questions": len(questions),
        "intent_utterances": len(intents),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "intent_accuracy": _intent_accuracy(understander, intents),
        "memory_mb": round(memory / 1024, 1),
        "memory_of_understanding_mb": round((memory - before) / 1024, 1),
        "results": [asdict(_measure_ours(understander, questions, load_s))]
        + [asdict(_measure(name, build, catalogue, questions)) for name, build in _BASELINES],
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (out / "understanding.json").write_text(text, encoding="utf-8")
    (out / "understanding.md").write_text(_markdown(report), encoding="utf-8")
    return report


def _read(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _intent_accuracy(understander: Understander, intents: Sequence[dict[str, Any]]) -> float:
    right = sum(understander.understand(i["text"])[0].intent == i["intent"] for i in intents)
    return float(round(right / max(1, len(intents)), 4))


def _measure_ours(
    understander: Understander, questions: Sequence[dict[str, Any]], load_s: float
) -> Result:
    tally: Counter[str] = Counter()
    spent: list[float] = []
    for question in questions:
        start = time.perf_counter()
        found = understander.understand(question["text"])[0]
        spent.append((time.perf_counter() - start) * 1000)
        codes = [p.code for p in found.procedures] if found.intent == "ask_procedure" else []
        _count(tally, question, codes, found.behaviour, found.intent == "out_of_scope")
    return _result("ours", tally, spent, load_s, asks=True)


def _measure(
    name: str,
    build: Callable[[Catalogue], Search],
    catalogue: Catalogue,
    questions: Sequence[dict[str, Any]],
) -> Result:
    start = time.perf_counter()
    search = build(catalogue)
    load_s = time.perf_counter() - start
    tally: Counter[str] = Counter()
    spent: list[float] = []
    for question in questions:
        start = time.perf_counter()
        codes = search(question["text"])
        spent.append((time.perf_counter() - start) * 1000)
        _count(tally, question, codes, "answer", outside=False)
    return _result(name, tally, spent, load_s, asks=False)


def _count(
    tally: Counter[str],
    question: dict[str, Any],
    codes: list[str],
    behaviour: str,
    outside: bool,
) -> None:
    wanted, accept = question["behaviour"], set(question["accept"])
    tally[wanted] += 1
    tally["all"] += 1
    tally["wrong"] += behaviour == "answer" and not accept.intersection(codes[:1])
    if wanted == "answer":
        tally["top1"] += bool(accept.intersection(codes[:1]))
        tally["top3"] += bool(accept.intersection(codes[:3]))
        tally["needless"] += behaviour == "clarify"
    elif wanted == "clarify":
        tally["asked"] += behaviour == "clarify"
    else:
        tally["handed_over"] += behaviour == "handoff" and outside


def _result(
    method: str, tally: Counter[str], spent: list[float], load_s: float, asks: bool
) -> Result:
    def share(part: str, whole: str) -> float:
        return round(tally[part] / max(1, tally[whole]), 4)

    spent = sorted(spent)
    return Result(
        method,
        share("top1", "answer"),
        share("top3", "answer"),
        share("wrong", "all"),
        share("needless", "answer"),
        share("asked", "clarify") if asks else None,
        share("handed_over", "out_of_scope") if asks else None,
        round(spent[len(spent) // 2], 2),
        round(spent[math.ceil(0.99 * len(spent)) - 1], 2),
        round(load_s, 2),
    )


def _bm25(catalogue: Catalogue) -> Search:
    """BM25 (k1 1.5, b 0.75) over the folded words of the official names."""
    codes = [p.code for p in catalogue]
    bags = [Counter(_words(p.official_name)) for p in catalogue]
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / max(1, len(lengths))
    spread: Counter[str] = Counter(word for bag in bags for word in bag)

    def search(text: str) -> list[str]:
        def score(n: int) -> float:
            norm: float = 1.5 * (0.25 + 0.75 * lengths[n] / mean)
            return math.fsum(
                math.log1p((len(bags) - spread[w] + 0.5) / (spread[w] + 0.5))
                * bags[n][w]
                * 2.5
                / (bags[n][w] + norm)
                for w in query
                if bags[n][w]
            )

        query = _words(text)
        return _best(codes, [score(n) for n in range(len(codes))])

    return search


def _char_tfidf(catalogue: Catalogue) -> Search:
    """Cosine of TF-IDF over character 2- to 4-grams of the lower-case official names."""
    codes = [p.code for p in catalogue]
    bags = [_grams(p.official_name) for p in catalogue]
    spread = Counter(gram for bag in bags for gram in bag)
    rarity = {g: math.log((1 + len(bags)) / (1 + n)) + 1 for g, n in spread.items()}
    vectors = [_unit({g: n * rarity[g] for g, n in bag.items()}) for bag in bags]

    def search(text: str) -> list[str]:
        query = _unit({g: n * rarity[g] for g, n in _grams(text).items() if g in rarity})
        return _best(codes, [sum(w * v.get(g, 0.0) for g, w in query.items()) for v in vectors])

    return search


def _rapidfuzz(catalogue: Catalogue) -> Search:
    """rapidfuzz token-set ratio against the lower-case official names."""
    names = {p.code: p.official_name.lower() for p in catalogue}

    def search(text: str) -> list[str]:
        found = process.extract(text.lower(), names, scorer=fuzz.token_set_ratio, limit=3)
        return [code for *_, code in found]

    return search


_BASELINES: tuple[tuple[str, Callable[[Catalogue], Search]], ...] = (
    ("BM25, official names", _bm25),
    ("char TF-IDF, official names", _char_tfidf),
    ("rapidfuzz, official names", _rapidfuzz),
)


def _words(text: str) -> list[str]:
    return [fold(word) for word in words_of(text)]


def _grams(text: str) -> Counter[str]:
    padded = f" {' '.join(words_of(text))} "
    return Counter(padded[i : i + n] for n in (2, 3, 4) for i in range(len(padded) - n + 1))


def _unit(vector: dict[str, float]) -> dict[str, float]:
    norm = math.sqrt(sum(v * v for v in vector.values())) or 1.0
    return {g: v / norm for g, v in vector.items()}


def _best(codes: list[str], scores: list[float]) -> list[str]:
    return [codes[n] for n in sorted(range(len(codes)), key=lambda n: -scores[n])[:3]]


def _markdown(report: dict[str, Any]) -> str:
    head = (
        "method",
        "top-1",
        "top-3",
        "wrong without asking",
        "asked needlessly",
        "clarify recall",
        "out-of-scope recall",
        "ms p50",
        "ms p99",
        "load s",
    )
    lines = [
        "# Understanding",
        "",
        f"{report['questions']} questions, {report['intent_utterances']} intent utterances; "
        f"{report['machine']}. Intent accuracy of ours: {report['intent_accuracy']:.1%}; "
        f"process {report['memory_mb']} MB, of it {report['memory_of_understanding_mb']} MB "
        "added by loading.",
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
    ]
    for row in report["results"]:
        name, *values = row.values()
        shares = ["–" if v is None else f"{v:.1%}" for v in values[:6]]
        lines.append("| " + " | ".join([name, *shares, *map(str, values[6:])]) + " |")
    return "\n".join(lines) + "\n"
