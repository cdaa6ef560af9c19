import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract import Refusal
from ingestion.files import LONGEST_LINE
from ingestion.lines import parse

SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=9)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.sampled_from(['":', '" :', "a:b", "\\", "\\u0000", '\\"', "\u2028", "é", "😀"])
VALUES = st.recursive(
    SCALARS | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.text(), inner),
    max_leaves=8,
)
RECORDS = st.dictionaries(TEXTS | st.text(max_size=5), VALUES, max_size=6)


def has_nul(value: Any) -> bool:
    return "\\u0000" in json.dumps(value).replace("\\\\", "")


@given(RECORDS, st.sampled_from([(", ", ": "), (",", ":"), (" ,", " : "), ("\t,\r", "\r:\t")]))
def test_reads_what_json_says_however_it_is_spaced(
    record: dict[str, Any], separators: tuple[str, str]
) -> None:
    line = json.dumps(record, separators=separators).encode()
    if has_nul(record):
        assert isinstance(parse(line), Refusal)
    else:
        assert parse(line) == record


@given(RECORDS, st.text(max_size=5), st.sampled_from([":", " :", "\t: ", "\r:"]), st.booleans())
def test_a_key_given_twice_is_refused_wherever_it_stands(
    record: dict[str, Any], key: str, colon: str, nested: bool
) -> None:
    inner = json.dumps(record)[1:-1]
    twice = f"{json.dumps(key)}{colon}1, {json.dumps(key)}{colon}2"
    text = "{" + ", ".join(part for part in (inner, twice) if part) + "}"
    line = (f'{{"a": [1, {text}]}}' if nested else text).encode()
    found = parse(line)
    assert isinstance(found, Refusal)
    assert "given twice" in found.reason or "NUL" in found.reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"created", "not JSON: expected value at character 1"),
        (b'{"a": 1', "not JSON: EOF while parsing an object at character 7"),
        (b'{"a": 1} {"b": 2}', "not JSON: trailing characters at character 10"),
        (b'{"a": NaN}', "not JSON: expected value at character 7"),
        (b'{"a": -Infinity}', "not JSON: invalid number at character 8"),
        (b'{"a": [1e999]}', "a number is larger than a double can be"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON: number out of range at character 4308"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 8"),
        (b'{"a": "\x00"}', "not JSON: control character (\\u0000-\\u001F) found"),
        (rb'{"a": {"b": ["x\u0000"]}}', "a text holds NUL (\\u0000), which Postgres cannot keep"),
        (rb'{"a\u0000": 1}', "a text holds NUL (\\u0000), which Postgres cannot keep"),
        (rb'{"a": "\ud800"}', "not JSON: unexpected end of hex escape at character 14"),
        (rb'{"a": "\udc00x"}', "not JSON: lone leading surrogate in hex escape at character 13"),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", "not JSON: recursion limit exceeded"),
        (b'{"a": 1, "a": 1}', "a: given twice"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_refuses_what_is_not_json_or_cannot_be_kept(line: bytes, reason: str) -> None:
    found = parse(line)
    assert isinstance(found, Refusal)
    assert found.reason.startswith(reason)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert parse(rb'{"a": "\\u0000"}') == {"a": "\\u0000"}


def test_a_line_beyond_the_longest_is_not_read() -> None:
    line = b'{"a": "' + b"x" * LONGEST_LINE + b'"}'
    assert parse(line) == Refusal("longer than 16 MiB: no more of it is kept")
