"""Judges a report's files: python report.py json SCHEMA FILE | csv GERMAN ENGLISH |
xlsx BOOK JSON

Fails with the first fault it finds.
"""

import csv
import json
import sys
from datetime import datetime

import openpyxl
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


def check_cell(cell, column, value, marks):
    where = f"{cell.parent.title}!{cell.coordinate}"
    kind = column["kind"]
    if value is None and "none" in marks:
        assert cell.value is None, where
    elif value is None:
        assert cell.value == "–", where
    elif kind == "text":
        assert cell.data_type in ("s", "n") and (cell.value or "") == shown(value), where
    elif kind in ("date", "moment"):
        assert cell.is_date and cell.value == datetime.fromisoformat(value), where
    else:
        assert cell.data_type == "n" and isinstance(cell.value, (int, float)), where
        assert cell.value == value, (where, cell.value, value)
        unit = "%" if kind == "share" else column["unit"]
        assert unit in cell.number_format, (where, cell.number_format)
    said = bool(set(marks) - {"none"})
    assert cell.font.italic == said or cell.value is None, where


def shown(text):
    """What cannot be shown is a sign that says so."""
    text = "".join(" " if it in "\t\r\n" else it for it in text)
    return "".join("\ufffd" if ord(it) < 32 else it for it in text)


def check_xlsx(book, file):
    book = openpyxl.load_workbook(book)
    report = json.load(open(file, encoding="utf-8"))
    contents = book.worksheets[0]
    assert report["title"] in [cell.value for cell in contents["A"]]
    links = [cell.hyperlink.location for cell in contents["A"] if cell.hyperlink]
    assert len(links) == len(report["tables"]) == len(book.worksheets) - 1
    for sheet, link, table in zip(book.worksheets[1:], links, report["tables"].values()):
        assert link == f"'{sheet.title}'!A1"
        assert sheet.freeze_panes in ("A2", "B2") and sheet["A1"].font.bold
        columns, rows = table["columns"], table["rows"]
        marked = any(set(sum(row["marks"].values(), [])) - {"none"} for row in rows)
        width = len(columns) + marked
        last = openpyxl.utils.get_column_letter(width)
        assert sheet.auto_filter.ref == f"A1:{last}{len(rows) + 1}"
        for place, row in enumerate(rows, start=2):
            for at, column in enumerate(columns, start=1):
                marks = row["marks"].get(column["key"], [])
                check_cell(sheet.cell(place, at), column, row[column["key"]], marks)
        notes = [sheet.cell(len(rows) + 3 + at, 1).value for at in range(len(table["notes"]))]
        assert notes == table["notes"]


{"json": check_json, "csv": check_csv, "xlsx": check_xlsx}[sys.argv[1]](*sys.argv[2:])
