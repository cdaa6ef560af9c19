"""What a spreadsheet would take for a formula, whoever wrote it (OWASP, "CSV Injection")."""

FORMULA = "=+-@\t\r\n＝＋－＠"
"""What such a text begins with; the last four as East Asian keyboards have them."""


def guarded(text: str) -> str:
    """The text, with a `'` before it where a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(tuple(FORMULA)) else text
