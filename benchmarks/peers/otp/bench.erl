%% The workloads of the question `kernel` for the BEAM. One workload per OS process:
%%   erl -noshell +S 1:1 +P 5000000 -pa . -run bench main W3 [scale]
%% Prints one JSON line per measurement on stdout.
-module(bench).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2, handle_info/2, start_child_link/1, start_gs/1]).

main([W]) -> main([W, "1"]);
main([W, Scale0]) ->
    Scale = to_num(Scale0),
    logger:set_primary_config(level, none),
    %% run in a fresh process so that the shell/init process state does not matter
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> run(W, Scale), Self ! done end),
    receive
        {'DOWN', Ref, process, Pid, normal} -> ok;
        {'DOWN', Ref, process, Pid, Why} -> io:format(standard_error, "FAILED ~p~n", [Why])
    end,
    halt(0, [{flush, true}]).

to_num(S) ->
    case string:to_float(S) of
        {F, _} when is_float(F) -> F;
        _ -> list_to_integer(S)
    end.

n(Base, Scale) -> max(1, round(Base * Scale)).

sys() ->
    "beam-S" ++ integer_to_list(erlang:system_info(schedulers_online)).

emit(W, Ops, Us, Extra) ->
    Rate = Ops * 1.0e6 / max(1, Us),
    io:format("{\"system\":\"~s\",\"w\":\"~s\",\"ops\":~w,\"ms\":~.3f,\"rate\":~.1f~s}~n",
              [sys(), W, Ops, Us / 1000, Rate,
               lists:flatten([io_lib:format(",\"~s\":~s", [K, num(V)]) || {K, V} <- Extra])]).

num(V) when is_float(V) -> io_lib:format("~.3f", [V]);
num(V) when is_integer(V) -> integer_to_list(V);
num(V) -> io_lib:format("\"~s\"", [V]).

tc(F) ->
    erlang:garbage_collect(),
    T0 = erlang:monotonic_time(nanosecond),
    R = F(),
    T1 = erlang:monotonic_time(nanosecond),
    {(T1 - T0) / 1000, R}.

%% ---------------------------------------------------------------- W1
run("W1", S) ->
    w1(n(100000, S)),
    N = n(1000000, S),
    {Us, _} = tc(fun() -> w1(N) end),
    emit("W1", N, Us, []);
run("W1m", S) ->                                   % spawn_monitor + DOWN
    w1m(n(100000, S)),
    N = n(1000000, S),
    {Us, _} = tc(fun() -> w1m(N) end),
    emit("W1m", N, Us, []);
run("W1gs", S) ->                                  % gen_server start + stop(normal) through proc_lib
    w1gs(n(10000, S)),
    N = n(100000, S),
    {Us, _} = tc(fun() -> w1gs(N) end),
    emit("W1gs", N, Us, []);

%% ---------------------------------------------------------------- W2
run("W2", S) -> w2(S, "W2", fun(I) -> spawn(fun() -> idle({state, I, 0}) end) end);
run("W2h", S) -> w2(S, "W2h", fun(I) -> spawn(fun() -> hib({state, I, 0}) end) end);
run("W2gs", S) -> w2(S, "W2gs", fun(I) -> {ok, P} = gen_server:start(?MODULE, {state, I, 0}, []), P end);

%% ---------------------------------------------------------------- W3
run("W3", S) ->
    pingpong(n(100000, S), [], []),
    N = n(1000000, S),
    {Us, _} = tc(fun() -> pingpong(N, [], []) end),
    emit("W3", 2 * N, Us, []);

run("W3b", S) ->                                   % alone, then among a million idle processes
    pingpong(n(100000, S), [], []),
    N = n(200000, S),
    Alone = median_us(N),
    Idle = [spawn(fun() -> idle({state, I, 0}) end) || I <- lists:seq(1, n(1000000, S))],
    Us = median_us(N),
    true = erlang:system_info(process_count) >= length(Idle),
    emit("W3b", 2 * N, Us, [{percent, 100 * Alone / Us}]);

%% ---------------------------------------------------------------- W4
run("W4", S) ->
    ring(1000, n(100, S)),
    L = n(1000, S),
    {Us, _} = tc(fun() -> ring(1000, L) end),
    emit("W4", 1000 * L, Us, []);

%% ---------------------------------------------------------------- W5
run("W5", S) ->
    fanin(1000, n(100, S)),
    M = n(1000, S),
    {Us, _} = tc(fun() -> fanin(1000, M) end),
    emit("W5", 1000 * M, Us, []);

