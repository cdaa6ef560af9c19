{# The names that models read. A model's text names what it works on (`changed_tickets`,
   `changed_events`, `changes`); a pre-hook in the model's own transaction binds the name: to all
   there is when the model is built from nothing, to what changed since its mark when it is kept.
   So a text says a rule and nothing of how it is kept up to date. #}

{# A bound name in a model's text. In a unit test the given rows of the model stand in its place. #}
{% macro bound(name, relation) %}
    {{ return(relation if '__dbt__cte__' in relation | string else name) }}
{% endmacro %}

{% macro bind(name, sql) %}
    create temp view {{ name }} as {{ sql }};
{% endmacro %}

{# arrived_events: raw events of the batches accepted since the mark, in the order they were. #}
{% macro bind_arrived_events() %}
    {% set b = bounds() %}
    {% set arrived = "select e.*, b.position as batch_position from " ~ source('raw', 'ticket_events')
        ~ " as e inner join " ~ source('raw', 'batches') ~ " as b on b.batch_id = e.batch_id" %}
    {% if is_incremental() and execute %}
        {% set ids = run_query("select coalesce(array_agg(batch_id), '{}')::text from " ~ source('raw', 'batches')
            ~ " where position > " ~ b.from_position ~ " and position <= " ~ b.to_position).rows[0][0] %}
        {{ bind('arrived_events', arrived ~ " where e.batch_id = any ('" ~ ids ~ "'::bigint[])") }}
    {% else %}
        {{ bind('arrived_events', arrived ~ " where b.position <= " ~ b.to_position) }}
    {% endif %}
{% endmacro %}

{# staged_events: typed events staged since the mark. #}
{% macro bind_staged_events() %}
    {{ bind('staged_events', 'select * from ' ~ ref('stg_ticket_events')
        ~ ' where batch_position > ' ~ (bounds().from_position if is_incremental() else 0)) }}
{% endmacro %}

{# touched_tickets: the tickets to compute again, and why: events, or the meaning of an account, a
   team, a calendar or the policies. A table built from nothing has them all, so a first build needs
   none. #}
{% macro bind_touched_tickets() %}
    {% set b = bounds() %}
    {% if is_incremental() %}
        {% set events = ref('stg_ticket_events') | string %}
        {% set of_calendars = tickets_of_changed_calendars(b.from_build) %}
        {% set of_policies = tickets_of_changed_policies(b.from_build) %}
        {{ bind('touched_tickets',
            'select ticket_key from ' ~ events ~ ' where batch_position > ' ~ b.from_position
            ~ ' union select e.ticket_key from ' ~ events ~ ' as e inner join ' ~ ref('stg_config_changes')
            ~ " as c on c.kind = 'agent' and c.source = e.source and c.id in (e.actor_id, e.assignee_id)"
            ~ ' where c.build_id > ' ~ b.from_build
            ~ ' union select e.ticket_key from ' ~ events ~ ' as e inner join ' ~ ref('stg_config_changes')
            ~ " as c on c.kind = 'team' and c.source = e.source and c.id = e.team_id"
            ~ ' where c.build_id > ' ~ b.from_build
            ~ (' union ' ~ of_calendars if of_calendars else '')
            ~ (' union ' ~ of_policies if of_policies else '')) }}
    {% else %}
        {{ bind('touched_tickets', 'select null::text as ticket_key where false') }}
    {% endif %}
    {{ bind('this_build', 'select ' ~ b.build ~ '::bigint as build_id') }}
{% endmacro %}

{# changed_tickets, and of each relation given as {name: relation} the rows of those tickets. #}
{% macro bind_changed(relations) %}
    {% if is_incremental() %}
        create temp table changed_tickets on commit drop as
        select distinct ticket_key from {{ ref('int_tickets_changed') }} where build_id > {{ bounds().from_build }};
        create unique index on changed_tickets (ticket_key);
        analyze changed_tickets;
    {% endif %}
    {% for name, relation in relations.items() %}
        {{ bind(name, 'select r.* from ' ~ relation ~ ' as r' ~ (' inner join changed_tickets using (ticket_key)' if is_incremental() else '')) }}
    {% endfor %}
{% endmacro %}

{# reporting_zone: one row, the zone in which days and hours are. #}
{% macro bind_zone() %}
    {{ bind('reporting_zone', "select '" ~ bounds().zone ~ "'::text as name") }}
{% endmacro %}

{# The same in a model's text; a unit test puts a zone of its own in its place, and days. #}
{% macro reporting_zone() %}{{ return('reporting_zone') }}{% endmacro %}
{% macro days_shown() %}{{ return('days_shown') }}{% endmacro %}

{# The instant at which a local date begins; no date: always. #}
{% macro starts_at(date) -%}
    coalesce(
        ops.day_start(
            ({{ date }} + time '12:00') at time zone (select z.name from {{ reporting_zone() }} as z),
            (select z.name from {{ reporting_zone() }} as z)
        ),
        '-infinity'
    )
{%- endmacro %}

{# new_instants: half hours from the first ticket to this as_of that are not known yet, and as_of. #}
{% macro bind_new_instants() %}
    {% set b = bounds() %}
    {% set first = '(select min(created_at) from ' ~ ref('fct_tickets') ~ ')' %}
    {% set last = "'" ~ b.as_of ~ "'::timestamptz" %}
    {% set known = [last, first] %}
    {% if is_incremental() and execute %}
        {% set row = run_query('select min("timestamp")::text, max("timestamp")::text from ' ~ this).rows[0] %}
        {# A creation that came late, dated after what was taken for it, leaves the first ticket later. #}
        delete from {{ this }} where "timestamp" < (
            select ops.hour_start(min(created_at), '{{ b.zone }}') from {{ ref('fct_tickets') }});
        {% if row[0] %}{% set known = ["'" ~ row[0] ~ "'::timestamptz", "'" ~ row[1] ~ "'::timestamptz"] %}{% endif %}
    {% endif %}
    {{ bind_zone() }}
    {{ bind('new_instants',
        'select generate_series(' ~ first ~ ', ' ~ known[0] ~ ", interval '30 minutes') as instant"
        ~ ' union all select generate_series(' ~ known[1] ~ ', ' ~ last ~ ", interval '30 minutes')"
        ~ ' union all select ' ~ last ~ ' where ' ~ last ~ ' >= ' ~ first) }}
{% endmacro %}

{# days_shown: the dates that the warehouse knows, all made at once. Events before 2000 are refused. #}
{% macro bind_days() %}
    {{ bind_zone() }}
    {{ bind('days_shown',
        "select generate_series('2000-01-01'::timestamp, '2099-12-31', interval '1 day')::date as day"
        ~ (' where false' if is_incremental() else '')) }}
{% endmacro %}

{# An instant as text, the same whatever the session's zone is. #}
{% macro written(instant) -%}
    to_char({{ instant }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
{%- endmacro %}
