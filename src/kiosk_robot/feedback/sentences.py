"""The sentences of alerts, in Vietnamese and English.

An alert is kept, sent and read out as its Vietnamese sentence. The English one is found by what
that was made of, so that alerts of before have it too.
"""

import re
from functools import cache

SENTENCES = {  # those that are special first
    "rated_counter_staff": (
        "Khách chưa hài lòng về quầy số {counter} (cán bộ {staff}): chấm {rating} trên 5 điểm.",
        "A citizen is unhappy with counter {counter} (staff {staff}): {rating} out of 5.",
    ),
    "rated_counter": (
        "Khách chưa hài lòng về quầy số {counter}: chấm {rating} trên 5 điểm.",
        "A citizen is unhappy with counter {counter}: {rating} out of 5.",
    ),
    "rated_staff": (
        "Khách chưa hài lòng (cán bộ {staff}): chấm {rating} trên 5 điểm.",
        "A citizen is unhappy (staff {staff}): {rating} out of 5.",
    ),
    "rated": (
        "Khách chưa hài lòng: chấm {rating} trên 5 điểm.",
        "A citizen is unhappy: {rating} out of 5.",
    ),
    "asked": (
        "Khách ở chỗ robot cần hỗ trợ: khách muốn gặp cán bộ.",
        "A citizen at the robot needs help: they would like to see a member of staff.",
    ),
    "not_understood": (
        "Khách ở chỗ robot cần hỗ trợ: robot chưa hiểu yêu cầu của khách.",
        "A citizen at the robot needs help: the robot did not understand them.",
    ),
    "device_failed": (
        "Khách ở chỗ robot cần hỗ trợ: thiết bị của robot gặp trục trặc.",
        "A citizen at the robot needs help: a device of the robot is out of order.",
    ),
    "called": (
        "Khách ở chỗ robot cần hỗ trợ: {reason}.",
        "A citizen at the robot needs help: {reason}.",
    ),
    "conflict_held": (
        "Lịch hẹn {at} ngày {day} đã được dùng ở nơi khác khi mất mạng;"
        " phiếu {number} đã phát vẫn giữ.",
        "The booking at {at} on {day} was used elsewhere while the line was down;"
        " ticket {number} stays.",
    ),
    "conflict": (
        "Lịch hẹn {at} ngày {day} đã được dùng ở nơi khác khi mất mạng.",
        "The booking at {at} on {day} was used elsewhere while the line was down.",
    ),
    "void": (
        "Số {number} đã hủy vì robot gặp sự cố khi in phiếu."
        " Ai cầm số này, mời lấy số mới hoặc đến quầy số {counter}.",
        "Number {number} is void: the robot failed while printing it."
        " Whoever holds it may take a new one or go to counter {counter}.",
    ),
}
FIELD = re.compile(r"\\{(\w+)\\}")


def sentence(name: str, **fields: object) -> str:
    """The Vietnamese sentence of this name."""
    return SENTENCES[name][0].format(**fields)


def in_both_languages(text: str) -> dict[str, str]:
    """An alert's sentence by language; as it is where nobody knows its English."""
    for pattern, english in _patterns():
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            return {"vi": text, "en": english.format(**fields)}
    return {"vi": text, "en": text}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(FIELD.sub(r"(?P<\1>.+?)", re.escape(vi)), re.DOTALL), en)
        for vi, en in SENTENCES.values()
    )
