"""Whole answers about a procedure: what the robot says, and the complete list on the screen.

A whole answer has papers, fee, time and counter; leaving one out is the commonest way such robots
fail. What the sources leave open is never filled in: a fee the city sets is asked at the counter,
and a duration without a unit is a day the staff will name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kiosk_robot.catalogue.english import in_english
from kiosk_robot.catalogue.model import Fee, PaperCase, Procedure
from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.prompts import load_prompts
from kiosk_robot.paths import config_dir
from kiosk_robot.speech.reading import LOCALES, read_aloud, read_numbers
from kiosk_robot.understanding.model import Facet

MAX_WORDS = 25  # of one spoken sentence, counted as read aloud
MAX_SENTENCES = 3  # of one part
_SHORT_NAME = 6  # words a name may have to be said before the papers
_HINTED_CASES = 2  # situations named before "or another case"

# Lines of the papers that ask for people to come.
_PRESENCE = re.compile(
    r"\bcó mặt\b|^(?:ít nhất )?(?:một|hai) người làm chứng|\bin person\b|^at least two witnesses"
)
# What the catalogue's amounts are for, in its words; the phrases `per_…` translate them.
_PER = {
    word: f"per_{word.replace(' ', '_')}"
    for word in (
        "trang",
        "bản",
        "lần",
        "thẻ",
        "trường hợp",
        "giao dịch",
        "di chúc",
        "người",
        "hồ sơ",
        "văn bản",
        "giấy",
        "lần đăng ký",
        "xe",
    )
}

_KEYS: dict[str, frozenset[str]] = {
    key: frozenset(placeholders.split())
    for key, placeholders in {
        "papers": "papers",
        "papers_named": "papers Name",
        "papers_case": "papers case",
        "papers_vietnamese": "papers",
        "papers_more": "papers",
        "papers_left": "papers count",
        "papers_present": "people",
        "papers_missing": "",
        "papers_unknown": "counter",
        "papers_language": "",
        "details_unknown": "",
        "details_ask": "counter",
        "cases_hint": "cases",
        "cases_hint_more": "cases",
        "cases_hint_plain": "",
        "fee_free_clause": "",
        "fee_clause": "amount",
        "fee_local_clause": "counter",
        "fee_unknown_clause": "counter",
        "fee_online": "amount",
        "fee_online_free": "",
        "time_clause": "duration",
        "time_same_day_clause": "",
        "time_unknown_clause": "",
        "counter_clause": "counter",
        "where": "counter",
        "steps": "counter",
        "forms": "forms",
        "forms_unknown": "counter",
        "online_national_portal": "",
        "online_vneid": "",
        "online_none": "counter",
        "screen_free": "",
        "screen_local": "",
        "screen_unknown": "",
        "screen_online_fee": "amount",
        "screen_online_free": "",
        "screen_same_day": "",
        "screen_time_unknown": "",
        "screen_national_portal": "",
        "screen_vneid": "",
        "screen_source": "source month",
        "sentence_end": "",
        "citizen_alone": "",
        "and": "",
        "or": "",
        "comma": "",
        "counter": "number",
        "counter_named": "name",
        "counter_unknown": "",
        "amount": "thousands",
        "amount_per": "thousands per",
        "amount_per_screen": "thousands per",
        "unit_minute": "quantity",
        "unit_hour": "quantity",
        "unit_day": "quantity",
        "unit_working_day": "quantity",
        "unit_month": "quantity",
    }.items()
} | dict.fromkeys(_PER.values(), frozenset())


@dataclass(frozen=True, slots=True)
class ScreenAnswer:
    """Everything about a procedure for the screen and the ticket, ready to be shown."""

    title: str
    case_label: str  # empty when there is only one case, or none
    cases: tuple[tuple[str, str], ...]  # (id, label) of all cases to choose from
    papers: tuple[str, ...]  # empty when not known
    papers_note: str  # that the papers are named in Vietnamese, when not in this language
    fee: str
    duration: str
    forms: tuple[str, ...]
    counter: str
    online: str  # empty when there is no online way
    source_line: str


def spoken_answer(
    procedure: Procedure,
    *,
    facet: Facet | None,
    case_id: str | None,
    counter: str,
    address: Address,
    locale: str = "vi",
    directory: Path | None = None,
) -> list[str]:
    """What the robot says, in parts of at most 3 sentences of at most 25 words.

    The first part stands by itself: papers, fee, time and counter, or the `facet` asked for. Later
    parts are said when the citizen wants to hear more. Numbers are in words; codes and names stay
    as written, the voice reads them. `counter` is its number ("3"), its name, or "" when not known.
    `directory` holds the prompt files, by default `prompts/` of the configuration.

    Raises ValueError for an unknown case or locale, PromptError for a bad prompt file.
    """
    voice = _Voice(_phrases(locale, directory), locale, counter, address)
    procedure, named_in = _named(procedure, locale)
    case = _case(procedure, case_id)
    others = () if case_id else tuple(other for other in procedure.cases if other is not case)
    speech = _Speech(procedure, case, others, voice, named_in)
    sentences = speech.whole() if facet is None else speech.facet(facet)
    return [
        " ".join(sentences[start : start + MAX_SENTENCES])
        for start in range(0, len(sentences), MAX_SENTENCES)
    ]


def screen_answer(
    procedure: Procedure,
    *,
    case_id: str | None,
    counter: str,
    locale: str = "vi",
    directory: Path | None = None,
) -> ScreenAnswer:
    """The complete answer for the screen and the ticket; without a case, the ordinary one's papers.

    Raises ValueError for an unknown case or locale, PromptError for a bad prompt file.
    """
    voice = _Voice(_phrases(locale, directory), locale, counter, Address())
    procedure, named_in = _named(procedure, locale)
    case = _case(procedure, case_id)
    several = len(procedure.cases) > 1
    online = "" if procedure.online == "none" else voice.say(f"screen_{procedure.online}")
    return ScreenAnswer(
        title=_upper(procedure.name),
        case_label=case.label if case and several else "",
        cases=tuple((each.id, each.label) for each in procedure.cases) if several else (),
        papers=case.papers if case else (),
        papers_note=voice.say("papers_language") if case and named_in != locale else "",
        fee=_screen_fee(procedure.fee, voice),
        duration=_screen_duration(procedure, voice),
        forms=procedure.forms,
        counter=_upper(voice.counter),
        online=". ".join(filter(None, (online, procedure.online_note))),
        source_line=voice.say(
            "screen_source", source=procedure.source, month=f"{procedure.snapshot:%m/%Y}"
        ),
    )


@cache
def _load(path: Path) -> dict[str, str]:
    return load_prompts(path, _KEYS)


def _phrases(locale: str, directory: Path | None) -> dict[str, str]:
    if locale not in LOCALES:
        raise ValueError(f"no answers in locale {locale!r}, only in {', '.join(LOCALES)}")
    return _load((directory or config_dir() / "prompts") / f"answers.{locale}.yaml")


def _named(procedure: Procedure, locale: str) -> tuple[Procedure, str]:
    """The procedure with papers and cases named in this language or in Vietnamese, and in which."""
    named = in_english(procedure) if locale == "en" else None
    return (named, locale) if named else (procedure, "vi")


def _case(procedure: Procedure, case_id: str | None) -> PaperCase | None:
    """The chosen case, or the ordinary one: the first, as the catalogue lists them."""
    if case_id is None:
        return procedure.cases[0] if procedure.cases else None
    for case in procedure.cases:
        if case.id == case_id:
            return case
    raise ValueError(f"procedure {procedure.code} has no case {case_id!r}")


class _Voice:
    """The phrases of one language, filled with the address and the counter of this visit."""

    def __init__(
        self, phrases: dict[str, str], locale: str, counter: str, address: Address
    ) -> None:
        self._phrases = phrases
        self.locale = locale
        self._words = address.words
        self.counter = self._counter(counter)

    def say(self, key: str, **values: str) -> str:
        return self._phrases[key].format(**self._words, **values)

    def at_counter(self, key: str) -> str:
        return self.say(key, counter=self.counter)

    def listing(self, items: Sequence[str], last: str = "and") -> str:
        *front, final = items
        return ", ".join(front) + self.say(last) + final if front else final

    def amount(self, vnd: int, per: str, key: str = "amount_per") -> str:
        mark = "." if self.locale == "vi" else ","
        thousands = f"{vnd:,}".replace(",", mark)
        unit = self.say(_PER[per]) if per in _PER else per
        return self.say(key if per else "amount", thousands=thousands, per=unit)

    def duration(self, procedure: Procedure) -> str | None:
        """The duration in figures; None when it is not known for certain."""
        known = procedure.duration
        if known is None or known.unit is None or not known.quantity:
            return None
        mark = "," if self.locale == "vi" else "."
        phrase = self.say(f"unit_{known.unit}", quantity=f"{known.quantity:g}".replace(".", mark))
        return phrase.removesuffix("s") if self.locale == "en" and known.quantity == 1 else phrase

    def sentences(self, clauses: Sequence[str]) -> list[str]:
        """As few sentences as hold the clauses; the last one closes politely."""
        joined: list[str] = []
        for clause in clauses:
            if joined and self.fits(f"{joined[-1]}, {clause}{self.say('sentence_end')}"):
                joined[-1] += f", {clause}"
            else:
                joined.append(clause)
        ends = ["."] * (len(joined) - 1) + [self.say("sentence_end")]
        return [_upper(text) + end for text, end in zip(joined, ends, strict=True)]

    def fits(self, sentence: str) -> bool:
        return len(read_aloud(sentence, self.locale).split()) <= MAX_WORDS

    def cut(self, text: str) -> list[str]:
        """A text of our data as sentences that fit: at its marks, at worst after so many words."""
        whole: list[str] = []
        for sentence in re.split(r"(?<=[.!?;])\s+", text.strip()):
            pieces = [sentence] if self.fits(sentence) else re.split(r"(?<=[,:])\s+", sentence)
            for piece in pieces:
                if len(pieces) > 1 and whole and self.fits(f"{whole[-1]} {piece}"):
                    whole[-1] += f" {piece}"
                else:
                    whole += self._by_words(piece)
        return [_upper(each.rstrip(" ,;:.!?")) + "." for each in whole if each]

    def _by_words(self, text: str) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            if lines and self.fits(f"{lines[-1]} {word}"):
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def _counter(self, counter: str) -> str:
        name = re.sub(r"^(quầy|counter)\s*(số\s+)?", "", counter.strip(), flags=re.IGNORECASE)
        if not name:
            return self._phrases["counter_unknown"]
        if name.isdecimal():
            return self._phrases["counter"].format(number=name)
        return self._phrases["counter_named"].format(name=name)


class _Speech:
    """The sentences about one procedure and case."""

    def __init__(
        self,
        procedure: Procedure,
        case: PaperCase | None,
        others: tuple[PaperCase, ...],
        voice: _Voice,
        named_in: str,
    ) -> None:
        self._procedure = procedure
        self._case = case
        self._others = others
        self._voice = voice
        self._named_in = named_in  # language of the papers and cases

    def whole(self) -> list[str]:
        procedure, voice = self._procedure, self._voice
        if self._case is None and procedure.fee is None and procedure.duration is None:
            facts = [voice.say("details_unknown"), voice.at_counter("details_ask")]
            return self._read(facts + self._online())
        facts = voice.sentences(self._facts())
        hint = self._hint()
        first, rest = self._papers(max(1, MAX_SENTENCES - len(facts) - len(hint)))
        return self._read(
            first + facts + hint + rest + self._fee_details() + self._notes() + self._online()
        )

    def facet(self, facet: Facet) -> list[str]:
        voice = self._voice
        match facet:
            case "papers" if self._case is None:
                sentences = [voice.at_counter("papers_unknown")]
            case "papers":
                hint = self._hint()
                first, rest = self._papers(MAX_SENTENCES - len(hint))
                sentences = first + hint + rest
            case "fee":
                sentences = voice.sentences([self._fee()]) + self._fee_details()
            case "time":
                sentences = voice.sentences([self._time()]) + self._notes()
            case "where":
                sentences = [voice.at_counter("where")]
            case "steps":
                sentences = [voice.at_counter("steps"), *voice.sentences([self._time()])]
            case "form":
                sentences = self._forms()
            case "online":
                sentences = self._online() or [voice.at_counter("online_none")]
        return self._read(sentences)

    def _read(self, sentences: Iterable[str]) -> list[str]:
        return [read_numbers(sentence, self._voice.locale) for sentence in sentences]

    def _facts(self) -> list[str]:
        """Fee, time and counter; a fee to be asked at the counter has named it already."""
        asked = self._fee_is_asked()
        counter = [] if asked else [self._voice.at_counter("counter_clause")]
        return [self._fee(), self._time(), *counter]

    def _fee_is_asked(self) -> bool:
        fee = self._procedure.fee
        return fee is None or fee.set_locally or fee.amount_vnd is None

    def _fee(self) -> str:
        fee, voice = self._procedure.fee, self._voice
        if fee is not None and fee.set_locally:
            return voice.at_counter("fee_local_clause")
        if fee is None or fee.amount_vnd is None:
            return voice.at_counter("fee_unknown_clause")
        if fee.amount_vnd == 0:
            return voice.say("fee_free_clause")
        return voice.say("fee_clause", amount=voice.amount(fee.amount_vnd, fee.per))

    def _fee_details(self) -> list[str]:
        fee, voice = self._procedure.fee, self._voice
        if fee is None:
            return []
        details = []
        if not fee.set_locally and fee.online_vnd == 0 != fee.amount_vnd:
            details.append(voice.say("fee_online_free"))
        elif not fee.set_locally and fee.online_vnd not in (None, fee.amount_vnd):
            details.append(
                voice.say("fee_online", amount=voice.amount(fee.online_vnd or 0, fee.per))
            )
        return details + self._note(fee.note)

    def _time(self) -> str:
        known, voice = self._procedure.duration, self._voice
        if known is not None and known.same_day:
            return voice.say("time_same_day_clause")
        duration = voice.duration(self._procedure)
        if duration is None:
            return voice.say("time_unknown_clause")
        return voice.say("time_clause", duration=duration)

    def _notes(self) -> list[str]:
        duration = self._procedure.duration
        return self._note(duration.note) if duration else []

    def _note(self, note: str) -> list[str]:
        """Notes exist in Vietnamese only; an English visitor reads them on the screen."""
        return self._voice.cut(note) if note and self._voice.locale == "vi" else []

    def _forms(self) -> list[str]:
        voice, forms = self._voice, self._procedure.forms
        if not forms:
            return [voice.at_counter("forms_unknown")]
        sentence = voice.say("forms", forms=voice.listing([_spoken(form) for form in forms]))
        return [sentence] if voice.fits(sentence) else voice.cut(sentence)

    def _online(self) -> list[str]:
        if self._procedure.online == "none":
            return []
        way = self._voice.say(f"online_{self._procedure.online}")
        return [way, *self._note(self._procedure.online_note)]

    def _hint(self) -> list[str]:
        """That other situations need other papers, naming as many as one sentence holds."""
        voice, labels = self._voice, [self._spoken(case.label) for case in self._others]
        most = min(len(labels), _HINTED_CASES) if self._named_in == voice.locale else 0
        for named in range(most, 0, -1):
            all_named = named == len(labels)
            cases = (
                voice.listing(labels[:named], last="or") if all_named else ", ".join(labels[:named])
            )
            hint = voice.say("cases_hint" if all_named else "cases_hint_more", cases=cases)
            if voice.fits(hint):
                return [hint]
        return [voice.say("cases_hint_plain")] if labels else []

    def _papers(self, room: int) -> tuple[list[str], list[str]]:
        """Sentences naming all papers: those for the first part, `room` of them, and the others.

        Papers needed only "if …" come last. When not all find room, the first part says how many
        are left. Lines that ask for a person, not a paper, get a sentence of their own.
        """
        if self._case is None:
            return [self._voice.say("papers_missing")], []
        lines = [self._spoken(paper) for paper in self._case.papers]
        left = sorted((line for line in lines if not _PRESENCE.search(line)), key=_conditional)
        sentences: list[str] = []
        while left:
            templates = ("papers_more",) if sentences else self._intros()
            tell_left = len(sentences) == room - 1
            said, left = self._fullest(templates, left, tell_left=tell_left)
            sentences += said
        sentences[room:room] = self._present(lines)
        return sentences[:room], sentences[room:]

    def _present(self, lines: Sequence[str]) -> list[str]:
        voice = self._voice
        who = voice.say("citizen_alone")
        people = [
            f"{who} {line}" if line.startswith("có mặt") else line
            for line in lines
            if _PRESENCE.search(line)
        ]
        if not people:
            return []
        sentence = voice.say("papers_present", people=voice.listing(people))
        return [sentence] if voice.fits(sentence) else voice.cut(sentence)

    def _intros(self) -> tuple[str, ...]:
        """Ways to begin, the more telling first; the plainest leaves most room for papers."""
        case, procedure = self._case, self._procedure
        if self._named_in != self._voice.locale:
            return ("papers_vietnamese",)
        if case is not None and len(procedure.cases) > 1 and case.id != "ordinary":
            return "papers_case", "papers"
        if len(procedure.name.split()) <= _SHORT_NAME:
            return "papers_named", "papers"
        return ("papers",)

    def _fullest(
        self, templates: Sequence[str], papers: Sequence[str], *, tell_left: bool
    ) -> tuple[list[str], list[str]]:
        """The sentence naming most papers, and the papers left; a paper too long is said alone."""
        best, most = "", 0
        for template in templates:
            for count in range(len(papers), most, -1):
                sentence = self._naming(template, papers, count, tell_left=tell_left)
                if self._voice.fits(sentence):
                    best, most = sentence, count
                    break
        if most == 0:
            return self._voice.cut(papers[0]), list(papers[1:])
        return [best], list(papers[most:])

    def _naming(self, template: str, papers: Sequence[str], count: int, *, tell_left: bool) -> str:
        voice, left = self._voice, len(papers) - count
        if left and tell_left:
            named = ", ".join(papers[:count])
            named = voice.say("papers_left", papers=named, count=str(left))
        else:
            named = voice.listing(papers[:count])
        case = self._spoken(self._case.label) if self._case else ""
        return voice.say(template, papers=named, Name=_upper(self._procedure.name), case=case)

    def _spoken(self, item: str) -> str:
        return _spoken(item, self._named_in)


def _screen_fee(fee: Fee | None, voice: _Voice) -> str:
    if fee is None:
        return voice.say("screen_unknown")
    if fee.set_locally:
        return ". ".join(filter(None, (voice.say("screen_local"), fee.note)))
    lines = [voice.say("screen_unknown")]
    if fee.amount_vnd is not None:
        amount = voice.amount(fee.amount_vnd, fee.per, "amount_per_screen")
        lines = [amount if fee.amount_vnd else voice.say("screen_free")]
    if fee.online_vnd is not None and fee.online_vnd != fee.amount_vnd:
        amount = voice.amount(fee.online_vnd, fee.per, "amount_per_screen")
        key = "screen_online_fee" if fee.online_vnd else "screen_online_free"
        lines.append(voice.say(key, amount=amount))
    return ". ".join([*lines, *filter(None, (fee.note,))])


def _screen_duration(procedure: Procedure, voice: _Voice) -> str:
    known = procedure.duration
    if known is not None and known.same_day:
        line = voice.say("screen_same_day")
    else:
        line = voice.duration(procedure) or voice.say("screen_time_unknown")
    return ". ".join(filter(None, (line, known.note if known else "")))


def _spoken(item: str, locale: str = "vi") -> str:
    """A line of the catalogue for the middle of a sentence: no full stop, brackets or capital."""
    text = re.sub(r"[()]", "", item).strip(" .;,")
    text = re.sub(r"[;.!?]\s+", ", ", text)
    abbreviation = text[1:2].isupper() or text[1:2].isdecimal()
    return read_numbers(text if abbreviation else text[:1].lower() + text[1:], locale)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _conditional(paper: str) -> bool:
    return bool(re.search(r"\b(?:nếu|if)\b", paper))
