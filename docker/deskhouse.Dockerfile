# The warehouse side: the command, what it runs, and Dagster. docs/how-to/run-in-containers.md
FROM python:3.11-slim-bookworm

WORKDIR /srv/deskhouse
COPY requirements/ requirements/
COPY scripts/ scripts/
RUN --mount=type=cache,target=/var/cache/uv UV_CACHE_DIR=/var/cache/uv scripts/install warehouse

COPY config/ config/
COPY dbt_project/ dbt_project/
COPY deskhouse/ deskhouse/
COPY expectations/ expectations/
COPY exporters/ exporters/
COPY ingestion/ ingestion/
COPY orchestration/ orchestration/
COPY superset_assets/ superset_assets/

# A new volume has the owner of the folder that it is mounted over.
COPY --chown=www-data:www-data docker/var/ /var/lib/deskhouse/
ENV PATH=/srv/deskhouse/.venv/bin:$PATH \
    HOME=/var/lib/deskhouse/home \
    DESKHOUSE_HOME=/var/lib/deskhouse/home
VOLUME /var/lib/deskhouse/home

# Whom every Debian knows, and who owns nothing of the above.
USER www-data
CMD ["deskhouse", "up", "--foreground"]
