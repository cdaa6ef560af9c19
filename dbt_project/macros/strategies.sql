{# How a changed set is written into a kept table. dbt's own delete+insert leaves what no longer has
   a row: a ticket without measurements, a group at zero. #}

{# What is there stands: the first received of an event. #}
{% macro get_incremental_keep_first_sql(arg_dict) %}
    {% set names = column_names(arg_dict) %}
    insert into {{ arg_dict.target_relation }} ({{ names }})
    select {{ names }} from {{ arg_dict.temp_relation }} on conflict do nothing
{% endmacro %}

{# All rows of the changed tickets are replaced. With meta.changes_to, the net difference is logged
   first: -1 for what goes, +1 for what comes. #}
{% macro get_incremental_by_ticket_sql(arg_dict) %}
    {% set names = column_names(arg_dict) %}
    {% set log = config.get('meta').changes_to %}
    {% if log %}
        insert into {{ schema_of('core') }}.{{ log }} (build_id, sign, {{ names }})
        select (select max(build_id) from ops.builds), sum(sign), {{ names }}
        from (
            select -1 as sign, {{ names }} from {{ arg_dict.target_relation }} inner join changed_tickets using (ticket_key)
            union all
            select 1, {{ names }} from {{ arg_dict.temp_relation }}
        ) as difference
        group by {{ names }} having sum(sign) <> 0;
    {% endif %}
    delete from {{ arg_dict.target_relation }} as t using changed_tickets as c where t.ticket_key = c.ticket_key;
    insert into {{ arg_dict.target_relation }} ({{ names }}) select {{ names }} from {{ arg_dict.temp_relation }}
{% endmacro %}

{# All rows of the touched groups are replaced. #}
{% macro get_incremental_by_group_sql(arg_dict) %}
    {% set names = column_names(arg_dict) %}
    {% set keys = arg_dict.unique_key %}
    delete from {{ arg_dict.target_relation }} as t using touched_groups as g
    where {% for k in keys %}t.{{ adapter.quote(k) }} = g.{{ adapter.quote(k) }}{{ ' and ' if not loop.last }}{% endfor %};
    insert into {{ arg_dict.target_relation }} ({{ names }}) select {{ names }} from {{ arg_dict.temp_relation }}
{% endmacro %}

{# A small table is made equal to what was computed; a row that stays is not written. #}
{% macro get_incremental_mirror_sql(arg_dict) %}
    {% set names = column_names(arg_dict) %}
    {% set target = arg_dict.target_relation %}
    {% set new = arg_dict.temp_relation %}
    {# Rows are compared as text, which hashes: a row with nulls does not. #}
    delete from {{ target }} as t
    where row({{ qualified(arg_dict, 't') }})::text not in (select row({{ qualified(arg_dict, 'n') }})::text from {{ new }} as n);
    insert into {{ target }} ({{ names }}) select {{ names }} from {{ new }} except select {{ names }} from {{ target }}
{% endmacro %}

{% macro column_names(arg_dict) %}
    {{ return(arg_dict.dest_columns | map(attribute='quoted') | join(', ')) }}
{% endmacro %}

{% macro qualified(arg_dict, name) %}
    {% set parts = [] %}
    {% for c in arg_dict.dest_columns %}{% do parts.append(name ~ '.' ~ c.quoted) %}{% endfor %}
    {{ return(parts | join(', ')) }}
{% endmacro %}
