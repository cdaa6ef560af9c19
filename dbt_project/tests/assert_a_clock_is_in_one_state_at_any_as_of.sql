{{ config(tags=['tickets']) }}
-- Each clock that had a target, and no other, is met, breached, cancelled or active at any as_of, and
-- in one of them alone; with the state goes what is told of it.
{{ identity_sla_states_partition({
    'fct_sla_segments': ref('fct_sla_segments'),
    'fct_sla_instances': ref('fct_sla_instances'),
}) }}
