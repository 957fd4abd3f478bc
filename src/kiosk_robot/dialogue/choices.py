"""What the citizen can press now. Every button is something that can be said as well."""

from dataclasses import dataclass

from kiosk_robot.dialogue.session import Base, Phase, Session
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.documents.masking import mask_numbers_in
from kiosk_robot.queueing.claims import SealingKey, claim_in
from kiosk_robot.understanding.model import Intent, RankedProcedure, Understanding
from kiosk_robot.understanding.text import clean


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `id` is "intent", or "intent:value"."""

    id: str
    label: str


LABELS: dict[str, dict[str, str]] = {
    "vi": {
        "take_ticket": "Lấy số",
        "request_drink": "Xin nước",
        "request_snack": "Xin kẹo",
        "scan_card": "Đọc thẻ căn cước",
        "call_staff": "Gặp cán bộ",
        "give_feedback": "Góp ý",
        "goodbye": "Xong, cảm ơn",
        "tell_more": "Nghe tiếp",
        "repeat": "Nói lại",
        "slower": "Nói chậm",
        "switch_language": "English",
        "cancel": "Thôi",
        "yes_ticket": "Lấy số",
        "no_ticket": "Không lấy",
        "yes_heard": "Đúng rồi",
        "no_heard": "Không phải",
        "priority": "Tôi được ưu tiên",
        "ordinary": "Lấy số thường",
        "yes_scan": "Đồng ý",
        "no_scan": "Không đồng ý",
        "fill_form": "Điền tờ khai",
        "yes_review": "Đúng, in ra",
        "no_review": "Có mục sai",
        "yes_guide": "Dẫn tôi đi",
        "no_guide": "Tôi tự đi",
        "stop_guide": "Dừng lại",
        "ask_directions": "Chỉ đường",
        "water_to_seat": "Mang nước ra ghế",
        "skip": "Bỏ qua",
        "other": "Việc khác",
        "check_in_booking": "Tôi có lịch hẹn",
        "yes_camera": "Đồng ý, xem mã",
        "no_booking": "Lấy số thường",
        "no_comment": "Không nói thêm",
        "start": "Chạm để bắt đầu",
        "1.001193": "Đăng ký khai sinh",
        "2.000815": "Chứng thực bản sao",
        "1.004222": "Đăng ký thường trú",
        "1.004873": "Xác nhận hôn nhân",
    },
    "en": {
        "take_ticket": "Take a number",
        "request_drink": "Water",
        "request_snack": "Candy",
        "scan_card": "Read my ID card",
        "call_staff": "Call staff",
        "give_feedback": "Feedback",
        "goodbye": "Done, thanks",
        "tell_more": "Go on",
        "repeat": "Repeat",
        "slower": "Slower",
        "switch_language": "Tiếng Việt",
        "cancel": "Stop",
        "yes_ticket": "Take a number",
        "no_ticket": "No number",
        "yes_heard": "Yes",
        "no_heard": "No",
        "priority": "I have priority",
        "ordinary": "An ordinary number",
        "yes_scan": "I agree",
        "no_scan": "I do not agree",
        "fill_form": "Fill a form",
        "yes_review": "Right, print it",
        "no_review": "Something is wrong",
        "yes_guide": "Take me there",
        "no_guide": "I find it myself",
        "stop_guide": "Stop",
        "ask_directions": "Show me the way",
        "water_to_seat": "Water to my seat",
        "skip": "Skip",
        "other": "Something else",
        "check_in_booking": "I have a booking",
        "yes_camera": "I agree, look",
        "no_booking": "Take a new number",
        "no_comment": "Nothing to add",
        "start": "Touch to begin",
        "1.001193": "Birth registration",
        "2.000815": "Certified copies",
        "1.004222": "Permanent residence",
        "1.004873": "Marital status",
    },
}
CLAIM_SHOWN = "(thông tin lịch hẹn)"  # on screens, instead of numbers and names
# What most people come for, offered before anything is said.
COMMON = ("1.001193", "2.000815", "1.004222", "1.004873")
ANSWER = "answer:"
"""Begins the id of a button that answers a form's question. It goes the way of dictated words."""
OPEN_REQUESTS = (
    "request_drink",
    "request_snack",
    "fill_form",
    "scan_card",
    "give_feedback",
    "call_staff",
    "goodbye",
)
ALWAYS = ("repeat", "slower", "switch_language")


