"""`kiosk bookings`: a booking service to try the robot with."""

from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site
from kiosk_robot.secrets import load_secrets

if TYPE_CHECKING:
    from kiosk_robot.web.booking_service import BookingBook


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    bookings = commands.add_parser("bookings", help="a booking service to try the robot with")
    actions = bookings.add_subparsers(required=True, metavar="ACTION")
    serve = actions.add_parser(
        "serve",
        help="the reference service (docs/bookings_api.md), with a booking for each open day",
    )
    serve.add_argument("--port", type=int, default=8090)
    serve.add_argument("--site", default="cua_nam", help="point it takes bookings for")
    serve.set_defaults(run=_serve)


def _serve(arguments: Namespace) -> None:
    import uvicorn

    from kiosk_robot.web.booking_service import BookingBook, create_booking_service

    site = load_site(arguments.site)
    book = BookingBook({arguments.site: site}, lambda: datetime.now(UTC))
    today = datetime.now(ZoneInfo(site.timezone)).date()
    for days in range(site.bookings.days_ahead + 1):
        _try_to_book(book, arguments.site, today + timedelta(days))
    console.print(f"KIOSK_BOOKING_URL=http://127.0.0.1:{arguments.port}; Ctrl-C ends it")
    app = create_booking_service(book, load_secrets().booking_token)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning")


def _try_to_book(book: "BookingBook", point: str, day: date) -> None:
    from kiosk_robot.web.booking_service import Wish

    wish = Wish(
        point=point,
        field="Hộ tịch",
        group="civil_status",
        day=day,
        name="Nguyễn Văn Mẫu",
        phone="0900000000",
        card="001098000000",
    )
    try:
        console.print(f"booked for {day}: code {book.make(wish).code}, phone {wish.phone}")
    except ValueError as refusal:
        console.print(f"not booked for {day}: {refusal}")
