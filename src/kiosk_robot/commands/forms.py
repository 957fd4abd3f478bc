"""`kiosk form` and `kiosk forms check`: the official forms, filled and set on paper."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site
from kiosk_robot.parameters import PARAMETERS

PICTURES = {".png", ".jpg", ".jpeg"}


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    form = commands.add_parser("form", help="fill a form from an ID card and set it as PDF")
    form.add_argument("code", help="of the form, e.g. ct01; `kiosk forms list` names them")
    form.add_argument(
        "--card", type=Path, required=True, help="picture of the QR code, or a file of its text"
    )
    form.add_argument("--out", type=Path, required=True, help="the PDF; readable by its owner only")
    form.set_defaults(run=_form)

    forms = commands.add_parser("forms", help="list or check the form definitions")
    forms.add_argument("what", choices=("list", "check"))
    forms.set_defaults(run=_forms)


def _form(arguments: Namespace) -> None:
    from kiosk_robot.documents.card import CardError, parse_card
    from kiosk_robot.documents.filling import Filling
    from kiosk_robot.documents.form import FormError, load_forms
    from kiosk_robot.documents.typesetting import typeset

    forms = load_forms()
    form = forms.get(arguments.code)
    if form is None:
        known = ", ".join(sorted(forms.by_code))
        raise FormError(f"no form {arguments.code!r}; forms there are: {known}")
    try:
        card = parse_card(_payload(arguments.card))
    except CardError as error:
        raise FormError(f"{arguments.card}: not the code of an ID card: {error}") from None
    site = load_site(PARAMETERS["dialogue_manager"].model_fields["site"].default)
    today = datetime.now(ZoneInfo(site.timezone)).date()
    filling = Filling(form, today, card)
    _write_privately(arguments.out, typeset(filling, site.short_name))
    console.print(f"{arguments.out}: {filling.from_card()} fields from the card")
    by_hand = [field.label.vi for field in filling.blank()]
    if by_hand:
        console.print(f"to be filled by hand: {'; '.join(by_hand)}", markup=False)


def _payload(path: Path) -> bytes:
    """What the card's code says: read from a picture by the scanner's driver, or as it is."""
    from kiosk_robot.documents.form import FormError

    if path.suffix.lower() not in PICTURES:
        return path.read_bytes().strip()
    from kiosk_robot.drivers.frame_source import FrameSource
    from kiosk_robot.drivers.qr import QrReader

    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    found = QrReader().read(FrameSource(str(path), 0, 0).read()).codes
    if not found:
        raise FormError(f"{path}: no QR code can be read")
    return found[0].payload


def _write_privately(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _forms(arguments: Namespace) -> None:
    from kiosk_robot.documents.form import load_forms

    forms = load_forms()
    if arguments.what == "check":
        console.print(f"{len(forms.by_code)} forms, no problem")
        return
    for form in forms:
        asked = sum(field.source == "asked" for field in form.fields)
        console.print(
            f"{form.code}: {form.title} ({form.basis}; as of {form.as_of}); {len(form.fields)}"
            f" fields, {asked} asked; for {', '.join(form.procedures) or 'no procedure of ours'}"
        )
