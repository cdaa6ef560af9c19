-- What stands at the end of a stretch of time. A stock is not added over time: of the rows of a group,
-- those of its last instant are added up, and the others are not.
create type ops.last_sum_state as (instant timestamptz, total bigint);

create function ops.last_sum_step(state ops.last_sum_state, instant timestamptz, value bigint)
returns ops.last_sum_state language plpgsql immutable parallel safe as $$
begin
    if instant is null or value is null then
        return state;
    end if;
    if state.instant is null or instant > state.instant then
        return (instant, value)::ops.last_sum_state;
    end if;
    if instant = state.instant then
        state.total := state.total + value;
    end if;
    return state;
end
$$;

create function ops.last_sum_combine(one ops.last_sum_state, other ops.last_sum_state)
returns ops.last_sum_state language sql immutable parallel safe
return ops.last_sum_step(one, (other).instant, (other).total);

create function ops.last_sum_end(state ops.last_sum_state)
returns bigint language sql immutable parallel safe
return (state).total;

create aggregate ops.last_sum (instant timestamptz, value bigint) (
    sfunc = ops.last_sum_step,
    stype = ops.last_sum_state,
    finalfunc = ops.last_sum_end,
    combinefunc = ops.last_sum_combine,
    parallel = safe
);
comment on aggregate ops.last_sum (timestamptz, bigint) is 'The sum of the values at the last instant of a group: what stands at its end.';
