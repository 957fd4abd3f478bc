"""The day's feedback, for leaders: counts, means, alerts and what came of them, comments.

Nobody can be recognised in it: comments are kept without personal data, staff have codes, and a
mean of one or two ratings is not given for a member of staff, as it would tell who rated.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from statistics import fmean
from typing import Any

from sqlalchemy import select

from kiosk_robot.feedback.desk import LOW_RATING, RATINGS
from kiosk_robot.feedback.tables import AlertRow, FeedbackRow
from kiosk_robot.queueing.store import Store
from kiosk_robot.site import Site

FEW = 3  # ratings of a member of staff under which no mean is given


@dataclass(frozen=True, slots=True)
class Mean:
    """Ratings of one counter or member of staff; `mean` is None when there are too few."""

    key: str
    ratings: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One bad rating and how it was dealt with; times are HH:MM local, "" when not yet."""

    raised: str
    rating: int
    counter: str
    staff: str
    escalated: str
    acknowledged: str
    minutes_to_acknowledge: int | None
    closed: str
    note: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a citizen said, numbers masked."""

    rating: int
    counter: str
    comment: str


@dataclass(frozen=True, slots=True)
class DayReport:
    """The feedback of one local day."""

    day: str
    point: str
    ratings: int
    mean: float | None
    count_of: dict[str, int]  # rating to how often
    counters: list[Mean]
    staff: list[Mean]
    alerts: list[AlertLine] = field(default_factory=list)
    comments: list[Remark] = field(default_factory=list)


def report_of(store: Store, site: Site, day: date) -> DayReport:
    """The feedback given on a local day.

    :raises StoreError: the store cannot be read.
    """
    begins = datetime.combine(day, time.min, site.zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time.min, site.zone).astimezone(UTC)
    with store.transaction() as session:
        rated = session.scalars(
            select(FeedbackRow)
            .where(FeedbackRow.given_at >= begins, FeedbackRow.given_at < ends)
            .order_by(FeedbackRow.given_at)
        ).all()
        alerts = session.scalars(
            select(AlertRow)
            .where(AlertRow.kind == LOW_RATING)
            .where(AlertRow.raised_at >= begins, AlertRow.raised_at < ends)
            .order_by(AlertRow.raised_at)
        ).all()
    given = [row.rating for row in rated]
    return DayReport(
        day=day.isoformat(),
        point=site.name,
        ratings=len(given),
        mean=_mean(given),
        count_of={str(rating): given.count(rating) for rating in RATINGS},
        counters=_means((row.counter, row.rating) for row in rated),
        staff=_means(((row.staff, row.rating) for row in rated), few=FEW),
        alerts=[_alert_line(row, site) for row in alerts],
        comments=[Remark(row.rating, row.counter, row.comment) for row in rated if row.comment],
    )


def as_json(report: DayReport) -> dict[str, Any]:
    """The report as plain values."""
    return asdict(report)


def as_csv(report: DayReport) -> str:
    """The report as one table of (section, key, value, …) rows, for spreadsheets."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(("section", "key", "ratings", "mean", "text"))
    rows.writerow(("day", report.day, report.ratings, _cell(report.mean), report.point))
    rows.writerows(("rating", key, count, "", "") for key, count in report.count_of.items())
    for section, means in (("counter", report.counters), ("staff", report.staff)):
        rows.writerows((section, one.key, one.ratings, _cell(one.mean), "") for one in means)
    for one in report.alerts:
        told = f"escalated {one.escalated}, acknowledged {one.acknowledged}, closed {one.closed}"
        rows.writerow(("alert", one.raised, one.rating, "", _harmless(f"{told}: {one.note}")))
    for remark in report.comments:
        rows.writerow(("comment", remark.counter, remark.rating, "", _harmless(remark.comment)))
    return table.getvalue()


def as_text(report: DayReport) -> str:
    """The report as leaders read it, in Vietnamese."""
    lines = [
        f"Góp ý ngày {date.fromisoformat(report.day):%d/%m/%Y} – {report.point}",
        f"Số lượt chấm: {report.ratings}, trung bình: {_shown(report.mean)}",
        "  " + ", ".join(f"{key} điểm: {count}" for key, count in report.count_of.items()),
    ]
    for title, means in (("Theo quầy", report.counters), ("Theo cán bộ", report.staff)):
        lines += [f"{title}:"] if means else []
        lines += [f"  {one.key}: {one.ratings} lượt, {_shown(one.mean)}" for one in means]
    lines += [f"Cảnh báo: {len(report.alerts)}"]
    lines += [f"  {_alert_text(one)}" for one in report.alerts]
    lines += [f"Ý kiến: {len(report.comments)}"]
    lines += [f"  [{one.rating}] {_about(one.counter, '')}{one.comment}" for one in report.comments]
    return "\n".join(lines) + "\n"


def _alert_text(one: AlertLine) -> str:
    what = f"{one.raised} {one.rating} điểm {_about(one.counter, one.staff)}".strip()
    steps = [f"chuyển cấp {one.escalated}"] if one.escalated else []
    if one.acknowledged:
        steps.append(f"tiếp nhận {one.acknowledged} (sau {one.minutes_to_acknowledge} phút)")
    steps.append(f"xong {one.closed}: {one.note}" if one.closed else "chưa xong")
    return f"{what} – {', '.join(steps)}"


def _about(counter: str, staff: str) -> str:
    return (f"quầy {counter} " if counter else "") + (f"cán bộ {staff} " if staff else "")


def _means(pairs: Iterable[tuple[str, int]], few: int = 1) -> list[Mean]:
    named = sorted(pair for pair in pairs if pair[0])
    means = []
    for key, group in groupby(named, key=lambda pair: pair[0]):
        ratings = [rating for _, rating in group]
        means.append(Mean(key, len(ratings), _mean(ratings) if len(ratings) >= few else None))
    return means


def _mean(ratings: list[int]) -> float | None:
    return round(fmean(ratings), 2) if ratings else None


def _alert_line(row: AlertRow, site: Site) -> AlertLine:
    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(site.zone):%H:%M}" if moment else ""

    waited = row.acknowledged_at - row.raised_at if row.acknowledged_at else None
    return AlertLine(
        raised=local(row.raised_at),
        rating=row.rating,
        counter=row.counter,
        staff=row.staff,
        escalated=local(row.escalated_at),
        acknowledged=local(row.acknowledged_at),
        minutes_to_acknowledge=round(waited.total_seconds() / 60) if waited is not None else None,
        closed=local(row.closed_at),
        note=row.note,
    )


def _cell(mean: float | None) -> float | str:
    return "" if mean is None else mean


def _shown(mean: float | None) -> str:
    return "chưa đủ" if mean is None else f"{mean:.2f}".replace(".", ",")


def _harmless(text: str) -> str:
    """A spreadsheet takes a text that begins so for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
