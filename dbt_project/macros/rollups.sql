{# What a rollup reads. `keys` maps its grain's columns to a measurement's; `grain` is hour or day.

   changes               signed measurements since the mark, each in its group
   kept_rows             the rollup's own rows in the groups that changed
   touched_measurements  what is in those groups now, of the types given in `exact`: what cannot be
                         kept by adding (distinct counts, percentiles) is computed from these
   prior_levels          with `running`, the level of a running sum before the first touched group

   `types` are the types that count here, or all but those of `without`; where an agent is in the grain, what nobody is credited with
   does not.

   From nothing: changes are all measurements, nothing is kept, everything is touched. #}
{% macro bind_rollup(grain, keys, types=none, without=none, exact=none, running=false) %}
    {% set b = bounds() %}
    {% set measurements = ref('metrics_raw') | string %}
    {% set bucket = 'r.' ~ grain ~ '_start' %}
    {% set group %}{{ bucket }} as "timestamp"{% for name, source in keys.items() %}, r.{{ source }} as {{ name }}{% endfor %}{% endset %}
    {% set names = '"timestamp", ' ~ keys.keys() | join(', ') %}
    {% set only %}
        {%- if types %} and r.metric_type in ('{{ types | join("', '") }}'){% endif %}
        {%- if without %} and r.metric_type not in ('{{ without | join("', '") }}'){% endif %}
        {%- if 'agent_id' in keys %} and r.agent_id <> 'none'{% endif %}
    {%- endset %}
    {% set of_types %}{% if exact %} and r.metric_type in ('{{ exact | join("', '") }}'){% endif %}{% endset %}
    {% if is_incremental() %}
        create temp table changes on commit drop as
        select r.sign, {{ group }}, r.metric_type, r."timestamp" as measured_at, r.value, r.business_value from {{ schema_of('core') }}.metrics_changes as r
        where r.build_id > {{ b.from_build }} and {{ counts_from('r') }} <= '{{ b.from_as_of }}'{{ only }}
        {% for column in ['"timestamp"', 'counts_from'] %}
        union all
        select case when '{{ b.as_of }}'::timestamptz > '{{ b.from_as_of }}' then 1 else -1 end, {{ group }}, r.metric_type, r."timestamp", r.value, r.business_value
        from {{ measurements }} as r
        where r.{{ column }} > least('{{ b.from_as_of }}'::timestamptz, '{{ b.as_of }}')
            and r.{{ column }} <= greatest('{{ b.from_as_of }}'::timestamptz, '{{ b.as_of }}'){{ only }}
            and r.counts_from is {{ 'not ' if column == 'counts_from' }}null
        {% endfor %};
        create temp table touched_groups on commit drop as select distinct {{ names }} from changes;
        {% if running %}{{ touch_what_follows(keys) }}{% endif %}
        analyze changes;
        analyze touched_groups;
        {{ bind('kept_rows', 'select t.* from ' ~ this ~ ' as t inner join touched_groups using (' ~ names ~ ')') }}
        {% if exact %}
            {% set look_up %}
                select {% for name in keys %}g.{{ name }}, {% endfor %}g."timestamp", m.metric_type, m.value, m.business_value, m.ticket_key
                from touched_groups as g cross join lateral (
                    select r.metric_type, r.value, r.business_value, r.ticket_key from {{ measurements }} as r
                    where {% for name, source in keys.items() %}r.{{ source }} = g.{{ name }} and {% endfor %}{{ bucket }} = g."timestamp"
                        {# A day has 25 hours at most; the bounds let the index and the partitions work. #}
                        and r."timestamp" >= g."timestamp" and r."timestamp" < g."timestamp" + interval '{{ '1 hour' if grain == 'hour' else '25 hours' }}'
                        and {{ counts_from('r') }} <= '{{ b.as_of }}'{{ of_types }}) as m
            {% endset %}
            {{ bind('touched_measurements', look_up) }}
        {% endif %}
    {% else %}
        {% set all_rows = ' from ' ~ measurements ~ ' as r where ' ~ counts_from('r') ~ " <= '" ~ b.as_of ~ "'" ~ only %}
        {{ bind('changes', 'select 1 as sign, ' ~ group ~ ', r.metric_type, r."timestamp" as measured_at, r.value, r.business_value' ~ all_rows) }}
        {{ bind('kept_rows', 'select ' ~ empty_columns() ~ ' where false') }}
        {% if running %}{{ bind('prior_levels', 'select ' ~ empty_columns() ~ ' where false') }}{% endif %}
        {% if exact %}{{ bind('touched_measurements', 'select ' ~ group ~ ', r.metric_type, r.value, r.business_value, r.ticket_key' ~ all_rows ~ of_types) }}{% endif %}
    {% endif %}
{% endmacro %}

{# Changes and touched measurements in a rollup's text; a unit test puts measurements of its own in their place. #}
{% macro changes() %}{{ return('changes') }}{% endmacro %}
{% macro touched_measurements() %}{{ return('touched_measurements') }}{% endmacro %}

{# The first as_of at which a measurement counts. #}
{% macro counts_from(r) -%}
    coalesce({{ r }}.counts_from, {{ r }}."timestamp")
{%- endmacro %}

{# A running sum changes from the first changed group on: all later groups of the same keys are
   touched, and the one just before, which says where the next is. #}
{% macro touch_what_follows(keys) %}
    {% set list = keys.keys() | join(', ') %}
    create temp table touched_from on commit drop as
    select {{ list }}, coalesce(
        (select max(t."timestamp") from {{ this }} as t where {% for k in keys %}t.{{ k }} = f.{{ k }} and {% endfor %}t."timestamp" < f.first_at),
        f.first_at) as "timestamp"
    from (select {{ list }}, min("timestamp") as first_at from changes group by {{ list }}) as f;
    analyze touched_from;
    insert into touched_groups ("timestamp", {{ list }})
    select t."timestamp", {{ list }} from {{ this }} as t inner join touched_from as f using ({{ list }})
    where t."timestamp" >= f."timestamp"
    except select "timestamp", {{ list }} from touched_groups;
    {{ bind('prior_levels', 'select t.* from ' ~ this ~ ' as t inner join touched_from using ("timestamp", ' ~ list ~ ')') }}
{% endmacro %}

{# The columns of the model's contract, as a row of nothing. #}
{% macro empty_columns() %}
    {% set parts = [] %}
    {% for c in model.columns.values() %}{% do parts.append('null::' ~ c.data_type ~ ' as ' ~ adapter.quote(c.name)) %}{% endfor %}
    {{ return(parts | join(', ')) }}
{% endmacro %}

{# How many measurements of a type came to (or left) a group, and what they sum to. #}
{% macro count_of(metric_type) -%}
    coalesce(sum(sign) filter (where metric_type = '{{ metric_type }}'), 0)
{%- endmacro %}
{% macro sum_of(metric_type) -%}
    coalesce(sum(sign * value) filter (where metric_type = '{{ metric_type }}'), 0)
{%- endmacro %}
{% macro business_sum_of(metric_type) -%}
    coalesce(sum(sign * business_value) filter (where metric_type = '{{ metric_type }}'), 0)
{%- endmacro %}
{% macro mean(total, count) -%}
    round({{ total }}::numeric / nullif({{ count }}, 0), 6)
{%- endmacro %}

{# Median, p75, p90 and p95 of the measurements of some types, as an array; and one of them. #}
{% macro percentiles() -%}
    percentile_cont(array[0.5, 0.75, 0.9, 0.95]) within group (order by value)
            filter (where metric_type in ('{{ varargs | join("', '") }}'))
{%- endmacro %}
{% macro business_percentiles() -%}
    percentile_cont(array[0.5, 0.75, 0.9, 0.95]) within group (order by business_value)
            filter (where metric_type in ('{{ varargs | join("', '") }}'))
{%- endmacro %}
{% macro percentile(name, number) -%}
    round({{ name }}[{{ number }}]::numeric, 6)
{%- endmacro %}

{# The bounds of the 95 % Wilson interval of a share (z = 1.96), its sign 1 or -1; NULL of nothing. #}
{% macro wilson(sign, part, whole) -%}
    round(
        ({{ part }} + 1.9208 {{ '+' if sign > 0 else '-' }} 1.96 * sqrt(
            {{ part }}::numeric * ({{ whole }} - {{ part }}) / nullif({{ whole }}, 0) + 0.9604
        )) / ({{ whole }} + 3.8416),
        6
    )
{%- endmacro %}
