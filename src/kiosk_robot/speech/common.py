"""Sentences that are often said, and how far the sound of an utterance speaks for one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from rapidfuzz import fuzz, process

from kiosk_robot.speech.echo import letters
from kiosk_robot.understanding.templates import expand

# Chosen on 124 synthetic utterances, two in five of them in noise, of other sentences than those
# of `kiosk bench speech`.
UNHEARD = 0.7  # share of what a sentence is worth without a sound that is no merit of the sound
SURE_LIKENESS, SURE_LEAD = -0.6, 0.8
LIKELY_LIKENESS, LIKELY_LEAD = -0.9, 0.2
THANKS = "bye"
_PACE = (1.2, 9.0)  # syllables a second, pauses included: a minute of talk is no "có"
SURE, LIKELY = 0.9, 0.55
"""Confidence of a sentence that is acted on, and of one that is asked about first."""


@cache
def common_sentences() -> dict[str, str]:
    """Every common sentence with its meaning."""
    text = files("kiosk_robot.speech").joinpath("common.vi.yaml").read_text(encoding="utf-8")
    return {
        sentence: meaning
        for meaning, templates in yaml.safe_load(text).items()
        for template in templates
        for sentence in expand(template, {})
    }


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence and how far a sound speaks for it: the mean log probability of its tokens given
    the sound, less `UNHEARD` of that given silence: what subtitles are full of is always likely.
    """

    sentence: str
    likeness: float


def nearest(written: Iterable[str], sentences: Iterable[str], count: int) -> list[str]:
    """The `count` sentences whose letters, tones aside, are nearest to any of what was written."""
    choices = {sentence: letters(sentence) for sentence in sentences}
    found: dict[str, float] = {}
    for text in written:
        near = process.extract(letters(text), choices, scorer=fuzz.ratio, limit=count)
        for _, score, sentence in near:
            found[sentence] = max(score, found.get(sentence, 0.0))
    return sorted(found, key=lambda sentence: -found[sentence])[:count]


def of_length(sentences: Iterable[str], seconds: float) -> list[str]:
    """Those that can be said in so many seconds."""
    slow, fast = _PACE
    return [s for s in sentences if slow * seconds <= len(s.split()) <= fast * seconds]


def judged(weighed: Iterable[Weighed], meanings: Mapping[str, str]) -> tuple[str, float]:
    """The sentence that was said and the confidence in it; ("", 0) when none stands out."""
    ranked = sorted(weighed, key=lambda each: -each.likeness)
    if not ranked:
        return "", 0.0
    best = ranked[0]
    rivals = (w.likeness for w in ranked if meanings[w.sentence] != meanings[best.sentence])
    lead = best.likeness - next(rivals, best.likeness - SURE_LEAD)
    if best.likeness >= SURE_LIKENESS and lead >= SURE_LEAD:
        # Subtitles end with thanks: "có" and "đúng rồi" were taken for it, with a lead (measured).
        return best.sentence, LIKELY if meanings[best.sentence] == THANKS else SURE
    if best.likeness >= LIKELY_LIKENESS and lead >= LIKELY_LEAD:
        return best.sentence, LIKELY
    return "", 0.0
