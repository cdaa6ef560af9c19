-- SLA policies: what the configuration folder says of them, and whom a change of them touches.
create table raw.config_sla_policies (
    position integer not null,
    policy_id text not null,
    priority text,
    channel text,
    team_id text,
    metric text not null,
    hours text not null check (hours in ('calendar', 'business')),
    target_seconds bigint not null check (target_seconds >= 0),
    valid_from date,
    primary key (metric, position)
);
comment on table raw.config_sla_policies is 'sla_policies.csv: targets of SLA metrics, by the values a ticket has at a moment; NULL: any. Of a metric the first by position that matches holds.';

-- A set of values is a list, or all but a list, so that it holds values nobody has thought of.
create table raw.config_sla_changes (
    build_id bigint not null,
    number integer not null,
    valid_from date,
    valid_to date,
    priorities text[] not null,
    is_all_but_priorities boolean not null,
    channels text[] not null,
    is_all_but_channels boolean not null,
    teams text[] not null,
    is_all_but_teams boolean not null,
    primary key (build_id, number)
);
comment on table raw.config_sla_changes is 'One row per build, stretch of local dates and set of values a ticket may have, to which the policies give other targets than before it. All but a list includes having none.';
