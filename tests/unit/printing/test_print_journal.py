"""The journal survives what a process does not."""

import os
import signal
import subprocess
import sys

import pytest

from kiosk_robot.printing.journal import JournalError, Outcome, PrintJournal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "robot" / "print_journal.db"


@pytest.fixture
def journal(path):
    journal = PrintJournal(path)
    yield journal
    journal.close()


def reopened(journal: PrintJournal, path) -> PrintJournal:
    journal.close()
    return PrintJournal(path)


def test_a_ticket_begins_once(journal):
    assert journal.outcome("a") is Outcome.NOT_ASKED
    assert journal.begin("a")
    assert journal.outcome("a") is Outcome.SENDING
    assert not journal.begin("a")
    journal.finish("a", Outcome.PRINTED)
    assert journal.outcome("a") is Outcome.PRINTED
    assert not journal.begin("a")


def test_what_was_begun_by_a_process_that_died_is_unknown(path):
    script = (
        "import sys, pathlib, time\n"
        "from kiosk_robot.printing.journal import Outcome, PrintJournal\n"
        "journal = PrintJournal(pathlib.Path(sys.argv[1]))\n"
        "journal.begin('done'); journal.finish('done', Outcome.PRINTED); journal.begin('midway')\n"
        "print('begun', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGKILL)
    journal = PrintJournal(path)
    assert journal.outcome("done") is Outcome.PRINTED
    assert journal.outcome("midway") is Outcome.UNKNOWN
    assert not journal.begin("midway")
    assert journal.unfinished
    journal.close()


def test_what_failed_before_its_first_byte_may_be_tried_again(journal):
    journal.begin("a")
    journal.finish("a", Outcome.NOT_PRINTED)
    assert journal.begin("a")


@pytest.mark.parametrize("before", [None, Outcome.NOT_PRINTED, Outcome.UNKNOWN, Outcome.PRINTED])
def test_what_is_closed_is_never_begun(journal, path, before):
    if before:
        journal.begin("a")
        journal.finish("a", before)
    assert journal.close_request("a") is (before or Outcome.NOT_ASKED)
    assert journal.close_request("a") is (before or Outcome.NOT_ASKED)
    journal = reopened(journal, path)
    assert not journal.begin("a")
    journal.close()


def test_closing_does_not_stop_what_is_under_way(journal):
    journal.begin("a")
    assert journal.close_request("a") is Outcome.SENDING
    journal.finish("a", Outcome.PRINTED)
    assert journal.outcome("a") is Outcome.PRINTED


def test_only_the_last_ticket_can_be_unfinished(journal):
    assert not journal.unfinished
    for ticket_id, outcome in (("a", Outcome.UNKNOWN), ("b", Outcome.NOT_PRINTED)):
        journal.begin(ticket_id)
        journal.finish(ticket_id, outcome)
        assert journal.unfinished
    journal.begin("c")
    journal.finish("c", Outcome.PRINTED)
    assert not journal.unfinished


def test_a_second_process_is_refused(journal, path):
    with pytest.raises(JournalError, match=r"print_journal\.db: database is locked"):
        PrintJournal(path)


def test_a_full_disk_stops_printing_and_loses_no_outcome(journal, path):
    journal.begin("a")
    pages = journal._database.execute("PRAGMA page_count").fetchone()[0]
    journal._database.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(JournalError, match="full; check disk space"):
        any(not journal.begin(f"filler {number}") for number in range(10_000))
    journal._database.execute("PRAGMA query_only=ON")
    journal.finish("a", Outcome.PRINTED)
    assert journal.outcome("a") is Outcome.PRINTED
    journal._database.execute("PRAGMA query_only=OFF")
    assert journal.close_request("a") is Outcome.PRINTED
    journal = reopened(journal, path)
    assert journal.outcome("a") is Outcome.PRINTED
    journal.close()


def test_a_file_that_is_no_journal_is_said(tmp_path):
    path = tmp_path / "print_journal.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError, match="not a database"):
        PrintJournal(path)


def test_old_tickets_are_forgotten(journal, path, monkeypatch):
    for ticket_id in ("old", "new"):
        journal.begin(ticket_id)
        journal.finish(ticket_id, Outcome.PRINTED)
    monkeypatch.setattr("kiosk_robot.printing.journal.KEPT", 1)
    journal = reopened(journal, path)
    assert journal.outcome("old") is Outcome.NOT_ASKED
    assert journal.outcome("new") is Outcome.PRINTED
    journal.close()
