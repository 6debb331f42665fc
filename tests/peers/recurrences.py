"""When series take place, by dateutil: reads a JSON list of them, prints a list
of lists of Unix seconds."""

import datetime
import json
import sys
import zoneinfo

from dateutil import rrule

first, last = int(sys.argv[1]), int(sys.argv[2])
# Some series never come; dateutil would look for them until the year 9999.
datetime.MAXYEAR = datetime.datetime.fromtimestamp(last).year + 1


def instants(series):
    zone = zoneinfo.ZoneInfo(series["zone"])
    start = datetime.datetime.strptime(series["start"], "%Y%m%dT%H%M%S")
    found = {start.replace(tzinfo=zone).timestamp()}
    for civil in rrule.rrulestr(series["rule"], dtstart=start):
        instant = civil.replace(tzinfo=zone).timestamp()
        if instant >= last or instant > (series["until"] or last):
            break
        found.add(instant)
    return sorted(int(at) for at in found if first <= at < last)


print(json.dumps([instants(series) for series in json.load(sys.stdin)]))
