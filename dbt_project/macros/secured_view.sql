{# marts.<name>: the rows of core.<name> that whoever asks may see. meta.secured_by says by what:
     team       a column team_id
     teams_ever a column teams_ever: a ticket is seen whole by each team it was ever with
     ticket     the ticket of the row, likewise
     everybody  no person's or team's data
   The policy functions stand in sub-selects, so that each is asked once a query (unwrapped: 25 to 55
   times the bare table). The view is left alone while nothing about it changed: replacing it takes
   an exclusive lock. #}
{% macro secured_view() %}
    {% set meta = config.get('meta') %}
    {% set view = schema_of('marts') ~ '.' ~ this.identifier %}
    {% set sees = {
        'team': 'r.team_id = any ((select ops.my_teams())::text[])',
        'teams_ever': 'r.teams_ever && (select ops.my_teams())::text[]',
        'ticket': 'exists (select from ' ~ schema_of('core') ~ '.fct_tickets as f where f.ticket_key = r.ticket_key and f.teams_ever && (select ops.my_teams())::text[])',
    } %}
    {% set filters = [] %}
    {% if meta.secured_by != 'everybody' %}{% do filters.append('((select ops.sees_all()) or ' ~ sees[meta.secured_by] ~ ')') %}{% endif %}
    {% set as_of = '(select as_of from ' ~ schema_of('core') ~ '.current_build)' %}
    {% if meta.up_to_as_of %}
        {% set counts = {'timestamp': 'r."timestamp"', 'counts_from': counts_from('r')}[meta.up_to_as_of] %}
        {% do filters.append('coalesce(' ~ counts ~ ' <= ' ~ as_of ~ ', false)') %}
    {% endif %}
    {% set computed = sla_judged_columns() if meta.judged else {} %}
    {% if meta.dense_over %}{% set computed = {'unresolved_calendar_seconds': time_unresolved(as_of)} %}{% endif %}
    {% set columns = [] %}
    {% for c in model.columns.values() if not (c.config.meta or c.meta).internal %}
        {% set from = 'd' if meta.dense_over and c.name == 'timestamp' else 'r' %}
        {% if c.name in computed %}
            {% do columns.append(computed[c.name] ~ ' as ' ~ adapter.quote(c.name)) %}
        {% else %}
            {% do columns.append(from ~ '.' ~ adapter.quote(c.name)) %}
        {% endif %}
    {% endfor %}
    {% set rows = sla_judged_at(as_of, this) if meta.judged else this | string ~ ' as r' %}
    {% set unseen = [] %}
    {% if meta.dense_over %}
        {# The table has a row where something changed; the view has one an instant while there is
           any backlog, and one more where it came down to none, or tickets were for a while: so the
           last row of a group says what stands, and the rows of a range's last instant what stood
           at its end. #}
        {% do unseen.extend(filters + ['r.backlog = 0', '(r.backlog_change < 0 or r.unresolved_calendar_seconds <> 0)', 'coalesce(r."timestamp" <= ' ~ as_of ~ ', false)']) %}
        {% set rows = ref(meta.dense_over) ~ ' as d inner join ' ~ this ~ ' as r on tstzrange(r."timestamp", r.next_timestamp) @> d."timestamp"' %}
        {% do filters.extend(['r.backlog > 0', 'coalesce(d."timestamp" <= ' ~ as_of ~ ', false)']) %}
    {% endif %}
    {% set ddl %}
        {% if meta.judged %}drop function if exists {{ schema_of('marts') }}.sla_instances (timestamptz);{% endif %}
        drop view if exists {{ view }};
        create view {{ view }} with (security_barrier = true) as
        select {{ columns | join(', ') }} from {{ rows }}{{ ' where ' ~ filters | join(' and ') if filters }}
        {% if unseen %}
        union all
        select {{ columns | join(', ') | replace(time_unresolved(as_of), 'r.unresolved_calendar_seconds') | replace('d."timestamp"', 'r."timestamp"') }} from {{ this }} as r where {{ unseen | join(' and ') }}
        {% endif %};
        comment on view {{ view }} is {{ postgres_escape_comment(model.description) }};
        {% for c in model.columns.values() if not (c.config.meta or c.meta).internal %}
        comment on column {{ view }}.{{ adapter.quote(c.name) }} is {{ postgres_escape_comment(c.description) }};
        {% endfor %}
        grant select on {{ view }} to {{ readers() }};
        {% if meta.judged %}{{ judged_at_any_instant(view, columns, filters) }}{% endif %}
    {% endset %}
    {% set hash = local_md5(ddl | replace('_next', '')) %}
    {% set marks = schema_of('core') ~ '.marks' %}
    {% if is_incremental() or config.get('materialized') == 'materialized_view' %}
        {% set known = run_query("select view_hash from " ~ marks ~ " where model = '" ~ this.identifier ~ "' and to_regclass('" ~ view ~ "') is not null").rows %}
        {% if known | length and known[0][0] == hash %}{{ return('') }}{% endif %}
    {% endif %}
    {{ ddl }}
    insert into {{ marks }} (model, build_id, view_hash) values ('{{ this.identifier }}', 0, '{{ hash }}')
    on conflict (model) do update set view_hash = excluded.view_hash;
{% endmacro %}

{# marts.sla_instances(as_of): the same rows, judged at any instant. It runs as its owner, since its
   readers do not read core, and shows what the view would: the policy asks who the session is. The
   body follows the names of the schemas when they are swapped. #}
{% macro judged_at_any_instant(view, columns, filters) %}
    {% set name = schema_of('marts') ~ '.sla_instances' %}
    create function {{ name }} (as_of timestamptz) returns setof {{ view }}
    language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
    begin atomic
        select {{ columns | join(', ') }} from {{ sla_judged_at('sla_instances.as_of', this) }}
        {{ ' where ' ~ filters | join(' and ') if filters }};
    end;
    comment on function {{ name }} (timestamptz) is
        'fct_sla_instances as of any instant; one before a ticket''s last event judges it at that event.';
    revoke execute on function {{ name }} (timestamptz) from public;
    grant execute on function {{ name }} (timestamptz) to {{ readers() }};
{% endmacro %}