%% ---------------------------------------------------------------- W6
run("W6", S) ->
    fanout(10000, n(10, S)),
    M = n(100, S),
    {Us, _} = fanout(10000, M),
    emit("W6", 10000 * M, Us, []);

%% ---------------------------------------------------------------- W7
run("W7", S) ->
    {ok, P} = gen_server:start(?MODULE, {state, 0, 0}, []),
    calls(P, n(100000, S)),
    N = n(500000, S),
    {Us, _} = tc(fun() -> calls(P, N) end),
    emit("W7", N, Us, []);

run("W7par", S) ->                                 % 1,000 callers
    {ok, P} = gen_server:start(?MODULE, {state, 0, 0}, []),
    calls_par(P, n(50000, S)),
    N = n(500000, S),
    {Us, _} = tc(fun() -> calls_par(P, N) end),
    emit("W7par", N, Us, []);

%% ---------------------------------------------------------------- W8
run("W8", S) -> w8("W8", n(20000, S), kill);
run("W8e", S) -> w8("W8e", n(20000, S), crash);
run("W8s", S) -> w8s_run("W8s", S, kill);          % fresh supervisor every 100 restarts: no restart history effect
run("W8se", S) -> w8s_run("W8se", S, crash);

%% ---------------------------------------------------------------- W9
run("W9", _S) ->
    lists:foreach(fun(B) ->
        Self = self(),
        P = spawn(fun() -> sel_loop(Self) end),
        [P ! {noise, I} || I <- lists:seq(1, B)],
        sel_rounds(P, 20),
        K = max(500, 20000000 div (B + 200)),
        {Us, _} = tc(fun() -> sel_rounds(P, K) end),
        emit("W9", K, Us, [{backlog, B}, {us_per_receive, Us / K}]),
        exit(P, kill)
    end, [0, 1000, 10000, 100000]),
    %% a call (fresh ref, marked receive) made BY a process that has the backlog
    lists:foreach(fun(B) ->
        {ok, G} = gen_server:start(?MODULE, {state, 0, 0}, []),
        Self = self(),
        P = spawn(fun() ->
            receive go -> ok end,
            calls(G, 1000),
            {Us, _} = tc(fun() -> calls(G, 200000) end),
            Self ! {res, Us}
        end),
        [P ! {noise, I} || I <- lists:seq(1, B)],
        P ! go,
        receive {res, Us} -> emit("W9call", 200000, Us, [{backlog, B}, {us_per_call, Us / 200000}]) end
    end, [0, 10000]);

%% ---------------------------------------------------------------- W10
run("W10", S) ->
    N = n(1000000, S),
    timers(n(100000, S), 60000),
    {Us, _} = tc(fun() -> timers(N, 60000) end),
    emit("W10cancel", N, Us, [{shape, "send_after then cancel at once"}]),
    {Us2, _} = tc(fun() ->
        Rs = [erlang:send_after(30000 + (I * 7919) rem 30000, self(), {t, I}) || I <- lists:seq(1, N)],
        [erlang:cancel_timer(R) || R <- Rs], ok end),
    emit("W10bulk", N, Us2, [{shape, "1e6 pending, then cancel all"}]),
    F = n(100000, S),
    T0 = erlang:monotonic_time(microsecond),
    {C0, _} = {cpu(), 0},
    [begin D = 100 + (I * 7919) rem 1000,
           erlang:send_after(D, self(), {t, erlang:monotonic_time(microsecond) + D * 1000}) end
      || I <- lists:seq(1, F)],
    Lates = [receive {t, Due} -> erlang:monotonic_time(microsecond) - Due end || _ <- lists:seq(1, F)],
    T1 = erlang:monotonic_time(microsecond),
    C1 = cpu(),
    Sorted = lists:sort(Lates),
    emit("W10fire", F, T1 - T0, [{late_p50_us, pct(Sorted, 0.5)}, {late_p99_us, pct(Sorted, 0.99)},
                                 {late_max_us, lists:last(Sorted)}, {cpu_ms, C1 - C0}]);

%% ---------------------------------------------------------------- W11
run("W11", S) ->
    skynet_run(n(10000, S)),
    N = case S of X when X >= 1 -> 1000000; _ -> 100000 end,
    {Us, R} = tc(fun() -> skynet_run(N) end),
    emit("W11", N, Us, [{sum, R}]).

