#!/usr/bin/env escript
%% Runs random programs under gen_statem and prints what happened, one JSON line each:
%%   escript record.escript SEED COUNT > gen-state-machine.jsonl
%% A program is a table: state -> event -> the results that its handler gives by turns. Times are multiples of ?UNIT ms; a
%% recording in which the machine was late, or in which two timers (or a timer and the script) were due at once, is left out.
-module(record).
-mode(compile).
-export([main/1, init/1, callback_mode/0, handle_event/4, terminate/3]).

-define(UNIT, 10).
-define(STEP, 100).
-define(STATES, [s0, s1, s2]).
-define(EVENTS, [e0, e1, e2]).
-define(INTERNAL, [i0, i1]).
-define(TIMEOUTS, [a, b]).
-define(BUDGET, 40).
-define(BATCH, 100).
%% Microseconds.
-define(LATE, 4000).

main([Seed, Count]) ->
    logger:set_primary_config(level, none),
    batches(list_to_integer(Seed), list_to_integer(Count)).

batches(_, Left) when Left =< 0 -> ok;
batches(Seed, Left) ->
    Self = self(),
    Pids = [spawn_link(fun() -> Self ! {self(), record_one(Seed + I)} end) || I <- lists:seq(1, ?BATCH)],
    Lines = lists:append([receive {Pid, L} -> L end || Pid <- Pids]),
    [io:format("~s~n", [json(L)]) || L <- lists:sublist(Lines, Left)],
    batches(Seed + ?BATCH, Left - length(Lines)).

%% ---------------------------------------------------------------- random programs

pick(L) -> lists:nth(rand:uniform(length(L)), L).
chance(P) -> rand:uniform() < P.
maybe_key(P, K, F) -> case chance(P) of true -> [{K, F()}]; false -> [] end.
ms() -> case chance(0.15) of true -> 0; false -> ?UNIT * rand:uniform(22) end.
ms_or_cancel() -> case chance(0.2) of true -> null; false -> ms() end.

program() ->
    [{init, {obj, [{s, pick(?STATES)} | options(0.4, true)]}},
     {states, {obj, [{S, state()} || S <- ?STATES]}},
     {script, [{obj, op(I)} || I <- lists:seq(1, 4 + rand:uniform(8))]}].

op(I) ->
    [{i, I}, {step, rand:uniform(6)} | pick([[{op, call}, {e, pick(?EVENTS)}], [{op, cast}, {e, pick(?EVENTS)}],
                                             [{op, cast}, {e, pick(?EVENTS)}], [{op, info}, {e, m}]])].

state() ->
    Keys = ?EVENTS ++ ?INTERNAL ++ [m, stateTimeout, eventTimeout] ++ ?TIMEOUTS,
    {obj, [{K, [{obj, result(K)} || _ <- lists:seq(1, rand:uniform(3))]} || K <- Keys, chance(0.99)]
          ++ maybe_key(0.7, enter, fun() -> [{obj, enter_result(I)} || I <- lists:seq(1, rand:uniform(2))] end)}.

result(_) ->
    Kind = pick([next, next, next, next, keep, keep, repeat, value]),
    case chance(0.006) of
        true -> [{k, stop}, {reason, bye} | maybe_key(0.5, reply, fun() -> now end)];
        false ->
            Postpone = Kind =/= value andalso chance(0.22),
            [{k, Kind}]
                ++ [{s, pick(?STATES)} || Kind =:= next]
                ++ [{post, true} || Postpone]
                ++ [{reply, case chance(0.75) of true -> now; false -> later end} || Kind =/= value, not Postpone]
                ++ [{answer, true} || chance(0.2)]
                ++ case Kind of value -> []; _ -> options(0.25, true) end
    end.

enter_result(I) ->
    case chance(0.01) of
        true -> pick([[{k, next}, {s, other}], [{k, keep}, {post, true}], [{k, keep}, {ins, [[i0]]}]]);
        false -> [{k, pick([keep, keep, same] ++ [repeat || I =:= 2])} | options(0.25, false)]
    end.

options(P, Inserts) ->
    maybe_key(P, st, fun ms_or_cancel/0)
        ++ maybe_key(P, to, fun() -> [[T, ms_or_cancel()] || T <- ?TIMEOUTS, chance(0.6)] end)
        ++ maybe_key(P, et, fun ms/0)
        ++ case Inserts of
               true -> maybe_key(P * 0.5, ins, fun() -> [[pick(?INTERNAL ++ ?EVENTS)] || _ <- lists:seq(1, rand:uniform(3))] end);
               false -> []
           end.

%% ---------------------------------------------------------------- one run

%% Twice: a machine that was delayed is not delayed alike again.
record_one(Seed) ->
    case {run(Seed), run(Seed)} of
        {Same, Same} -> Same;
        _ -> []
    end.

