"""Our files in DuckDB, on one thread: the samples of a point over a month, the
energy of all meters over a year. Prints what was asked, and milliseconds."""

import sys
import time

import duckdb

month, point, year = sys.argv[1:]
connection = duckdb.connect()
connection.execute("SET threads = 1")
questions = {
    "month": f"SELECT time, value, quality FROM read_parquet('{month}/raw/*.parquet') WHERE point = '{point}' ORDER BY time",
    "year": f"SELECT point, sum(energy) FROM read_parquet('{year}/rollup/*.parquet') GROUP BY point",
}
for name, question in questions.items():
    best = None
    for _ in range(3):
        start = time.perf_counter()
        connection.execute(question).fetchnumpy()
        took = time.perf_counter() - start
        best = took if best is None else min(best, took)
    print(name, f"{best * 1e3:.1f}")
