"""What the pages are made of: read once, sent from memory, one style sheet a page.

A first paint waits for the page and its sheet; through the disk and a thread, each takes several
times as long as it does from memory, and a page with three sheets waits for the slowest.
"""

from functools import cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from kiosk_robot.site import Site

STATIC = Path(__file__).parent / "static"
SHEETS = {  # of each page, in order; the ward's colour goes in after the first
    "screen": ("design", "screen"),
    "follow": ("design", "follow"),
    "board": ("design", "board"),
    "sign_in": ("design", "console"),
    "staff": ("design", "console", "staff"),
    "leader": ("design", "console", "leader"),
    "technician": ("design", "console", "technician"),
}
ASK_AGAIN = "no-cache"  # may be kept, if it is asked each time whether it still is the same
NEVER_CHANGES = "max-age=2592000, immutable"  # a month


@cache
def _kept() -> dict[str, bytes]:
    files = (path for path in STATIC.rglob("*") if path.is_file())
    return {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in files}


def send_page(name: str, request: Request) -> Response:
    """The page of this name."""
    return _answer(_kept()[f"{name}.html"], "text/html", ASK_AGAIN, request)


def page_files(site: Site) -> APIRouter:
    """The routes of all that pages load, in the colour of the site."""
    router = APIRouter(prefix="/static", include_in_schema=False)
    ward = f":root {{ --ward: {site.identity.accent}; }}\n".encode()
    sheets = {name: _joined(parts, ward) for name, parts in SHEETS.items()}

    @router.get("/styles/{name}.css")
    async def sheet(name: str, request: Request) -> Response:
        """All style sheets of a page as one."""
        if name not in sheets:
            raise HTTPException(404)
        return _answer(sheets[name], "text/css", ASK_AGAIN, request)

    @router.get("/{name:path}")
    async def file(name: str, request: Request) -> Response:
        """A script, a font, the icons."""
        if name not in _kept():
            raise HTTPException(404)
        kind = guess_type(name)[0] or "application/octet-stream"
        keeping = NEVER_CHANGES if name.startswith("fonts/") else ASK_AGAIN
        return _answer(_kept()[name], kind, keeping, request)

    return router


def _joined(parts: tuple[str, ...], ward: bytes) -> bytes:
    first, *others = (_kept()[f"{name}.css"] for name in parts)
    return b"".join((first, ward, *others))


@cache
def _tag(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:20]}"'


def _answer(content: bytes, kind: str, keeping: str, request: Request) -> Response:
    headers = {"Cache-Control": keeping, "ETag": _tag(content)}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)