run(Seed) ->
    rand:seed(exsss, {Seed, 7, 11}),
    Program = program(),
    Log = ets:new(log, [public, ordered_set]),
    process_flag(trap_exit, true),
    Start = erlang:monotonic_time(microsecond),
    {ok, {Pid, Ref}} = gen_statem:start_monitor(?MODULE, {Program, Log, Start}, []),
    Script = [maps:from_list(O) || {obj, O} <- get_key(script, Program)],
    Calls = lists:append([step(N, Script, Pid, Start, Log) || N <- lists:seq(1, 9)]),
    Replies = [{list_to_atom(integer_to_list(I)), outcome(Req)} || {I, Req} <- Calls],
    End = receive {'DOWN', Ref, _, _, R} -> reason(R) after 0 -> null end,
    exit(Pid, kill),
    Entries = [E || {N, E} <- ets:tab2list(Log), is_integer(N)],
    Dues = [D || {{due, _}, D} <- ets:tab2list(Log)],
    Late = [x || {late, _} <- ets:tab2list(Log)],
    Odd = [x || [_, _, W] <- Entries, string:find(W, "stray") =/= nomatch],
    Clash = length(Dues) =/= length(lists:usort(Dues)) orelse lists:any(fun(D) -> D rem ?STEP =:= 0 end, Dues),
    Times = [0 | Dues] ++ lists:seq(?STEP, 9 * ?STEP, ?STEP),
    Delayed = lists:any(fun([T, _, _]) -> not lists:member(T, Times) end, Entries),
    ets:delete(Log),
    case Late =/= [] orelse Delayed orelse Clash orelse Odd =/= [] orelse length(Entries) < 8 of
        true -> [];
        false -> [{obj, [{seed, Seed}, {program, {obj, Program}}, {trace, Entries}, {replies, {obj, Replies}}, {'end', End}]}]
    end.

