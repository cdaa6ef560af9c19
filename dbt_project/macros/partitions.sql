{# A table by month: meta.by_month names the column. The default partition takes what is dated in a
   month that is not made yet, as a deadline ahead; its rows move when the month is made. #}

{% macro postgres__create_table_as(temporary, relation, sql) %}
    {% set key = config.get('meta', {}).get('by_month') %}
    {% if temporary or not key %}
        {{ return(dbt.postgres__create_table_as(temporary, relation, sql)) }}
    {% endif %}
    {% do get_assert_columns_equivalent(sql) %}
    create table {{ relation }} {{ get_table_columns_and_constraints() }} partition by range ("{{ key }}");
    create table {{ relation.incorporate(path={'identifier': relation.identifier ~ '_default'}) }} partition of {{ relation }} default;
    {{ make_months(relation, key, 0) }}
    insert into {{ relation }} ({{ default__get_column_names() }}) {{ get_select_subquery(sql) }};
{% endmacro %}

{# Measurements are dated at events, so the months of events staged since a position are enough; a
   month that began while nothing came is made when its first event comes. #}
{% macro make_months(relation, key, from_position) %}
    select ops.ensure_months('{{ relation }}', '{{ key }}', array(
        select distinct date_trunc('month', occurred_at, 'UTC') from {{ ref('stg_ticket_events') }}
        where batch_position > {{ from_position }}));
{% endmacro %}

{% macro make_new_months() %}
    {% if is_incremental() %}{{ make_months(this, config.get('meta').by_month, bounds().from_position) }}{% endif %}
{% endmacro %}

{# Readers go on reading while it is refreshed. #}
{% macro postgres__refresh_materialized_view(relation) %}
    refresh materialized view concurrently {{ relation }}
{% endmacro %}

{# Which stretch holds an instant: how the dense view of a backlog finds its rows. #}
{% macro index_stretches() %}
    {% if not is_incremental() %}
        create index on {{ this }} using gist (tstzrange("timestamp", next_timestamp)) where backlog > 0;
    {% endif %}
{% endmacro %}

{# What begins to count as as_of passes is few of a table of measurements. #}
{% macro index_what_counts_later() %}
    {% if not is_incremental() %}
        create index on {{ this }} (counts_from) where counts_from is not null;
    {% endif %}
{% endmacro %}
