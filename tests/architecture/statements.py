"""Enough of SQL's shape to hold rules over it: CTEs, windows, groups and joins of one statement.

sqlfluff holds how a statement is laid out, Postgres that it is one. What is read here is text with
comments and literals blanked, where brackets balance and keywords are lower case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_CTE = re.compile(r"\b(\w+)\s+as\s+(not\s+materialized\s+|materialized\s+)?\(")
_QUERY = re.compile(r"\s*(select|with|values|\()")
_RELATION = r'((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))*)'
_USE = re.compile(rf"\b(?:from|join)\s+{_RELATION}")
_JOIN = re.compile(rf"\bjoin\s+(lateral\b)?\s*(?:{_RELATION}|\()")
_CLAUSE_END = re.compile(
    r"\b(?:having|order by|limit|window|union|except|intersect|where|group by|select|from"
    r"|(?:left |right |full |inner |cross )?join)\b"
)


@dataclass(frozen=True, slots=True)
class Cte:
    """One `name as (…)` of a `with`."""

    name: str
    is_not_materialized: bool
    body: str


@dataclass(frozen=True, slots=True)
class Join:
    """One join with a condition: what is joined (empty: a sub-select), and on what."""

    relation: str
    condition: str


def blanked(sql: str) -> str:
    """The statement without comments and literals, in its length and lines."""
    return _NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), sql)


def bracketed(sql: str, opening: int) -> str:
    """What stands between the bracket at `opening` and its partner."""
    depth = 0
    for position in range(opening, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[position], 0)
        if depth == 0:
            return sql[opening + 1 : position]
    raise AssertionError(f"a bracket is not closed: {sql[opening : opening + 60]}")


def ctes(sql: str) -> list[Cte]:
    """The CTEs of a blanked statement, nested ones included."""
    found = []
    for match in _CTE.finditer(sql):
        body = bracketed(sql, match.end() - 1)
        # `window w as (partition by …)` has the same shape.
        if _QUERY.match(body):
            found.append(Cte(match[1], (match[2] or "").startswith("not"), body))
    return found


def uses(sql: str, name: str) -> int:
    """How often a blanked statement reads from a relation."""
    return sum(match[1] == name for match in _USE.finditer(sql))


def windows(sql: str) -> Iterator[str]:
    """What each window of a blanked statement is: `partition by … order by …`."""
    named = {
        match[1]: bracketed(sql, match.end() - 1)
        for match in re.finditer(r"\b(\w+)\s+as\s+\(", sql)
        if re.match(r"\s*(partition|order) by\b", bracketed(sql, match.end() - 1))
    }
    yield from named.values()
    for match in re.finditer(r"\bover(?=\s*\(|\s)\s*(\(|\w+)", sql):
        if match[1] == "(":
            yield bracketed(sql, match.end() - 1)
        else:
            assert match[1] in named, f"there is no window {match[1]}"


def groups(sql: str) -> Iterator[str]:
    """What each `group by` and `distinct` of a blanked statement tells rows apart by."""
    for match in re.finditer(r"\bgroup by\b", sql):
        yield _clause(sql, match.end())
    for match in re.finditer(r"\bselect\s+distinct\s+(on\s*\()?", sql):
        yield bracketed(sql, match.end() - 1) if match[1] else _clause(sql, match.end())


def joins(sql: str) -> Iterator[Join]:
    """Each join of a blanked statement that has a condition; a lateral one is its sub-select's."""
    for match in _JOIN.finditer(sql):
        start = match.end()
        if match[2] is None:
            start += len(bracketed(sql, start - 1)) + 1
        condition = re.match(r"(?:\s+as\s+\w+)?\s+(?:on|using)\b", sql[start:])
        if condition and not match[1]:
            yield Join(match[2] or "", _clause(sql, start + condition.end()))


def _clause(sql: str, start: int) -> str:
    """The text from `start` to the next clause of the same query."""
    depth = 0
    for position in range(start, len(sql)):
        character = sql[position]
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0 or (
            depth == 0
            and character.isalpha()
            and not (sql[position - 1].isalnum() or sql[position - 1] in "_.")
            and _CLAUSE_END.match(sql, position)
        ):
            return sql[start:position]
    return sql[start:]
