"""Superset's configuration: its own defaults, and what Deskhouse wants otherwise.

Superset is told to read this module (`SUPERSET_CONFIG`). What differs from home to home comes by
the environment, from `deskhouse.services.superset`.
"""

import os
from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from flask_caching.backends.rediscache import RedisCache
from superset.config import *  # noqa: F403 - the defaults of everything that is not named here
from superset.config import THEME_DEFAULT as THEIR_THEME

from superset_assets.server.extension import AuditLogger, add_to, blueprint, person, static

_REDIS = os.environ["DESKHOUSE_SUPERSET_REDIS"]
# What begins each of our keys: a Redis may be shared with others.
_PREFIX = os.environ["DESKHOUSE_SUPERSET_PREFIX"]
_FOLDER = Path(os.environ["DESKHOUSE_SUPERSET_FOLDER"])

# Secrets. What Superset has as defaults is public.
SECRET_KEY = os.environ["DESKHOUSE_SUPERSET_SECRET_KEY"]
GUEST_TOKEN_JWT_SECRET = os.environ["DESKHOUSE_SUPERSET_GUEST_SECRET"]
GLOBAL_ASYNC_QUERIES_JWT_SECRET = os.environ["DESKHOUSE_SUPERSET_ASYNC_SECRET"]
SMTP_HOST = ""
SMTP_USER = ""
SMTP_PASSWORD = ""

# Its own tables. Of each process so many threads may ask at once.
SQLALCHEMY_DATABASE_URI = os.environ["DESKHOUSE_SUPERSET_DATABASE"]
SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 8, "max_overflow": 4, "pool_recycle": 1800}
SQLALCHEMY_EXAMPLES_URI = None
DATA_DIR = str(_FOLDER)
UPLOAD_FOLDER = str(_FOLDER / "uploads")
ALEMBIC_SKIP_LOG_CONFIG = True
LOG_LEVEL = os.environ["DESKHOUSE_LOG_LEVEL"]
EVENT_LOGGER = AuditLogger()


def _cache(name: str, kept: timedelta, **more: object) -> dict[str, object]:
    return {
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_URL": _REDIS,
        "CACHE_KEY_PREFIX": f"{_PREFIX}{name}:",
        "CACHE_DEFAULT_TIMEOUT": int(kept.total_seconds()),
        **more,
    }


CACHE_CONFIG = _cache("metadata", timedelta(days=1))
# The pipeline tells which data changed; the time is for when nobody could be told.
DATA_CACHE_CONFIG = _cache("data", timedelta(hours=1))
FILTER_STATE_CACHE_CONFIG = _cache("filters", timedelta(days=90), REFRESH_TIMEOUT_ON_RETRIEVAL=True)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache(
    "explore", timedelta(days=7), REFRESH_TIMEOUT_ON_RETRIEVAL=True
)
RESULTS_BACKEND = RedisCache.factory(None, _cache("results", timedelta(days=1)), [], {})


class CELERY_CONFIG:  # noqa: N801 - Superset's name
    """What runs aside: long queries of SQL Lab, and the tidying of Superset's own tables."""

    broker_url = _REDIS
    broker_transport_options = {"global_keyprefix": f"{_PREFIX}celery:"}  # noqa: RUF012 - read, not kept
    broker_connection_retry_on_startup = True
    result_backend = _REDIS
    result_backend_transport_options = {"global_keyprefix": f"{_PREFIX}celery:"}  # noqa: RUF012 - read, not kept
    result_expires = timedelta(days=1)
    imports = ("superset.sql_lab", "superset.tasks.scheduler", "superset.tasks.cache")
    worker_prefetch_multiplier = 1
    worker_hijack_root_logger = False
    beat_schedule = {  # noqa: RUF012 - read, not kept
        "prune_logs": {
            "task": "prune_logs",
            "schedule": crontab(minute=17, hour=3),
            "kwargs": {"retention_period_days": 180, "max_rows_per_run": 100_000},
        },
        "prune_query": {
            "task": "prune_query",
            "schedule": crontab(minute=27, hour=3),
            "kwargs": {"retention_period_days": 30},
        },
    }


