"""What is taken out of a comment before it is kept or shown to anybody."""

import re

from kiosk_robot.documents.masking import mask_numbers_in

MAX_COMMENT = 2000
_EMAIL = re.compile(r"\S+@\S+\.\w+")
# "tôi tên là Nguyễn Văn A": the words after it, as far as they can be a name.
_NAMED = re.compile(
    r"(?P<says>\b(?:tên (?:của )?(?:tôi|em|cháu|mình) là|(?:tôi|em|cháu|mình) tên(?: là)?|tên là"
    r"|my name is))(?: [^\W\d_]+){1,4}",
    re.IGNORECASE,
)


def without_personal_data(comment: str) -> str:
    """A comment without long numbers, e-mail addresses and names that introduce themselves.

    A name of which nothing says that it is one stays: only people can tell.
    """
    comment = _EMAIL.sub("(email)", mask_numbers_in(comment[:MAX_COMMENT]))
    return _NAMED.sub(r"\g<says> (tên)", comment)
