"""A line of NDJSON as an object, or the reason why it is none.

The parser is quick and takes more than the warehouse can hold or JSON means: text with NUL,
numbers beyond a double, a key given twice. A cheap look at the bytes says where one of these may
be; only such a line is read a second time, exactly.
"""

import json
import math
from typing import Any

from pydantic_core import from_json

from ingestion.contract import Refusal
from ingestion.files import LONGEST_LINE


def parse(line: bytes) -> dict[str, Any] | Refusal:
    """Read one line, which is not blank."""
    if len(line) > LONGEST_LINE:
        return Refusal(f"longer than {LONGEST_LINE >> 20} MiB: no more of it is kept")
    try:
        record = from_json(line, allow_inf_nan=False, cache_strings="keys")
        if type(record) is not dict:
            return Refusal("not a JSON object")
        if _may_repeat_keys(line, _key_count(record)):
            json.loads(line, object_pairs_hook=_without_repeats)
        if rb"\u0000" in line:
            _refuse_nul(record)
    except ValueError as error:
        return Refusal(_reason(line, error))
    return record


class _Unfit(ValueError):
    """JSON, but not such as can be kept."""


def _key_count(value: dict[str, Any] | list[Any]) -> int:
    """The number of keys in an object and all that it holds; refuses infinite numbers."""
    count = 0
    members: Any = value
    if type(value) is dict:
        count, members = len(value), value.values()
    for member in members:
        kind = type(member)
        if kind is dict or kind is list:
            count += _key_count(member)
        elif kind is float and not math.isfinite(member):
            raise _Unfit("a number is larger than a double can be")
    return count


def _may_repeat_keys(line: bytes, key_count: int) -> bool:
    # Each key ends in `":`, if no space stands between; text may hold a `":` too. So with no such
    # space, an equal count says that each key that was read is a key that was written.
    # (One byte is found much faster than two.)
    return (
        line.count(b'":') != key_count
        or b" :" in line
        or (b"\t" in line and b"\t:" in line)
        or (b"\r" in line and b"\r:" in line)
    )


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) == len(pairs):
        return record
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise _Unfit(f"{key[:40]}: given twice")
        seen.add(key)
    return record


def _refuse_nul(value: object) -> None:
    if isinstance(value, str) and "\0" in value:
        raise _Unfit(r"a text holds NUL (\u0000), which Postgres cannot keep")
    if isinstance(value, dict):
        for key, member in value.items():
            _refuse_nul(key)
            _refuse_nul(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_nul(member)


def _reason(line: bytes, error: ValueError) -> str:
    if isinstance(error, _Unfit):
        return str(error)
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return f"not UTF-8 at byte {wrong.start + 1}"
    return f"not JSON: {error}".replace(" at line 1 column ", " at character ")
