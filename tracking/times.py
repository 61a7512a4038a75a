"""Times as tracking keeps, shows and reads them."""

from datetime import UTC, date, datetime, tzinfo

from django.utils import timezone

# Years that a time may name. Beyond them arithmetic overflows, and no repair lies there.
MIN_YEAR, MAX_YEAR = 1900, 2999
NOT_A_TIME = "Give a time in ISO 8601: 2026-11-23T09:30:00+05:30."


def whole_second(moment: datetime) -> datetime:
    """`moment` without its fraction: answers show seconds, and what looks equal must be equal."""
    return moment.replace(microsecond=0)


def wire_date(moment: datetime, zone: tzinfo | None = None) -> str:
    """`DD-MM-YYYY HH:MM:SS` in the server time zone, which who has many dates passes in `zone`."""
    t = moment.astimezone(zone or timezone.get_current_timezone())
    # Half the price of strftime, forty times an answer.
    return f"{t.day:02}-{t.month:02}-{t.year:04} {t.hour:02}:{t.minute:02}:{t.second:02}"


def wire_day(day: date) -> str:
    """`DD-MM-YYYY`."""
    return f"{day.day:02}-{day.month:02}-{day.year:04}"


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC, one without offset taken for server time.

    Raises ValueError before `MIN_YEAR` and after `MAX_YEAR`.
    """
    if not MIN_YEAR <= moment.year <= MAX_YEAR:
        raise ValueError(f"the year {moment.year} is out of range")
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).astimezone(UTC)


def read_iso(text: str) -> datetime:
    """An ISO 8601 date and time, in UTC; without offset it is server time. Raises ValueError."""
    # An unescaped + of a query string arrives as a space.
    date, t, time = text.strip().partition("T")
    return in_utc(datetime.fromisoformat(date + t + time.replace(" ", "+")))
