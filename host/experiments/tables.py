"""Findings as JSON, as CSV and as text."""

import csv
import io
from typing import Any

from sfdfa_codegen.host.experiments.study import Column, Estimate, Findings, Unit, Value
from sfdfa_codegen.host.report import kilobytes


def value_json(value: Value) -> Any:
    """An estimate as {mean, standard_error, seeds}; everything else as it is."""
    if isinstance(value, Estimate):
        return {"mean": value.mean, "standard_error": value.standard_error, "seeds": value.count}
    return value


def rows_json(findings: Findings) -> list[dict[str, Any]]:
    """The table, row by row."""
    return [{column.key: value_json(row.get(column.key)) for column in findings.columns} for row in findings.rows]


def rows_csv(findings: Findings) -> str:
    """The table; an estimate has two columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    estimated = {
        column.key for column in findings.columns for row in findings.rows if isinstance(row.get(column.key), Estimate)
    }
    heads = ([c.key, f"{c.key}_standard_error"] if c.key in estimated else [c.key] for c in findings.columns)
    writer.writerow([name for head in heads for name in head])
    for row in findings.rows:
        cells: list[Any] = []
        for column in findings.columns:
            value = row.get(column.key)
            cells.append(value.mean if isinstance(value, Estimate) else value)
            if column.key in estimated:
                cells.append(value.standard_error if isinstance(value, Estimate) else None)
        writer.writerow(cells)
    return text.getvalue()


def rows_markdown(findings: Findings) -> str:
    """The table, to be put into a document."""
    lines = [[column.title for column in findings.columns], ["---"] * len(findings.columns)]
    lines += [[value_text(row.get(column.key), column) for column in findings.columns] for row in findings.rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def value_text(value: Value, column: Column) -> str:
    """As people read it: 96.90 ± 0.04 %; a dash for what is not known."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if not isinstance(value, Estimate):
        return number_text(float(value), column.unit)
    if value.standard_error is None:
        return number_text(value.mean, column.unit)
    if column.unit == "bytes" or value.standard_error == 0.0:
        return number_text(value.mean, column.unit)
    return _with_error(value.mean, value.standard_error, column.unit)


def number_text(number: float, unit: Unit) -> str:
    """One number with its unit."""
    if unit == "per cent":
        return f"{100 * number:.2f} %"
    if unit == "bytes":
        return kilobytes(round(number))
    if unit == "degrees":
        return f"{number:.1f}°"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _with_error(mean: float, error: float, unit: Unit) -> str:
    if unit == "per cent":
        return f"{100 * mean:.2f} ± {100 * error:.2f} %"
    if unit == "degrees":
        return f"{mean:.1f} ± {error:.1f}°"
    return f"{number_text(mean, unit)} ± {error:.2g}"
