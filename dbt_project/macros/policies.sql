{# Tickets that the SLA policies give another target since a build. Empty where no policy changed: else
   each build would read every interval.

   The intervals follow from the tickets that change, so they are read as the last build left them
   (a ref would be a circle). That is what they are of tickets without new events, and the others are
   computed again anyway; unless the last build was cut short before it came to the intervals: then
   whatever it had found changed is touched once more. #}
{% macro tickets_of_changed_policies(from_build) %}
    {% if execute and run_query(
        'select 1 from ' ~ ref('stg_sla_changes') ~ ' where build_id > ' ~ from_build ~ ' limit 1'
    ).rows %}
        {{ return(
            'select ticket_key from ' ~ schema_of('intermediate') ~ '.int_ticket_sla_changes'
            ~ ' where build_id > ' ~ from_build
            ~ ' union select ticket_key from ' ~ this ~ ' where build_id > (select m.build_id from '
            ~ schema_of('core') ~ ".marks as m where m.model = 'fct_ticket_intervals')"
        ) }}
    {% endif %}
    {{ return('') }}
{% endmacro %}
