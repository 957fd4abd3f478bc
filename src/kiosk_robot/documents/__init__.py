"""Identity cards as data: what the QR code says, and how to keep it private."""

from kiosk_robot.documents.card import Card, CardError, CardProblem, parse_card, spoken_name
from kiosk_robot.documents.masking import mask_number, mask_numbers_in

__all__ = [
    "Card",
    "CardError",
    "CardProblem",
    "mask_number",
    "mask_numbers_in",
    "parse_card",
    "spoken_name",
]
