"""Judges a report's files: python report.py json SCHEMA FILE | csv GERMAN ENGLISH |
xlsx BOOK JSON | html FILE

Fails with the first fault it finds.
"""

import csv
import json
import sys
from datetime import datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

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


class Page(HTMLParser):
    """Whether each element is closed, and nothing comes from elsewhere."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.ids, self.links = [], {}, [], []

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "iframe", "object", "link"), tag
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)) and not any(it.startswith("on") for it in names)
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        target = attributes.get("href") or attributes.get("src") or "#"
        assert target.startswith(("#", "data:image/png;base64,")), target
        self.links += [target[1:]] if target.startswith("#") and len(target) > 1 else []
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())


def check_html(file):
    text = open(file, encoding="utf-8").read()
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, page.open
    assert len(page.ids) == len(set(page.ids)) and page.links == page.ids
    assert page.seen["svg"] > 12 and page.seen["image"] == 24
    for part in text.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + part.split("</svg>")[0] + "</svg>")


{"html": check_html, "json": check_json, "csv": check_csv, "xlsx": check_xlsx}[sys.argv[1]](*sys.argv[2:])
