"""Settings, read in one place from `DESKHOUSE_*` and `.env`, and passed down from there."""

from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskhouse.errors import WrongInput

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting with its default; its name in the environment begins with `DESKHOUSE_`."""

    model_config = SettingsConfigDict(
        env_prefix="DESKHOUSE_", env_file=CHECKOUT / ".env", extra="ignore", frozen=True
    )

    home: Path = Field(
        CHECKOUT / "var", description="State: database, secrets, logs, dbt's target."
    )
    config: Path = Field(CHECKOUT / "config", description="The configuration folder.")
    database_url: str | None = Field(
        None, description="Owner's URL of an external Postgres (15 to 18); unset: the embedded one."
    )
    redis_url: str | None = Field(
        None, description="URL of an external Redis; unset: the embedded one."
    )
    time_zone: str = Field("UTC", description="The reporting zone, an IANA name.")
    postgres_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the embedded Postgres; unset: a free one, kept."
    )
    redis_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the embedded Redis; unset: a free one, kept."
    )
    services: str = Field(
        "", description="The services of this home, with commas between; unset: all there are."
    )
    dagster_port: int | None = Field(
        None, ge=1, le=65535, description="Port of Dagster's pages; unset: a free one, kept."
    )
    superset_port: int | None = Field(
        None, ge=1, le=65535, description="Port of Superset's pages; unset: a free one, kept."
    )
    listen: str = Field(
        "127.0.0.1",
        description="Address at which pages listen; in a container, 0.0.0.0.",
    )
    refresh_minutes: int = Field(
        5, ge=1, le=60, description="Minutes between refreshes, counted from the full hour."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("home", "config")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{name!r} is no IANA time zone (as in Europe/Berlin)") from None
        return name

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR")
        return level.upper()

    def environment(self) -> tuple[tuple[str, str], ...]:
        """The variables from which another process reads the same settings."""
        values = self.model_dump(exclude_none=True)
        return tuple((f"DESKHOUSE_{name.upper()}", str(value)) for name, value in values.items())

    @cached_property
    def zone(self) -> ZoneInfo:
        """The reporting zone."""
        return ZoneInfo(self.time_zone)


def read_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        WrongInput: a variable holds a value that cannot be used; the message names the first.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "DESKHOUSE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise WrongInput(
            f"{name}: {first['msg'].removeprefix('Value error, ')}",
            f"Set {name} right in the environment or in .env.",
        ) from None
