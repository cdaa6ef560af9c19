"""The one error tree: each error says what happened and carries a hint that says what to do.

    DeskhouseError
    ├── AnswerIsNo           the check was made and the answer is no          exit 1
    │   └── DeliveryRefused  a gate refused a delivery
    ├── WrongInput           what was given cannot be used; nothing was done  exit 2
    │   └── WrongConfiguration  a row of the configuration folder (file, row, column)
    └── Failed               it was tried and did not work                    exit 3
        ├── ServiceDown      a service that is needed does not answer
        ├── Busy             a lock was not to be had in time
        └── BuildFailed      a model or its test failed

Exit codes are given here as documentation; only `deskhouse.cli` turns an error into one.
"""


class DeskhouseError(Exception):
    """What happened (`str(error)`) and what to do about it (`error.hint`, may be empty)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class AnswerIsNo(DeskhouseError):
    """A question was asked and the answer is no."""


class DeliveryRefused(AnswerIsNo):
    """A gate refused a delivery; it is kept out of the warehouse's sight."""


class WrongInput(DeskhouseError):
    """An argument, a file or a setting cannot be used; nothing was done."""


class WrongConfiguration(WrongInput):
    """A file of the configuration folder holds what cannot be used."""

    def __init__(self, file: str, row: int | None, column: str | None, problem: str) -> None:
        where = file
        if row is not None:
            where += f", row {row}"
        if column is not None:
            where += f", column {column}"
        super().__init__(f"{where}: {problem}", "Correct the file and run the command again.")
        self.file, self.row, self.column, self.problem = file, row, column, problem


class Failed(DeskhouseError):
    """Something was tried and did not work."""


class ServiceDown(Failed):
    """A service that is needed does not answer."""


class Busy(Failed):
    """A lock is held by somebody else and was not to be had in time."""


class BuildFailed(Failed):
    """A model, or a test of one, failed; what was built before stands.

    `is_transient` where the same build may succeed when it is tried again.
    """

    def __init__(self, message: str, hint: str = "", *, is_transient: bool = False) -> None:
        super().__init__(message, hint)
        self.is_transient = is_transient
