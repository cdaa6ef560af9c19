{# The build: names of schemas, the bounds of a model, its mark. #}

{# `core` while readers look on; `core_next` when the build is aside. #}
{% macro schema_of(name) %}{{ return(name ~ ('_next' if target.name == 'aside' else '')) }}{% endmacro %}

{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ schema_of(custom_schema_name or 'core') }}
{%- endmacro %}

{# Before the first model: the schemas, and where the kept tables say what they know. #}
{% macro prepare() %}
    {% if flags.FULL_REFRESH %}
        {% do exceptions.raise_compiler_error('a full refresh is built aside: --target aside, without --full-refresh') %}
    {% endif %}
    {% for name in ['staging', 'intermediate', 'core', 'marts'] %}
    create schema if not exists {{ schema_of(name) }};
    {% endfor %}
    grant usage on schema {{ schema_of('marts') }} to {{ readers() }};
    create table if not exists {{ schema_of('core') }}.marks (
        model text primary key, build_id bigint not null, view_hash text);
    {# as_of is what readers see; next_as_of is the build's that runs. #}
    create table if not exists {{ schema_of('core') }}.current_build (
        build_id bigint, as_of timestamptz, next_as_of timestamptz not null, time_zone text not null);
    insert into {{ schema_of('core') }}.current_build (next_as_of, time_zone)
    select b.as_of, b.time_zone from ops.builds as b
    where not exists (select from {{ schema_of('core') }}.current_build) order by b.build_id desc limit 1;
    update {{ schema_of('core') }}.current_build
    set next_as_of = (select b.as_of from ops.builds as b order by b.build_id desc limit 1);
    {{ show_current_build() }}
{% endmacro %}

{# marts.current_build: which build readers see. It follows the schemas' names when they are swapped. #}
{% macro show_current_build() %}
    {% set view = schema_of('marts') ~ '.current_build' %}
    do $$ begin
        if to_regclass('{{ view }}') is null then
            create view {{ view }} as
            select build_id, as_of, time_zone from {{ schema_of('core') }}.current_build where build_id is not null;
            comment on view {{ view }} is 'One row: the build that readers see.';
            comment on column {{ view }}.build_id is 'Which build.';
            comment on column {{ view }}.as_of is 'Up to when the marts go; what depends on the present is judged there.';
            comment on column {{ view }}.time_zone is 'The reporting zone.';
            grant select on {{ view }} to {{ readers() }};
        end if;
    end $$;
{% endmacro %}

{# Who reads `marts`: the reader, and the group of personal logins. #}
{% macro readers() %}
    {{ return(adapter.quote(target.dbname ~ '_reader') ~ ', ' ~ adapter.quote(target.dbname ~ '_people')) }}
{% endmacro %}

{# Where this build ends and where this model stands, as literals: as a sub-select a watermark is
   estimated at a third of the table. The row lock waits for what a killed run left behind. #}
{% macro bounds() %}
    {% if not execute %}
        {{ return({'build': 0, 'to_position': 0, 'as_of': '', 'zone': 'UTC', 'from_build': 0, 'from_position': 0, 'from_as_of': ''}) }}
    {% endif %}
    {% set marks = schema_of('core') ~ '.marks' %}
    {% do run_query("select 1 from " ~ marks ~ " where model = '" ~ this.identifier ~ "' for update") %}
    {% set row = run_query(
        "select b.build_id, b.to_position, b.as_of::text, b.time_zone,"
        ~ " coalesce(m.build_id, 0), coalesce(f.to_position, 0), coalesce(f.as_of::text, '-infinity')"
        ~ " from ops.builds as b"
        ~ " left join " ~ marks ~ " as m on m.model = '" ~ this.identifier ~ "'"
        ~ " left join ops.builds as f on f.build_id = m.build_id"
        ~ " order by b.build_id desc limit 1").rows[0] %}
    {{ return({
        'build': row[0] | int, 'to_position': row[1] | int, 'as_of': row[2], 'zone': row[3],
        'from_build': row[4] | int, 'from_position': row[5] | int, 'from_as_of': row[6]}) }}
{% endmacro %}

{# After each model, in its transaction: the identities that it completes, the public view over it,
   its mark, no name left bound (dbt reuses connections, and a view is not dropped on commit). #}
{% macro settle() %}
    {# Before anything reads it: what is planned without statistics may take for ever. #}
    {% if config.get('materialized') == 'incremental' and not is_incremental() %}analyze {{ this }};{% endif %}
    {% if execute and config.get('meta').identities %}{{ hold_identities(config.get('meta').identities) }}{% endif %}
    {% if config.get('meta').secured_by %}{{ secured_view() }}{% endif %}
    {% if config.get('materialized') == 'incremental' %}
        insert into {{ schema_of('core') }}.marks (model, build_id)
        select '{{ this.identifier }}', max(build_id) from ops.builds
        on conflict (model) do update set build_id = excluded.build_id;
        discard temp;
    {% endif %}
{% endmacro %}