step(N, Script, Pid, Start, Log) ->
    At = N * ?STEP * 1000,
    Now = erlang:monotonic_time(microsecond) - Start,
    timer:sleep(max(0, (At - Now) div 1000)),
    wait_until(Start + At),
    Calls = lists:append([perform(O, Pid) || O = #{step := S} <- Script, S =:= N]),
    case erlang:monotonic_time(microsecond) - Start - At > ?LATE of true -> ets:insert(Log, {late, At}); false -> ok end,
    Calls.

wait_until(T) -> case erlang:monotonic_time(microsecond) < T of true -> erlang:yield(), wait_until(T); false -> ok end.

perform(#{op := call, e := E, i := I}, Pid) -> [{I, gen_statem:send_request(Pid, {E, I})}];
perform(#{op := cast, e := E, i := I}, Pid) -> gen_statem:cast(Pid, {E, I}), [];
perform(#{op := info, e := E, i := I}, Pid) -> Pid ! {E, I}, [].

outcome(Req) ->
    case gen_statem:wait_response(Req, 0) of
        {reply, R} -> R;
        timeout -> "none";
        {error, {R, _}} -> "exit " ++ reason(R)
    end.

reason(R) when is_atom(R) -> atom_to_list(R);
reason(R) when is_tuple(R) -> reason(element(1, R)).

get_key(K, L) -> {_, V} = lists:keyfind(K, 1, L), V.

%% ---------------------------------------------------------------- the machine

callback_mode() -> [handle_event_function, state_enter].

init({Program, Log, Start}) ->
    {obj, Init} = get_key(init, Program),
    {obj, States} = get_key(states, Program),
    Data = #{states => maps:from_list([{S, maps:from_list(C)} || {S, {obj, C}} <- States]),
             log => Log, start => Start, n => 0, turns => #{}, later => []},
    note_dues(Init, Data, now_ms(Data)),
    {ok, get_key(s, Init), Data, actions(Init)}.

terminate(_, _, _) -> ok.

handle_event(Type, Content, State, Data0) ->
    {Key, What} = describe(Type, Content),
    case {Key, maps:get(State, maps:get(states, Data0))} of
        {enter, #{enter := _}} -> handle(Type, Content, State, Key, What, Data0);
        {enter, #{}} -> keep_state_and_data;
        _ -> handle(Type, Content, State, Key, What, Data0)
    end.

handle(Type, Content, State, Key, What, Data0) ->
    Data = log(State, What, Data0),
    case maps:get(n, Data) > ?BUDGET of
        true -> {stop, budget, Data};
        false -> follow(Type, Content, State, Key, Data)
    end.

describe(enter, Old) -> {enter, "enter " ++ atom_to_list(Old)};
describe({call, _}, {E, I}) -> {E, name("call", E, I)};
describe(cast, {E, I}) -> {E, name("cast", E, I)};
describe(internal, {E, I}) -> {E, name("internal", E, I)};
describe(info, {E, I}) when is_integer(I) -> {E, name("info", E, I)};
describe(info, _) -> {m, "stray"};
describe(state_timeout, _) -> {stateTimeout, "stateTimeout"};
describe(timeout, _) -> {eventTimeout, "eventTimeout"};
describe({timeout, N}, _) -> {N, "timeout " ++ atom_to_list(N)}.

name(T, E, I) -> lists:flatten(io_lib:format("~s ~s ~p", [T, E, I])).

log(State, What, #{log := Log, n := N} = Data) ->
    T = now_us(Data),
    Nominal = (T div 1000) div ?UNIT * ?UNIT,
    case T - Nominal * 1000 > ?LATE of true -> ets:insert(Log, {late, T}); false -> ok end,
    ets:insert(Log, {N, [Nominal, State, What]}),
    Data#{n := N + 1}.

now_us(#{start := Start}) -> erlang:monotonic_time(microsecond) - Start.
now_ms(Data) -> (now_us(Data) div 1000) div ?UNIT * ?UNIT.

note_dues(R, #{log := Log} = Data, Now) ->
    Ms = [M || {K, M} <- R, K =:= st orelse K =:= et] ++ [M || {to, L} <- R, [_, M] <- L],
    [ets:insert(Log, {{due, make_ref()}, Now + M}) || M <- Ms, is_integer(M), M > 0],
    Data.

follow(Type, _Content, State, Key, #{states := States, turns := Turns} = Data0) ->
    case maps:get(State, States) of
        #{Key := Results} ->
            Turn = maps:get({State, Key}, Turns, 0),
            {obj, R} = lists:nth(Turn rem length(Results) + 1, Results),
            Data1 = note_dues(R, Data0#{turns := Turns#{{State, Key} => Turn + 1}}, now_ms(Data0)),
            {Answers, Data2} = answers(R, Data1),
            {Replies, Data} = replies(Type, R, Data2),
            result(proplists:get_value(k, R), R, State, Data, Replies ++ Answers);
        #{} -> {stop, unhandled, Data0}
    end.

%% The oldest call that was put off is answered before the current one is put off itself.
answers(R, #{later := [{From, I} | Later]} = Data) ->
    case proplists:get_value(answer, R) of
        true -> {[{reply, From, reply_text(I) ++ " late"}], Data#{later := Later}};
        undefined -> {[], Data}
    end;
answers(_, Data) -> {[], Data}.

replies({call, From} = Type, R, Data) -> replies(Type, From, proplists:get_value(k, R), proplists:get_value(reply, R), Data);
replies(_, _, Data) -> {[], Data}.
replies(_, From, value, _, Data) -> {[{reply, From, current}], Data};
replies(_, From, _, now, Data) -> {[{reply, From, current}], Data};
replies(_, From, _, later, #{later := L} = Data) -> {[], Data#{later := L ++ [{From, current}]}};
replies(_, _, _, _, Data) -> {[], Data}.

reply_text(_) -> "r".

result(stop, R, _, Data, Replies) ->
    Reason = proplists:get_value(reason, R),
    {stop_and_reply, Reason, texts(Replies), Data};
result(next, R, _, Data, Replies) -> {next_state, proplists:get_value(s, R), Data, texts(Replies) ++ actions(R)};
result(same, R, State, Data, Replies) -> {next_state, State, Data, texts(Replies) ++ actions(R)};
result(repeat, R, _, Data, Replies) -> {repeat_state, Data, texts(Replies) ++ actions(R)};
result(_, R, _, Data, Replies) -> {keep_state, Data, texts(Replies) ++ actions(R)}.

texts(Replies) -> [{reply, F, case T of current -> "r"; _ -> T end} || {reply, F, T} <- Replies].

actions(R) ->
    [{next_event, event_type(E), {E, ins}} || {ins, L} <- R, [E] <- L]
        ++ [{state_timeout, time(M), x} || {st, M} <- R]
        ++ [{{timeout, N}, time(M), x} || {to, L} <- R, [N, M] <- L]
        ++ [{timeout, M, x} || {et, M} <- R]
        ++ [postpone || {post, true} <- R].

event_type(E) -> case lists:member(E, ?INTERNAL) of true -> internal; false -> cast end.
time(null) -> infinity;
time(M) -> M.

%% ---------------------------------------------------------------- JSON

json({obj, L}) -> ["{", lists:join(",", [[json(K), ":", json(V)] || {K, V} <- L]), "}"];
json(null) -> "null";
json(true) -> "true";
json(false) -> "false";
json(A) when is_atom(A) -> ["\"", atom_to_list(A), "\""];
json(I) when is_integer(I) -> integer_to_list(I);
json([C | _] = S) when is_integer(C), C > 31 -> case io_lib:printable_list(S) of true -> ["\"", S, "\""]; false -> list(S) end;
json(L) when is_list(L) -> list(L).
list(L) -> ["[", lists:join(",", [json(E) || E <- L]), "]"].
