"""Text in, requests out: splits an utterance, ranks, decides and keeps the thread of the talk."""

import re
from dataclasses import replace

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.paths import prepared_dir
from kiosk_robot.understanding.decide import OUTSIDE, Decision, Limits, decide
from kiosk_robot.understanding.intents import IntentHit
from kiosk_robot.understanding.language import Language
from kiosk_robot.understanding.model import Context, RankedProcedure, Understanding
from kiosk_robot.understanding.prepared import prepared, texts_of
from kiosk_robot.understanding.ranking import Hit
from kiosk_robot.understanding.text import Reading, clean, fold, words_of

_COMMAND = 0.60  # an utterance this like an intent's sentences is that intent
_CLAUSE = 0.72  # a part of an utterance must be this sure to stand as a request of its own
_SURE_INTENT = 0.90  # and this like, whatever procedure it resembles too
_LOOSE, _FAR_ABOVE = 0.50, 1.6  # or this like, when nothing else comes near
_UNRIVALLED = 0.48  # or this like, when nothing else is more so and no follow-up is meant
_BREAK = re.compile(
    r"[,.;:!?…]+|\s(?:rồi|với lại|sau đó|tiện thể|nhân tiện|à mà|và|roi|va|then|and)\s"
)
_NOT = r"(?:khong phai|dau phai|khong hoi|khong lam|not)"  # as folded
_CORRECTIONS = (
    re.compile(rf"(?:\w+ ){{0,2}}{_NOT} .+?(?:[,;.] ?(?:ma )?| ma la | ma | but )(?P<meant>\S.+)"),
    re.compile(rf"(?P<meant>.+?)[,;]? (?:chu|cho|and) {_NOT} .+"),
)
_MOST_BREAKS = 5  # looked at; nobody asks for more at once, and an answer must not wait
_NEAR = 0.95  # of the likeness of what is out of scope
_LONG = 14  # words; what is longer tells a story and is no command
_ASIDE = 0.50  # beside a command, what is less of a procedure only leads up to the command
_COURTESIES = ("greet", "goodbye")
_ANSWERS = (
    "affirm", "deny", "cancel", "goodbye", "repeat", "slower", "louder", "switch_language",
    "call_staff",
)  # fmt: skip
_NEW_TOPIC = 0.60  # with a procedure under discussion, a new one must be meant this clearly
_ASK_WHICH = {"vi": "Bác hỏi về thủ tục nào ạ?", "en": "Which procedure do you mean?"}


