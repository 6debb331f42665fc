"""The bench's mix into SQLite, durable every 30 s of it, with a plain and a
sensible schema: prints schema, samples a second, bytes a sample."""

import os
import random
import sqlite3
import sys
import time

POINTS, STEPS = 2000, 360
random.seed(1)
values = [20.0 + place % 30 for place in range(POINTS)]


def batch(step):
    at = 1_767_225_600 + step * 10
    for place in range(POINTS):
        kind = place % 10
        if kind < 4 and random.random() < 0.15:
            values[place] = round(values[place] + random.choice((-0.1, 0.1)), 1)
        elif kind in (4, 5) and random.random() < 0.4:
            values[place] += 1.0
        elif kind in (6, 7) and random.random() < 0.003:
            values[place] = float(random.randrange(3))
        elif kind > 7:
            values[place] = round(random.gauss(25000, 1000), -2)
        yield place, at + place % 10, values[place]


batches = [[row for step in range(first, first + 3) for row in batch(step)] for first in range(0, STEPS, 3)]
schemas = {
    "plain": (
        "CREATE TABLE sample (point TEXT, time TEXT, value REAL, quality TEXT)",
        "CREATE INDEX by_point ON sample (point, time)",
        lambda row: (f"Haus{row[0] // 100:02}.Gerät.Punkt{row[0]:04}", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row[1])), row[2], "good"),
        "INSERT INTO sample VALUES (?, ?, ?, ?)",
    ),
    "sensible": (
        "CREATE TABLE sample (point INTEGER, time INTEGER, value REAL, quality INTEGER, PRIMARY KEY (point, time)) WITHOUT ROWID",
        "SELECT 1",
        lambda row: (*row, 0),
        "INSERT INTO sample VALUES (?, ?, ?, ?)",
    ),
}
for name, (table, index, shape, insert) in schemas.items():
    path = os.path.join(sys.argv[1], f"{name}.sqlite")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(table)
    connection.execute(index)
    shaped = [[shape(row) for row in rows] for rows in batches]
    start = time.perf_counter()
    for rows in shaped:
        connection.execute("BEGIN")
        connection.executemany(insert, rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    count = POINTS * STEPS
    print(f"{name} {count / took:.0f} {os.path.getsize(path) / count:.1f}")
