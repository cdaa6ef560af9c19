{{ config(tags=['tickets']) }}
-- A clock's segments follow each other from its start to where it stops, each with what had been
-- counted by the end of the one before; none counts more than its time, or opening hours more than
-- all hours.
{{ identity_sla_segments_tile({
    'fct_sla_segments': ref('fct_sla_segments'),
}) }}