# Who may come in, and how often.
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
WTF_CSRF_ENABLED = True
SESSION_COOKIE_NAME = "deskhouse"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
RATELIMIT_ENABLED = True
# A dashboard of fifteen charts asks some sixty times within a second or two.
RATELIMIT_APPLICATION = "200 per second"
RATELIMIT_KEY_FUNC = person
RATELIMIT_KEY_PREFIX = f"{_PREFIX}limits"
RATELIMIT_STORAGE_URI = _REDIS
RATELIMIT_IN_MEMORY_FALLBACK_ENABLED = True
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "20 per minute"
ENABLE_CORS = False
FAB_API_SWAGGER_UI = False
PREVENT_UNSAFE_DB_CONNECTIONS = True
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    # Nothing from elsewhere: no telemetry pixel, no maps, no fonts.
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "blob:", "data:"],
        "object-src": "'none'",
        "script-src": ["'self'", "'strict-dynamic'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "frame_options": "DENY",
    "force_https": False,
    "session_cookie_secure": False,
}

# What there is, and what there is not.
FEATURE_FLAGS = {
    "ALERT_REPORTS": False,
    # The card that compares with the period before is among them.
    "CHART_PLUGINS_EXPERIMENTAL": True,
    "DASHBOARD_RBAC": True,
    "DRILL_BY": True,
    "DRILL_TO_DETAIL": True,
    "EMBEDDABLE_CHARTS": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_SUPERSET_META_DB": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
}
SQL_MAX_ROW = 100_000
SQLLAB_TIMEOUT = 30
SUPERSET_WEBSERVER_TIMEOUT = 60
# Buckets of time as the wall clock has them: the connection's zone is the reporting zone, and a
# value without a zone is shown as it is; with one, a browser shows the day before for every zone
# east of Greenwich. What is cut is the wall clock's time: an instant would be cut to 1:00 on a day
# whose midnight is skipped.
_GRAINS = {
    "PT1S": "DATE_TRUNC('second', {col})",
    "PT1M": "DATE_TRUNC('minute', {col})",
    "PT5M": "DATE_BIN('5 minutes', {col}, DATE_TRUNC('hour', {col}))",
    "PT10M": "DATE_BIN('10 minutes', {col}, DATE_TRUNC('hour', {col}))",
    "PT15M": "DATE_BIN('15 minutes', {col}, DATE_TRUNC('hour', {col}))",
    "PT30M": "DATE_BIN('30 minutes', {col}, DATE_TRUNC('hour', {col}))",
    "PT1H": "DATE_TRUNC('hour', {col})",
    "P1D": "DATE_TRUNC('day', {col})",
    "P1W": "DATE_TRUNC('week', {col})",
    "P1M": "DATE_TRUNC('month', {col})",
    "P3M": "DATE_TRUNC('quarter', {col})",
    "P1Y": "DATE_TRUNC('year', {col})",
}
TIME_GRAIN_ADDON_EXPRESSIONS = {
    "postgresql": {
        grain: sql.replace("{col}", "CAST({col} AS TIMESTAMP)") for grain, sql in _GRAINS.items()
    }
}
TIME_GRAIN_DENYLIST = ["PT5S", "PT30S"]

# How it looks.
APP_NAME = "Deskhouse"
APP_ICON = static("logo.svg")
FAVICONS = [{"href": static("icon.svg"), "type": "image/svg+xml"}]
LOGO_TOOLTIP = "Deskhouse"
_TOKENS = {
    **THEIR_THEME["token"],
    "brandAppName": APP_NAME,
    "brandLogoAlt": APP_NAME,
    "brandLogoUrl": APP_ICON,
    "brandLogoHeight": "28px",
    "brandLogoMargin": "16px 0",
    "colorPrimary": "#2563a8",
    "colorLink": "#2563a8",
    "colorInfo": "#2563a8",
    "colorSuccess": "#2f7d4f",
    "colorWarning": "#b7791f",
    "colorError": "#b83a3a",
    "borderRadius": 6,
    "colorEditorSelection": "#dbe7f5",
}
THEME_DEFAULT = {"token": {**_TOKENS, "colorBgLayout": "#f4f6f8"}, "algorithm": "default"}
THEME_DARK = {
    "token": {
        **_TOKENS,
        "brandLogoUrl": static("logo-dark.svg"),
        "colorPrimary": "#6ea8e5",
        "colorLink": "#8fbdf0",
        "colorInfo": "#6ea8e5",
        "colorEditorSelection": "#274063",
    },
    "algorithm": "dark",
}
ENABLE_UI_THEME_ADMINISTRATION = False
# Eight that are told apart by those who see fewer colours, each 4.5 to 1 on white.
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "deskhouse",
        "label": "Deskhouse",
        "description": "",
        "isDefault": True,
        "colors": [
            "#2563a8",
            "#b8530a",
            "#0f766e",
            "#a21a5b",
            "#7a5c00",
            "#6b3fc4",
            "#4a6b12",
            "#55606e",
        ],
    }
]

BLUEPRINTS = [blueprint]
FLASK_APP_MUTATOR = add_to
