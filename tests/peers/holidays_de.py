"""The public holidays of the 16 Länder, one a line: code and date."""

import sys

import holidays

first, last = int(sys.argv[1]), int(sys.argv[2])
for land in sorted(code for code in holidays.DE.subdivisions if len(code) == 2):
    days = holidays.DE(subdiv=land, years=range(first, last + 1), observed=False)
    for day in sorted(days):
        print(land, day)
