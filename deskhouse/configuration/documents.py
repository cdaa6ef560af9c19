"""Reading a YAML file, and holding it against a model, with errors that name the key."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from deskhouse.errors import WrongConfiguration

Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """The safe loader, which also refuses a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a mapping, or say which line gives a key again."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.constructor.ConstructorError(
                    problem="a key must be text", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key}: given twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_document(path: Path) -> Any:
    """What a YAML file holds; None for an empty one.

    Raises:
        WrongConfiguration: it cannot be read, or is no YAML; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return yaml.load(text, Loader=_Loader)  # noqa: S506 – a safe loader, made stricter above.
    except OSError as error:
        problem = error.strerror or str(error)
        raise WrongConfiguration(path.name, None, None, f"cannot be read: {problem}") from None
    except UnicodeDecodeError:
        raise WrongConfiguration(path.name, None, None, "is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        row = mark.line + 1 if mark is not None else None
        raise WrongConfiguration(path.name, row, None, str(error.problem)) from None
    except yaml.YAMLError as error:
        raise WrongConfiguration(path.name, None, None, f"is no YAML: {error}") from None


def validated(
    model: type[Model], value: Any, file: str, where: tuple[str | int, ...] = ()
) -> Model:
    """Hold a value against a model; `where` is its place in the file.

    Raises:
        WrongConfiguration: names the path of the first wrong key, as `sources.0.every`.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in (*where, *first["loc"]))
        raise WrongConfiguration(file, None, None, f"{path}: {_problem(first)}") from None


def _problem(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "is no key there"
    if detail["type"] == "missing":
        return "is missing"
    return detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