class Understander:
    """Understands what citizens say to the robot; deterministic, without a network."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self.vietnamese = Language.vietnamese(catalogue)
        self._english = Language.english(catalogue)
        self._limits = Limits()

    @classmethod
    def load(cls, catalogue: Catalogue) -> "Understander":
        """Return an understander of the procedures of `catalogue`, prepared once and kept."""
        made_from = [*texts_of("*.py", "data/*.yaml"), *(p.model_dump_json() for p in catalogue)]
        known = {"catalogue": catalogue}
        return prepared(cls, made_from, lambda: cls(catalogue), prepared_dir(), known)

    def understand(self, text: str, context: Context | None = None) -> list[Understanding]:
        """Return the requests in `text`, in order; at least one, and never an exception."""
        found = self._requests(text, context or Context())
        if context and context.commenting and not _answers_a_question(found):
            heard = clean(text)
            return [Understanding(heard, "give_feedback", "command", slots={"comment": heard})]
        return found

    def _requests(self, text: str, talk: Context) -> list[Understanding]:
        heard = clean(text)
        language = self._language_of(heard)
        if language is None:
            return [Understanding(heard, "not_understood", "handoff", confidence=0.0)]
        heard = self._corrected(heard, language)
        found = [self._one(part, language, talk) for part in self._split(heard, language)]
        if language.locale == "en":
            found = [replace(u, slots={"locale": "en"} | u.slots) for u in found]
        return found

    def explain(self, text: str) -> str:
        """Return, for people, how `text` was read and why it was decided so."""
        heard = clean(text)
        language = self._language_of(heard)
        if language is None:
            return "không nhận ra ngôn ngữ"
        heard = self._corrected(heard, language)
        reading = language.reading(heard)
        lines = [
            f"đọc là: {' '.join(reading.words)}",
            f"từ mang nghĩa: {' '.join(reading.content) or '-'}",
            f"khái niệm: {', '.join(sorted(reading.concepts)) or '-'}",
        ]
        lines += [f"{h.likeness:.2f} ý định {h.intent}" for h in language.likely_intents(heard)]
        for hit in language.likely_targets(heard)[:6]:
            near = language.nearest_phrase(heard, hit.target)
            lines.append(f"{hit.score:.2f} {hit.target} {self._name(hit.target)} (gần: {near!r})")
        lines.append(f"vì: {self._decide(heard, language).reason}")
        for found in self.understand(text):
            codes = " ".join(p.code for p in found.procedures[:3])
            parts = (found.intent, found.behaviour, codes, found.question or "")
            lines.append("=> " + " ".join(p for p in parts if p))
        return "\n".join(lines)

    def _name(self, target: str) -> str:
        procedure = self._catalogue.get(target)
        group = self.vietnamese.choices.groups.get(target)
        return procedure.name if procedure else " / ".join(group.options.values()) if group else "-"

    def _language_of(self, heard: str) -> Language | None:
        """Return the language most of the words belong to, None when hardly any is known."""
        words = [w for w in words_of(heard) if not w.isdecimal()]
        plain = [fold(w) for w in words]
        standard = [w for w in self.vietnamese.reading(heard).folded if not w.isdecimal()]
        vietnamese = sum(w in self.vietnamese.known for w in standard)
        english = sum(w in self._english.known for w in plain)
        plain_letters = all(w.isascii() for w in words) and english >= max(vietnamese, 1)
        if plain_letters and (english > vietnamese or self._sounds_english(heard)):
            return self._english if 2 * english >= len(words) else None
        return self.vietnamese if words and 2 * vietnamese >= len(standard) else None

    def _sounds_english(self, heard: str) -> bool:
        """Whether words of both languages, "go on", are more like an English request."""
        intents = (language.likely_intents(heard) for language in (self._english, self.vietnamese))
        english, vietnamese = (found[0].likeness if found else 0.0 for found in intents)
        return english > vietnamese

    def _corrected(self, heard: str, language: Language) -> str:
        """Return the request that is meant in "not this but that" or "that, not this"."""
        plain = fold(heard.lower())
        for correction in _CORRECTIONS if len(plain) == len(heard) else ():
            if found := correction.fullmatch(plain):
                meant = heard[found.start("meant") : found.end("meant")]
                return meant if self._is_known(meant, language) else heard
        return heard

    def _split(self, heard: str, language: Language) -> list[str]:
        """Return the parts of an utterance that are requests of their own, else all of it."""
        parts = [p.strip() for p in _BREAK.split(heard, _MOST_BREAKS) if p.strip()]
        if len(parts) < 2 or _is_command(heard, language) or _is_procedure(heard, language):
            return [heard]
        requests: list[str] = []
        rest: list[str] = []
        for part in parts:
            if _is_command(part, language):
                requests += [", ".join(rest)] if rest else []
                requests.append(part)
                rest = []
            else:
                rest.append(part)
        requests += [", ".join(rest)] if rest else []
        return self._without_empty(requests, language) if len(requests) > 1 else [heard]

    def _without_empty(self, requests: list[str], language: Language) -> list[str]:
        """Drop remainders that ask for nothing, and courtesies beside a request."""
        matter = [r for r in requests if _is_command(r, language) and not _is_courtesy(r, language)]
        short = sum(len(r.split()) for r in requests) <= _LONG
        least = _ASIDE if matter and short else self._limits.known
        kept = [r for r in requests if _is_command(r, language) or _is_topic(r, language, least)]
        kept = kept or requests[:1]
        matters = [r for r in kept if not _is_courtesy(r, language)]
        return matters or kept[-1:]

    def _is_known(self, text: str, language: Language) -> bool:
        return _is_topic(text, language, self._limits.known)

    def _one(self, text: str, language: Language, context: Context) -> Understanding:
        if context.offered and (chosen := self._choice(text, language, context.offered)):
            return self._answer(text, language, chosen)
        hits = language.likely_targets(text)
        intents = language.likely_intents(text)
        short = len(text.split()) <= _LONG
        if _prefers_intent(intents, hits, _COMMAND) or (short and _stands_alone(intents, hits)):
            return _command(text, language, intents[0])
        if self._is_follow_up(text, language, context):
            return self._follow_up(text, language, context)
        if short and _is_likelier(intents, hits):
            return _command(text, language, intents[0])
        return self._procedure(text, language, self._decide(text, language))

    def _decide(self, text: str, language: Language) -> Decision:
        hits, reading = language.likely_targets(text), language.reading(text)
        return decide(hits, reading, language.choices, self._limits)

    def _procedure(self, text: str, language: Language, decision: Decision) -> Understanding:
        reading = language.reading(text)
        best = decision.procedures[0] if decision.procedures else None
        found = Understanding(
            text,
            "out_of_scope" if decision.behaviour == "handoff" else "ask_procedure",
            decision.behaviour,
            decision.procedures,
            language.intents.facet(reading),
            question=decision.question,
            confidence=best.score if best else 0.0,
        )
        if best and decision.behaviour == "answer":
            return replace(found, case_id=self._case(best.code, reading))
        return found

    def _answer(self, text: str, language: Language, code: str) -> Understanding:
        reading = language.reading(text)
        return Understanding(
            text,
            "ask_procedure",
            "answer",
            (RankedProcedure(code, 1.0),),
            language.intents.facet(reading),
            self._case(code, reading),
        )

    def _choice(self, text: str, language: Language, offered: tuple[str, ...]) -> str | None:
        """Return the offered procedure that is pointed at or named, None when none is."""
        place = language.intents.ordinal(language.reading(text))
        if place is not None and place < len(offered) and offered[place] in self._catalogue:
            return offered[place]
        scores = language.scores(text, (c for c in offered if c in self._catalogue))
        ranked = sorted(scores, key=lambda code: -scores[code])
        if not ranked or scores[ranked[0]] < self._limits.known:
            return None
        if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < self._limits.margin:
            return None
        return ranked[0]

    def _is_follow_up(self, text: str, language: Language, context: Context) -> bool:
        reading = language.reading(text)
        if not reading.content and language.intents.facet(reading):
            return True
        if context.procedure not in self._catalogue:
            return False
        best = max(
            (h.likeness for h in language.likely_targets(text) if h.target in self._catalogue),
            default=0.0,
        )
        about_case = self._case(str(context.procedure), reading) is not None
        return best < (self._limits.exact if about_case else _NEW_TOPIC)

    def _follow_up(self, text: str, language: Language, context: Context) -> Understanding:
        if context.procedure not in self._catalogue:
            facet = language.intents.facet(language.reading(text))
            question = _ASK_WHICH[language.locale]
            return Understanding(
                text, "ask_procedure", "clarify", facet=facet, question=question, confidence=0.5
            )
        found = self._answer(text, language, str(context.procedure))
        return replace(found, case_id=found.case_id or context.case_id)

    def _case(self, code: str, reading: Reading) -> str | None:
        """Return the paper case whose cues were said, the longest cue deciding."""
        said = f" {' '.join(reading.folded)} "
        best: tuple[int, str] | None = None
        for case in self._catalogue[code].cases:
            for cue in case.cues:
                plain = " ".join(fold(w) for w in words_of(cue))
                if f" {plain} " in said and (best is None or len(plain) > best[0]):
                    best = (len(plain), case.id)
        return best[1] if best else None


def _answers_a_question(found: list[Understanding]) -> bool:
    """Whether an utterance is a yes, a no or a wish of how to go on, and nothing else."""
    return len(found) == 1 and found[0].intent in _ANSWERS and found[0].behaviour == "command"


def _command(text: str, language: Language, hit: IntentHit) -> Understanding:
    slots = language.intents.slots(hit.intent, language.reading(text))
    likeness = round(min(hit.likeness, 1.0), 4)
    return Understanding(text, hit.intent, "command", slots=slots, confidence=likeness)


def _is_command(text: str, language: Language) -> bool:
    if len(text.split()) > _LONG:
        return False
    intents = language.likely_intents(text)
    if not intents or intents[0].likeness < _CLAUSE:
        return False
    return _prefers_intent(intents, language.likely_targets(text), _CLAUSE)


def _is_procedure(text: str, language: Language) -> bool:
    intents = language.likely_intents(text)
    return bool(intents) and not _is_service(intents) and intents[0].likeness >= _SURE_INTENT


def _is_topic(text: str, language: Language, least: float) -> bool:
    hits = language.likely_targets(text)
    return bool(hits) and hits[0].score >= least


def _is_courtesy(text: str, language: Language) -> bool:
    return _is_command(text, language) and language.likely_intents(text)[0].intent in _COURTESIES


def _prefers_intent(intents: list[IntentHit], hits: list[Hit], least: float) -> bool:
    if not _is_service(intents) or intents[0].likeness < least:
        return False
    likeness = intents[0].likeness
    if not hits or likeness >= hits[0].score:
        return True
    # Small talk out of scope shares the words of services; procedures and open requests are closer.
    if hits[0].target.startswith(OUTSIDE):
        return likeness >= min(_SURE_INTENT, _NEAR * hits[0].likeness)
    return likeness >= max(_SURE_INTENT, hits[0].likeness)


def _stands_alone(intents: list[IntentHit], hits: list[Hit]) -> bool:
    """Whether a loosely worded intent has nothing in the catalogue or out of scope beside it."""
    least = max(_LOOSE, _FAR_ABOVE * _most_alike(hits))
    return _is_service(intents) and intents[0].likeness >= least


def _is_likelier(intents: list[IntentHit], hits: list[Hit]) -> bool:
    """Whether an intent is more alike than anything in the catalogue or out of scope.

    Not by scores: the share of the words that is covered favours procedures with many phrases.
    """
    least = max(_UNRIVALLED, _most_alike(hits))
    return _is_service(intents) and intents[0].likeness >= least


def _most_alike(hits: list[Hit]) -> float:
    return max((h.likeness for h in hits), default=0.0)


def _is_service(intents: list[IntentHit]) -> bool:
    return bool(intents) and intents[0].intent != "ask_procedure"
