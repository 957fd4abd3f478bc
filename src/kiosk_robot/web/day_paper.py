"""The daily report of the leader's page: a table for spreadsheets, and A4 set by Typst."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from kiosk_robot.documents.typesetting import compiled
from kiosk_robot.feedback.report import DayReport, as_csv
from kiosk_robot.queueing.day_figures import DayFigures, HourFigures

_TEMPLATE = Path(str(files("kiosk_robot.web").joinpath("day_paper.typ")))


def as_table(figures: DayFigures, usual: Sequence[HourFigures], report: DayReport) -> str:
    """The table of `kiosk feedback report`, with the queue's figures after it."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(())
    rows.writerow(("section", "key", "arrived", "mean_wait_minutes", "arrived_in_usual_weeks"))
    common = {hour.hour: hour.arrived for hour in usual}
    rows.writerow(("queue", figures.day, figures.arrived, figures.wait, sum(common.values())))
    rows.writerow(("queue", "served", figures.served, "", ""))
    rows.writerow(("queue", "no_show", figures.no_shows, "", ""))
    for hour in figures.hours:
        rows.writerow(
            ("hour", f"{hour.hour:02d}:00", hour.arrived, hour.wait, common.get(hour.hour, ""))
        )
    return as_csv(report) + table.getvalue()


def as_pdf(figures: DayFigures, usual: Sequence[HourFigures], report: DayReport) -> bytes:
    """The report as PDF/A-2b. Everything in it is data to the template, never read as Typst."""
    common = {hour.hour: hour.arrived for hour in usual}
    content: dict[str, Any] = {
        "point": report.point,
        "day": f"{figures.day:%d/%m/%Y}",
        "date": [figures.day.year, figures.day.month, figures.day.day],
        "figures": asdict(figures) | {"day": "", "usual": sum(common.values())},
        "hours": [asdict(hour) | {"usual": common.get(hour.hour, 0)} for hour in figures.hours],
        "report": asdict(report),
    }
    return bytes(compiled(_TEMPLATE, {"content": content}, format="pdf", pdf_standards="a-2b"))
