-- Countable, resolved and with a customer's message: in one class; any other ticket in none.
with

classed as (
    select
        ticket_key,
        is_countable and status in ('solved', 'closed') and customer_message_count > 0
            as is_classed,
        num_nonnulls(is_zero_touch, is_one_touch, is_two_touch, is_multi_touch) as answered_count,
        coalesce(is_zero_touch, false)::integer + coalesce(is_one_touch, false)::integer
        + coalesce(is_two_touch, false)::integer + coalesce(is_multi_touch, false)::integer
            as class_count
    from {{ ref('fct_tickets') }}
)

select *
from classed
where (answered_count, class_count) <> case when is_classed then (4, 1) else (0, 0) end
