{{ config(tags=['tickets']) }}
-- Two roads to one number: what elapsed until a clock was over, and the wait of its streak or the
-- time in its statuses. A clock of replies is that of its streak.
{{ identity_sla_elapsed_as_measured({
    'fct_tickets': ref('fct_tickets'),
    'fct_reply_streaks': ref('fct_reply_streaks'),
    'fct_sla_instances': ref('fct_sla_instances'),
}) }}
