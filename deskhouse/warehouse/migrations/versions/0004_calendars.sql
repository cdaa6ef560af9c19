-- Business calendars: what the configuration folder says of them, and what that means in instants.
create table raw.config_calendar_hours (
    calendar_id text not null,
    time_zone text not null,
    weekday smallint not null check (weekday between 1 and 7),
    opens_at time,
    closes_at time,
    valid_from date,
    unique nulls not distinct (calendar_id, weekday, opens_at, closes_at, valid_from),
    check ((opens_at is null) = (closes_at is null))
);
comment on table raw.config_calendar_hours is 'calendar_weekly_hours.csv: openings by weekday (1 is Monday), dated; without hours: closed.';

create table raw.config_calendar_exceptions (
    calendar_id text not null,
    day date not null,
    opens_at time,
    closes_at time,
    unique nulls not distinct (calendar_id, day, opens_at, closes_at),
    check ((opens_at is null) = (closes_at is null))
);
comment on table raw.config_calendar_exceptions is 'calendar_exceptions.csv: what replaces the openings that start on a date; without hours: closed.';

create table raw.config_calendar_assignments (
    channel text,
    calendar_id text not null,
    unique nulls not distinct (channel)
);
comment on table raw.config_calendar_assignments is 'calendar_assignments.csv: the calendar of each channel; without a channel: the default.';

-- Expanded once, from one time-zone database, whatever a server has for its own.
create table raw.config_calendars (
    calendar_id text primary key,
    time_zone text not null,
    rules text not null,
    expanded_to date not null
);
comment on table raw.config_calendars is 'One row per calendar: a hash of its rows and of the time-zone database they were expanded by, and the last local date of it.';

create table raw.config_calendar_openings (
    calendar_id text not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    primary key (calendar_id, opens_at),
    check (opens_at < closes_at)
);
comment on table raw.config_calendar_openings is 'One row per calendar and stretch of time in which it is open, from 2000 on; no two overlap or touch.';

-- How far calendars must be known: what batches up to a position have named.
create table raw.calendar_reach (
    only_row boolean primary key default true check (only_row),
    position bigint not null,
    newest_at timestamptz not null,
    target_seconds bigint not null
);
comment on table raw.calendar_reach is 'One row: the newest event, and the longest target in business hours, of the batches up to a position.';
insert into raw.calendar_reach values (true, 0, '2000-01-01 00:00+00', 0);

alter table raw.config_changes drop constraint config_changes_kind_check;
alter table raw.config_changes add check (
    kind in ('agent', 'team', 'calendar', 'channel', 'default', 'openings')
);
comment on table raw.config_changes is 'One row per thing whose meaning changed between two builds: an account; a team; a calendar as tickets name it, by its id, by a channel or as the default; openings that were written anew.';