%% ================================================================ helpers
w1(N) ->
    Base = erlang:system_info(process_count),
    w1_spawn(N),
    wait_count(Base).
w1_spawn(0) -> ok;
w1_spawn(N) -> spawn(fun() -> ok end), w1_spawn(N - 1).
wait_count(Base) ->
    case erlang:system_info(process_count) of
        C when C =< Base -> ok;
        _ -> erlang:yield(), wait_count(Base)
    end.

w1m(0) -> ok;
w1m(N) when N >= 1000 -> w1m_batch(1000), w1m(N - 1000);
w1m(N) -> w1m_batch(N).
w1m_batch(K) ->
    Rs = [begin {_, R} = spawn_monitor(fun() -> ok end), R end || _ <- lists:seq(1, K)],
    [receive {'DOWN', R, _, _, _} -> ok end || R <- Rs], ok.

w1gs(0) -> ok;
w1gs(N) ->
    {ok, P} = gen_server:start(?MODULE, {state, N, 0}, []),
    gen_server:cast(P, stop),
    w1gs(N - 1).

idle(St) -> receive stop -> St; _ -> idle(St) end.
hib(St) -> erlang:hibernate(erlang, element, [1, {St, receive_forever()}]).
receive_forever() -> ok.

w2(S, Tag, Mk) ->
    N = n(1000000, S),
    erlang:garbage_collect(),
    M0 = erlang:memory(total), R0 = rss(),
    {Us, Ps} = tc(fun() -> [Mk(I) || I <- lists:seq(1, N)] end),
    timer:sleep(200),
    erlang:garbage_collect(),
    M1 = erlang:memory(total), R1 = rss(),
    P1 = element(2, erlang:process_info(hd(Ps), memory)),
    emit(Tag, N, Us, [{bytes_heap, (M1 - M0) / N}, {bytes_rss, (R1 - R0) * 1024 / N}, {process_info_memory, P1}]).

rss() ->
    {ok, B} = file:read_file("/proc/self/status"),
    {match, [V]} = re:run(B, "VmRSS:\\s+(\\d+)", [{capture, [1], list}]),
    list_to_integer(V).

cpu() -> {T, _} = erlang:statistics(runtime), T.

pingpong(N, O1, O2) ->
    Self = self(),
    B = spawn_opt(fun() -> pong() end, O2),
    _A = spawn_opt(fun() -> B ! {self(), hello}, ping(N, B), Self ! pp_done end, O1),
    receive pp_done -> ok end,
    exit(B, kill).
median_us(N) ->
    lists:nth(3, lists:sort([element(1, tc(fun() -> pingpong(N, [], []) end)) || _ <- lists:seq(1, 5)])).
ping(0, _) -> ok;
ping(N, B) -> receive {_, world} -> B ! {self(), hello}, ping(N - 1, B) end.
pong() -> receive {F, hello} -> F ! {self(), world}, pong() end.

ring(N, Laps) ->
    Self = self(),
    First = spawn(fun() -> receive {next, P} -> ring_first(P, Laps, Self) end end),
    Last = lists:foldl(fun(_, Prev) -> spawn(fun() -> ring_node(Prev) end) end, First, lists:seq(2, N)),
    First ! {next, Last},
    receive ring_done -> Last ! stop end.
ring_first(P, Laps, Boss) -> P ! {tok, 1}, ring_first_loop(P, Laps, Boss).
ring_first_loop(P, Laps, Boss) ->
    receive
        {tok, K} when K >= Laps -> Boss ! ring_done, P ! stop;
        {tok, K} -> P ! {tok, K + 1}, ring_first_loop(P, Laps, Boss)
    end.
ring_node(P) -> receive {tok, _} = M -> P ! M, ring_node(P); stop -> P ! stop end.

fanin(N, M) ->
    Self = self(),
    R = spawn(fun() -> fanin_rx(N * M), Self ! fanin_done end),
    [spawn(fun() -> fanin_tx(R, M) end) || _ <- lists:seq(1, N)],
    receive fanin_done -> ok end.
fanin_rx(0) -> ok;
fanin_rx(K) -> receive {msg, _} -> fanin_rx(K - 1) end.
fanin_tx(_, 0) -> ok;
fanin_tx(R, M) -> R ! {msg, M}, fanin_tx(R, M - 1).

fanout(N, M) ->
    Self = self(),
    Ps = [spawn(fun() -> fo_rx(M, Self) end) || _ <- lists:seq(1, N)],
    tc(fun() ->
        [begin [P ! {news, I} || P <- Ps] end || I <- lists:seq(1, M)],
        [receive fo_done -> ok end || _ <- Ps], ok
    end).
