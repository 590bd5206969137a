%% The workloads of the question `threads` for the BEAM with two schedulers. One workload per OS process:
%%   erl -noshell +S 2:2 -pa . -run threads main oneWay
%% Prints one JSON line per measurement on stdout.
-module(threads).
-export([main/1]).

main([W]) ->
    logger:set_primary_config(level, none),
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> run(W), Self ! done end),
    receive
        {'DOWN', Ref, process, Pid, normal} -> ok;
        {'DOWN', Ref, process, Pid, Why} -> io:format(standard_error, "FAILED ~p~n", [Why])
    end,
    halt(0, [{flush, true}]).

on(Scheduler, Fun) -> spawn_opt(Fun, [{scheduler, Scheduler}]).

%% ---------------------------------------------------------------- one way
run("oneWay") ->
    one_way(200000),
    N = 2000000,
    erlang:garbage_collect(),
    T0 = erlang:monotonic_time(microsecond),
    one_way(N),
    Us = erlang:monotonic_time(microsecond) - T0,
    io:format("{\"w\":\"oneWay\",\"value\":~.1f}~n", [N * 1.0e6 / Us]);

%% ---------------------------------------------------------------- round trip
run("roundTrip") ->
    _ = round_trips(20000),
    Sorted = lists:sort(round_trips(100000)),
    io:format("{\"w\":\"roundTrip\",\"variant\":\"idle\",\"value\":~.3f,\"p99\":~.3f}~n", [at(Sorted, 0.5) / 1000, at(Sorted, 0.99) / 1000]).

one_way(N) ->
    Self = self(),
    To = on(2, fun() -> Self ! {sum, take(N, 0)} end),
    on(1, fun() -> give(To, N) end),
    Sum = N * (N + 1) div 2,
    receive {sum, Sum} -> ok end.
take(0, Sum) -> Sum;
take(N, Sum) -> receive #{n := K} -> take(N - 1, Sum + K) end.
give(_, 0) -> ok;
give(To, N) -> To ! #{type => msg, n => N}, give(To, N - 1).

round_trips(N) ->
    Self = self(),
    Echo = on(2, fun echo/0),
    on(1, fun() -> Self ! {times, times(N, Echo, [])} end),
    receive {times, Times} -> exit(Echo, kill), Times end.
echo() -> receive {From, Message} -> From ! Message, echo() end.
times(0, _, Times) -> Times;
times(N, Echo, Times) ->
    T0 = erlang:monotonic_time(nanosecond),
    Echo ! {self(), N},
    receive N -> ok end,
    times(N - 1, Echo, [erlang:monotonic_time(nanosecond) - T0 | Times]).

at(Sorted, Share) -> lists:nth(max(1, round(Share * length(Sorted))), Sorted).
