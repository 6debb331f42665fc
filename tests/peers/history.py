"""Reads the history as analysts do: its Parquet files as they lie, with DuckDB,
pandas and Polars, and a CSV of `hauswart export` with the standard library. Prints
by tool and point: rows, known values, their exact sum, first and last time.

usage: history.py FOLDER CSV
"""

import csv
import glob
import json
import math
import sys
from datetime import datetime, timezone

import duckdb
import pandas
import polars

folder, exported = sys.argv[1:]
files = f"{folder}/raw/*.parquet"


def seconds(time):
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return time.timestamp()


def summed(rows):
    """rows: (point, time, value or None)"""
    points = {}
    for point, time, value in rows:
        seen = points.setdefault(point, [0, [], time, time])
        seen[0] += 1
        if value is not None and not (isinstance(value, float) and math.isnan(value)):
            seen[1].append(value)
        seen[2], seen[3] = min(seen[2], time), max(seen[3], time)
    return {
        point: [rows, len(known), math.fsum(known), seconds(first), seconds(last)]
        for point, (rows, known, first, last) in sorted(points.items())
    }


def by_duckdb():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    rows = connection.execute(f"SELECT point, epoch_ms(time), value FROM read_parquet('{files}')")
    rows = rows.fetchall()
    at = lambda ms: datetime.fromtimestamp(ms / 1000, timezone.utc)
    return summed((point, at(ms), value) for point, ms, value in rows)


def by_pandas():
    frame = pandas.concat(pandas.read_parquet(file) for file in sorted(glob.glob(files)))
    assert str(frame["time"].dtype).startswith("datetime64[") and "UTC" in str(frame["time"].dtype)
    columns = (frame["point"], frame["time"], frame["value"])
    return summed(zip(*(column.tolist() for column in columns)))


def by_polars():
    frame = polars.read_parquet(files)
    assert frame.schema["time"].time_zone == "UTC", frame.schema
    return summed(frame.select("point", "time", "value").iter_rows())


def by_export():
    with open(exported, newline="") as file:
        rows = [
            (row["point"], datetime.fromisoformat(row["time"]), float(row["value"]) if row["value"] else None)
            for row in csv.DictReader(file)
        ]
    return summed(rows)


# As an analyst asks: sums and qualities without a look at each row.
connection = duckdb.connect()
question = f"SELECT point, sum(value) FROM read_parquet('{files}') GROUP BY point ORDER BY point"
print(
    json.dumps(
        {
            "duckdb": by_duckdb(),
            "pandas": by_pandas(),
            "polars": by_polars(),
            "export": by_export(),
            "asked": dict(connection.execute(question).fetchall()),
            "qualities": connection.execute(
                f"SELECT quality, count(*) FROM read_parquet('{files}') GROUP BY 1 ORDER BY 1"
            ).fetchall(),
            "quarter_hours": connection.execute(
                f"SELECT count(*), sum(energy) FROM read_parquet('{folder}/rollup/*.parquet')"
            ).fetchone(),
            "events": connection.execute(
                f"SELECT count(*) FROM read_parquet('{folder}/event/*.parquet') WHERE kind = 'command'"
            ).fetchone()[0],
        }
    )
)