fo_rx(0, B) -> B ! fo_done;
fo_rx(K, B) -> receive {news, _} -> fo_rx(K - 1, B) end.

calls(_, 0) -> ok;
calls(P, N) -> _ = gen_server:call(P, {get, N}), calls(P, N - 1).

calls_par(P, N) ->
    Self = self(),
    [spawn(fun() -> calls(P, N div 1000), Self ! called end) || _ <- lists:seq(1, 1000)],
    [receive called -> ok end || _ <- lists:seq(1, 1000)], ok.

sel_loop(Boss) -> receive {match, K} -> Boss ! {ok, K}, sel_loop(Boss) end.
sel_rounds(_, 0) -> ok;
sel_rounds(P, K) -> P ! {match, K}, receive {ok, K} -> sel_rounds(P, K - 1) end.

timers(0, _) -> ok;
timers(N, D) -> R = erlang:send_after(D, self(), x), erlang:cancel_timer(R), timers(N - 1, D).

skynet_run(N) ->
    Self = self(),
    spawn(fun() -> skynet(Self, 0, N) end),
    receive {sum, S} -> S end.
skynet(Parent, Num, 1) -> Parent ! {sum, Num};
skynet(Parent, Num, Size) ->
    Self = self(), Sub = Size div 10,
    [spawn(fun() -> skynet(Self, Num + I * Sub, Sub) end) || I <- lists:seq(0, 9)],
    Parent ! {sum, sum_n(10, 0)}.
sum_n(0, A) -> A;
sum_n(K, A) -> receive {sum, S} -> sum_n(K - 1, A + S) end.

%% ---- W8: a supervisor (one_for_one) with one child; the child tells the boss when init has run
w8(Tag, N, How) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {sup, self()}),
    P0 = receive {started, P} -> P end,
    P1 = crash_loop(P0, 1000, How, []),
    {Us, {_, Lats}} = tc(fun() -> crash_loop_l(element(1, P1), N, How, []) end),
    L = lists:sort(Lats),
    emit(Tag, N, Us, [{p50_us, pct(L, 0.5) / 1000}, {p99_us, pct(L, 0.99) / 1000}]),
    unlink(Sup), exit(Sup, shutdown).
w8s(0, _) -> [];
w8s(K, How) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {sup, self()}),
    P0 = receive {started, P} -> P end,
    {_, L} = crash_loop_l(P0, 100, How, []),
    unlink(Sup), exit(Sup, shutdown),
    L ++ w8s(K - 1, How).
w8s_run(Tag, S, How) ->
    K = n(300, S),
    w8s(30, How),
    {Us, Lats} = tc(fun() -> w8s(K, How) end),
    L = lists:sort(Lats),
    emit(Tag, K * 100, Us, [{p50_us, pct(L, 0.5) / 1000}, {p99_us, pct(L, 0.99) / 1000}]).
crash_loop(P, N, How, A) -> crash_loop_l(P, N, How, A).
crash_loop_l(P, 0, _, Acc) -> {P, Acc};
crash_loop_l(P, N, How, Acc) ->
    T0 = erlang:monotonic_time(nanosecond),
    case How of kill -> exit(P, kill); crash -> gen_server:cast(P, crash) end,
    receive {started, P2} -> crash_loop_l(P2, N - 1, How, [erlang:monotonic_time(nanosecond) - T0 | Acc]) end.

pct(Sorted, Q) -> lists:nth(max(1, min(length(Sorted), round(Q * length(Sorted)))), Sorted).

start_child_link(Boss) -> gen_server:start_link(?MODULE, {child, Boss}, []).
start_gs(St) -> gen_server:start(?MODULE, St, []).

%% ---- callbacks shared by the supervisor and the gen_server
init({sup, Boss}) ->
    {ok, {#{strategy => one_for_one, intensity => 1000000000, period => 1},
          [#{id => c, start => {?MODULE, start_child_link, [Boss]}}]}};
init({child, Boss}) -> Boss ! {started, self()}, {ok, {state, 0, 0}};
init(St) -> {ok, St}.
handle_call({get, N}, _From, {state, A, B}) -> {reply, N, {state, A, B + 1}}.
handle_cast(crash, _) -> error(boom);
handle_cast(stop, St) -> {stop, normal, St}.
handle_info(_, St) -> {noreply, St}.