def choices(session: Session, knowledge: Knowledge) -> list[Choice]:
    """The buttons of the phase, most likely first."""
    labels = LABELS[session.locale.split("-")[0]]
    classes = knowledge.site.queue.priority_classes

    def button(choice_id: str, label: str) -> Choice:
        return Choice(choice_id, labels[label])

    def procedures(codes: tuple[str, ...]) -> list[Choice]:
        known = (knowledge.catalogue.get(code) for code in codes)
        return [
            Choice(f"procedure:{p.code}", labels.get(p.code, p.name[0].upper() + p.name[1:]))
            for p in known
            if p
        ]

    match session.phase:
        case Phase.IDLE:
            return [button("greet", "start"), button("switch_language", "switch_language")]
        case Phase.CHOOSE_PROCEDURE:
            here = [
                *procedures(session.offered),
                button("cancel", "other"),
                button("call_staff", "call_staff"),
            ]
        case Phase.CONFIRM_HEARD:
            here = [
                button("affirm", "yes_heard"),
                button("deny", "no_heard"),
                button("call_staff", "call_staff"),
            ]
        case Phase.CONFIRM_TICKET:
            more = [button("tell_more", "tell_more")] if session.parts else []
            early = [button("priority", "priority")] if classes else []
            here = [button("affirm", "yes_ticket"), *early, *more, button("deny", "no_ticket")]
        case Phase.CHOOSE_PRIORITY:
            vietnamese = session.locale == "vi-VN"
            here = [
                *(
                    Choice(f"priority:{one.key}", one.name if vietnamese else one.name_en)
                    for one in classes
                ),
                button("deny", "ordinary"),
                button("cancel", "cancel"),
            ]
        case Phase.CHOOSE_FORM:
            here = [
                *(
                    Choice(f"form:{form.code}", form.button.of(session.locale))
                    for form in knowledge.forms
                ),
                button("cancel", "other"),
                button("call_staff", "call_staff"),
            ]
        case Phase.FILLING_FORM:
            here = [*_answers(session, labels), button("cancel", "cancel")]
            here.append(button("call_staff", "call_staff"))
        case Phase.REVIEWING_FORM:
            here = [
                *_fields(session),
                button("affirm", "yes_review"),
                button("deny", "no_review"),
                button("cancel", "cancel"),
            ]
        case Phase.CONSENT_SCAN | Phase.CONSENT_FORM:
            here = [button("affirm", "yes_scan"), button("deny", "no_scan")]
        case Phase.CONFIRM_GUIDE:
            here = [button("affirm", "yes_guide"), button("deny", "no_guide")]
        case Phase.GUIDING:
            here = [button("cancel", "stop_guide"), button("call_staff", "call_staff")]
        case Phase.RATING:
            here = [*(Choice(f"rating:{n}", str(n)) for n in range(1, 6)), button("deny", "cancel")]
        case Phase.GIVING_TICKET | Phase.SCANNING | Phase.PRINTING_FORM:
            here = [button("cancel", "cancel")]
        case Phase.LISTENING:
            first = (
                [button("take_ticket", "take_ticket")]
                if session.procedure and not session.ticket
                else []
            )
            common = [] if session.procedure else procedures(COMMON)
            way = [button("ask_directions", "ask_directions")] if session.procedure else []
            seat = [button("request_drink:seat", "water_to_seat")]
            wheels = [*way, *seat] if session.base is Base.READY else []
            booked = [] if session.ticket else [button("check_in_booking", "check_in_booking")]
            usual = [button(name, name) for name in OPEN_REQUESTS]
            here = [*common, *first, *booked, *wheels, *usual]
        case Phase.COMMENT:
            here = [button("deny", "no_comment")]
        case Phase.CHECK_IN:
            here = [button("affirm", "yes_camera"), button("deny", "no_booking")]
    return here + [button(name, name) for name in ALWAYS]


def _answers(session: Session, labels: dict[str, str]) -> list[Choice]:
    """What can be said for the field that is asked for; pressing it is saying it."""
    if session.form is None:
        return []
    asked = session.form.form.field(session.asking)
    offered = [option.label.of(session.locale) for option in asked.options]
    skip = [] if asked.required else [labels["skip"]]
    return [Choice(f"{ANSWER}{label}", label) for label in (*offered, *skip)]


def _fields(session: Session) -> list[Choice]:
    """The fields: saying the name of one corrects it, and so does pressing it."""
    if session.form is None:
        return []
    return [
        Choice(f"field:{asked.name}", asked.talk.of(session.locale))
        for asked, _ in session.form.filled()
        if asked.source != "today"
    ]


def pressed(choice_id: str, label: str) -> Understanding:
    """The same understanding that the spoken request would have given; `label` is what it said.

    :raises ValueError: no such button.
    """
    kind, _, value = choice_id.partition(":")
    if kind == "procedure" and value:
        return Understanding(
            label, "ask_procedure", "answer", procedures=(RankedProcedure(value, 1.0),)
        )
    if kind == "rating" and value in set("12345"):
        return Understanding(label, "give_feedback", "command", slots={"rating": value})
    if kind == "priority":
        return Understanding(label, "take_ticket", "command")
    if kind in ("form", "field") and value:
        return Understanding(label, "fill_form", "command", slots={kind: value})
    if (kind, value) == ("request_drink", "seat"):
        return Understanding(label, "request_drink", "command", slots={"place": "seat"})
    if not value and kind in PRESSABLE:
        return Understanding(label, PRESSABLE[kind], "command")
    raise ValueError(f"no such choice: {choice_id[:40]!r}")


def typed(phase: str, text: str, key: SealingKey | None) -> Understanding:
    """What was typed on the screen: what a booking is found by, or a comment.

    :raises ValueError: nothing is asked for that could be typed, or it is no such thing.
    """
    if phase == Phase.COMMENT and text.strip():
        comment = mask_numbers_in(clean(text))
        return Understanding(comment, "give_feedback", "command", slots={"comment": comment})
    if phase == Phase.CHECK_IN and (found := claimed(text, key)):
        return found
    raise ValueError("nothing that is asked for now")


def claimed(text: str, key: SealingKey | None) -> Understanding | None:
    """What was said or typed, as a sealed claim for a booking; None when it is none.

    Without a key, because no list has come yet, the claim is dropped.
    """
    claim = claim_in(text)
    if claim is None:
        return None
    sealed = str(key.seal(claim)) if key else ""
    return Understanding(CLAIM_SHOWN, "check_in_booking", "command", slots={"claim": sealed})


PRESSABLE: dict[str, Intent] = {
    name: name
    for name in (
        "greet", "affirm", "deny", "cancel", "repeat", "slower", "louder", "switch_language",
        "tell_more", "take_ticket", "ask_wait", "request_drink", "request_snack", "give_feedback",
        "call_staff", "scan_card", "fill_form", "goodbye", "check_in_booking", "ask_directions",
    )
}  # fmt: skip
