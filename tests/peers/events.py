"""When the events of a calendar file are, by recurring-ical-events: reads the
file, prints start and end of each as Unix seconds."""

import datetime
import sys
import zoneinfo

import icalendar
import recurring_ical_events

first, last = (datetime.date.fromisoformat(day) for day in sys.argv[1:3])
site = zoneinfo.ZoneInfo(sys.argv[3])


def instant(moment):
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime.combine(moment, datetime.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=site)
    return int(moment.timestamp())


calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
for event in recurring_ical_events.of(calendar).between(first, last):
    if event.get("STATUS") != "CANCELLED":
        print(instant(event.start), instant(event.end))
