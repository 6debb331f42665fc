"""Judges a report's files: python report.py json SCHEMA FILE | csv GERMAN ENGLISH

Fails with the first fault it finds.
"""

import csv
import json
import sys

from jsonschema import Draft202012Validator


def check_json(schema, file):
    schema = json.load(open(schema, encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    report = json.load(open(file, encoding="utf-8"), parse_constant=sys.exit)
    validator = Draft202012Validator(schema)
    for fault in validator.iter_errors(report):
        sys.exit(f"{fault.json_path}: {fault.message}")
    table = report["tables"]["consumption"]
    keys = [column["key"] for column in table["columns"]]
    assert all(set(row) == {"key", "marks", *keys} for row in table["rows"])
    # A schema that takes everything would not have told a thing.
    del report["tables"]["consumption"]["rows"][0]["marks"]
    assert list(validator.iter_errors(report))


def tables(file, delimiter):
    text = open(file, "rb").read()
    assert text.startswith(b"\xef\xbb\xbf"), "no byte order mark"
    found, heading = {}, None
    for row in csv.reader(text[3:].decode("utf-8").split("\r\n"), delimiter=delimiter, strict=True):
        if not row:
            heading = None
        elif heading is None:
            heading = row
        else:
            assert len(row) == len(heading), row
            found.setdefault(row[0], []).append(row[1:])
    return found


def check_csv(german, english):
    german, english = tables(german, ";"), tables(english, ",")
    assert list(german) == list(english) == ["consumption", "months", "indicators", "findings", "odd"]
    for key in german:
        for one, other in zip(german[key], english[key], strict=True):
            for one, other in zip(one, other, strict=True):
                assert not one.startswith(("=", "+", "@")), one
                try:
                    number = float(other)
                except ValueError:
                    assert not one.startswith("-"), one
                    continue
                assert float(one.replace(",", ".")) == number
    assert any("unbekannt" in row for row in german["consumption"])


{"json": check_json, "csv": check_csv}[sys.argv[1]](*sys.argv[2:])
