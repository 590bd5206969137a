port = String.to_integer(System.get_env("PORT") || "4000")
Logger.configure(level: :none)
Application.put_env(:phoenix, :json_library, Jason)
Application.put_env(:conformance, Conformance.Endpoint,
  http: [ip: {127, 0, 0, 1}, port: port, transport_options: [num_acceptors: 4]],
  adapter: Phoenix.Endpoint.Cowboy2Adapter, server: true, check_origin: false,
  secret_key_base: String.duplicate("s", 64), pubsub_server: Conformance.PubSub)

for a <- [:logger, :telemetry, :plug_crypto, :plug, :cowboy_telemetry, :plug_cowboy, :phoenix_pubsub, :phoenix_template, :websock_adapter, :phoenix], do: {:ok, _} = Application.ensure_all_started(a)

defmodule Conformance.Presence do
  use Phoenix.Presence, otp_app: :conformance, pubsub_server: Conformance.PubSub
end

defmodule Conformance.Room do
  use Phoenix.Channel
  intercept ["intercept_me"]

  def join("room:private" <> _, _, _), do: {:error, %{reason: "unauthorized"}}
  def join("room:crash" <> _, _, _), do: raise "crash"
  def join("room:reply" <> _ = t, p, s), do: {:ok, %{welcome: t, params: p}, init(s)}
  def join("room:after" <> _, p, s) do
    send(self(), {:after_join, p})
    {:ok, init(s)}
  end
  def join(_, _, s), do: {:ok, init(s)}
  defp init(s), do: assign(s, :kv, %{})

  def handle_in("echo", p, s), do: {:reply, {:ok, p}, s}
  def handle_in("echo_error", p, s), do: {:reply, {:error, p}, s}
  def handle_in("echo_custom", p, s), do: {:reply, {:custom, p}, s}
  def handle_in("status_only", _, s), do: {:reply, :ok, s}
  def handle_in("status_error", _, s), do: {:reply, :error, s}
  def handle_in("noop", _, s), do: {:noreply, s}
  def handle_in("push_back", p, s) do
    push(s, "pushed", p)
    {:noreply, s}
  end
  def handle_in("reply_and_push", p, s) do
    push(s, "pushed", p)
    {:reply, {:ok, p}, s}
  end
  def handle_in("push_many", %{"n" => n} = p, s) when is_integer(n) do
    for i <- 1..n//1, do: push(s, "tick", %{i: i, tag: p["tag"]})
    {:reply, {:ok, %{sent: n}}, s}
  end
  def handle_in("broadcast_many", %{"n" => n} = p, s) when is_integer(n) do
    for i <- 1..n//1, do: broadcast!(s, "tick", %{i: i, tag: p["tag"]})
    {:reply, {:ok, %{sent: n}}, s}
  end
  def handle_in("new_msg", p, s) do
    broadcast!(s, "new_msg", p)
    {:noreply, s}
  end
  def handle_in("msg_from", p, s) do
    broadcast_from!(s, "msg_from", p)
    {:noreply, s}
  end
  def handle_in("msg_and_reply", p, s) do
    broadcast!(s, "new_msg", p)
    {:reply, {:ok, p}, s}
  end
  def handle_in("async_reply", p, s) do
    Process.send_after(self(), {:late, socket_ref(s), p}, 20)
    {:noreply, s}
  end
  def handle_in("async_reply_push", p, s) do
    Process.send_after(self(), {:late, socket_ref(s), p}, 20)
    push(s, "pushed", p)
    {:noreply, s}
  end
  def handle_in("slow", %{"ms" => ms} = p, s) do
    Process.sleep(ms)
    {:reply, {:ok, p}, s}
  end
  def handle_in("intercept_me", p, s) do
    broadcast!(s, "intercept_me", p)
    {:noreply, s}
  end
  def handle_in("assign", %{"key" => k, "value" => v}, s), do: {:reply, {:ok, %{}}, assign(s, :kv, Map.put(s.assigns.kv, k, v))}
  def handle_in("get_assign", %{"key" => k}, s), do: {:reply, {:ok, %{key: k, value: s.assigns.kv[k]}}, s}
  def handle_in("whoami", _, s) do
    t = if s.transport == :longpoll, do: "longpoll", else: "websocket"
    {:reply, {:ok, %{user_id: s.assigns.user_id, topic: s.topic, joined: s.joined, transport: t}}, s}
  end
  def handle_in("relay", %{"topic" => t, "event" => e, "payload" => p}, s) do
    Conformance.Endpoint.broadcast!(t, e, p)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("subscribe", %{"topic" => t}, s) do
    :ok = Conformance.Endpoint.subscribe(t)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("unsubscribe", %{"topic" => t}, s) do
    :ok = Conformance.Endpoint.unsubscribe(t)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("boom", _, _), do: raise "boom"
  def handle_in("boom_later", _, s) do
    send(self(), :boom)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in(e, _, s) when e in ["stop", "exit_normal"], do: {:stop, :normal, s}
  def handle_in("stop_later", _, s) do
    send(self(), :stop)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("stop_shutdown", _, s), do: {:stop, :shutdown, s}
  def handle_in("stop_shutdown_tuple", _, s), do: {:stop, {:shutdown, :custom}, s}
  def handle_in("stop_reply", p, s), do: {:stop, :shutdown, {:ok, p}, s}
  def handle_in("stop_reply_error", p, s), do: {:stop, :normal, {:error, p}, s}
  def handle_in("stop_reply_abnormal", p, s), do: {:stop, :boom, {:ok, p}, s}
  def handle_in("stop_abnormal", _, s), do: {:stop, :boom, s}
  def handle_in("raw_exit", _, _), do: exit(:normal)
  def handle_in("raw_exit_abnormal", _, _), do: exit(:oops)
  def handle_in("binary_echo", {:binary, _} = p, s), do: {:reply, {:ok, p}, s}
  def handle_in("binary_error", {:binary, _} = p, s), do: {:reply, {:error, p}, s}
  def handle_in("binary_size", {:binary, b}, s), do: {:reply, {:ok, %{size: byte_size(b)}}, s}
  def handle_in("binary_broadcast", {:binary, _} = p, s) do
    broadcast!(s, "binary_broadcast", p)
    {:noreply, s}
  end
  def handle_in("binary_broadcast_from", {:binary, _} = p, s) do
    broadcast_from!(s, "binary_broadcast", p)
    {:noreply, s}
  end
  def handle_in("binary_push", {:binary, _} = p, s) do
    push(s, "binary_pushed", p)
    {:noreply, s}
  end
  def handle_in("make_binary", %{"hex" => h}, s), do: {:reply, {:ok, {:binary, Base.decode16!(h, case: :mixed)}}, s}

  def handle_out("intercept_me", p, s) do
    u = s.assigns.user_id
    if p["skip"] != nil and p["skip"] == u do
      {:noreply, s}
    else
      push(s, "intercept_me", Map.put(p, "seen_by", u))
      {:noreply, s}
    end
  end

  def handle_info({:after_join, p}, s) do
    push(s, "after_join", %{topic: s.topic, params: p})
    {:noreply, s}
  end
  def handle_info({:late, ref, p}, s) do
    reply(ref, {:ok, p})
    {:noreply, s}
  end
  def handle_info(:boom, _), do: raise "boom"
  def handle_info(:stop, s), do: {:stop, :normal, s}
  def handle_info(%Phoenix.Socket.Broadcast{topic: t, event: e, payload: p}, s) do
    push(s, "relayed", %{topic: t, event: e, payload: p})
    {:noreply, s}
  end

  def terminate(reason, s) do
    if String.starts_with?(s.topic, "room:term") do
      r = case reason do
        :normal -> "normal"
        :shutdown -> "shutdown"
        {:shutdown, x} when x in [:closed, :disconnected] -> "closed"
        {:shutdown, x} -> "shutdown:#{x}"
        _ -> if Process.alive?(s.transport_pid), do: "error", else: "closed"
      end
      broadcast!(s, "left", %{reason: r, user_id: s.assigns.user_id})
    end
    :ok
  end
end

defmodule Conformance.PresenceChannel do
  use Phoenix.Channel
  alias Conformance.Presence
  def join("presence:private" <> _, _, _), do: {:error, %{reason: "unauthorized"}}
  def join(_, p, s) when is_map(p) or is_nil(p) do
    send(self(), :after_join)
    s = assign(s, :device, (p || %{})["device"])
    {:ok, assign(s, :key, to_string(s.assigns.user_id || "anonymous"))}
  end
  def handle_info(:after_join, s) do
    {:ok, _} = Presence.track(s, s.assigns.key, %{device: s.assigns.device})
    push(s, "presence_state", Presence.list(s))
    {:noreply, s}
  end
  def handle_in("update_meta", p, s) when is_map(p) do
    {:ok, _} = Presence.update(s, s.assigns.key, &Map.merge(&1, p))
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("untrack", _, s) do
    Presence.untrack(s, s.assigns.key)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("track_as", %{"key" => k, "meta" => m}, s) do
    case Presence.track(s, k, m) do
      {:ok, _} -> {:reply, {:ok, %{}}, s}
      {:error, _} -> {:reply, {:error, %{reason: "already_tracked"}}, s}
    end
  end
  def handle_in("untrack_as", %{"key" => k}, s) do
    Presence.untrack(s, k)
    {:reply, {:ok, %{}}, s}
  end
  def handle_in("list", _, s), do: {:reply, {:ok, Presence.list(s)}, s}
  def handle_in("get_by_key", %{"key" => k}, s) do
    case Presence.get_by_key(s, k) do
      [] -> {:reply, {:ok, %{found: false}}, s}
      %{metas: m} -> {:reply, {:ok, %{found: true, metas: m}}, s}
    end
  end
  def handle_in("new_msg", p, s) do
    broadcast!(s, "new_msg", p)
    {:noreply, s}
  end
  def handle_in("echo", p, s), do: {:reply, {:ok, p}, s}
  def handle_in("boom", _, _), do: raise "boom"
  def handle_in("stop", _, s), do: {:stop, :normal, s}
end

defmodule Conformance.Connect do
  def go(params, s, info) do
    cond do
      params["reject"] == "true" -> :error
      params["reject"] == "reason" -> {:error, :reason}
      t = info[:auth_token] -> verify(s, t)
      t = params["token"] -> verify(s, t)
      true -> {:ok, Phoenix.Socket.assign(s, :user_id, params["user_id"])}
    end
  end
  defp verify(s, t) do
    case Phoenix.Token.verify(Conformance.Endpoint, "user", t, max_age: 3600) do
      {:ok, id} -> {:ok, Phoenix.Socket.assign(s, :user_id, id)}
      _ -> :error
    end
  end
end

defmodule Conformance.Socket do
  use Phoenix.Socket
  channel "room:*", Conformance.Room
  channel "presence:*", Conformance.PresenceChannel
  channel "exact", Conformance.Room
  def connect(p, s, i), do: Conformance.Connect.go(p, s, i)
  def id(s), do: s.assigns.user_id && "user_socket:#{s.assigns.user_id}"
end
defmodule Conformance.Tiny do
  use Phoenix.Socket, max_channels_per_transport: 3
  channel "room:*", Conformance.Room
  channel "presence:*", Conformance.PresenceChannel
  def connect(p, s, i), do: Conformance.Connect.go(p, s, i)
  def id(s), do: s.assigns.user_id && "user_socket:#{s.assigns.user_id}"
end

defmodule Conformance.Http do
  import Plug.Conn
  def init(o), do: o
  def call(conn, _) do
    case {conn.method, conn.path_info} do
      {"POST", ["_disconnect", id]} ->
        Conformance.Endpoint.broadcast("user_socket:" <> id, "disconnect", %{})
        json(conn, %{ok: true})
      {"POST", ["_broadcast", t, e]} ->
        {:ok, body, conn} = read_body(conn)
        Conformance.Endpoint.broadcast(t, e, if(body == "", do: %{}, else: Jason.decode!(body)))
        json(conn, %{ok: true})
      {"GET", ["_token", id]} ->
        conn = fetch_query_params(conn)
        age = String.to_integer(conn.query_params["age"] || "0")
        json(conn, %{token: Phoenix.Token.sign(Conformance.Endpoint, "user", id, signed_at: System.system_time(:second) - age)})
      {"GET", ["_stats"]} -> json(conn, %{})
      _ -> send_resp(conn, 404, "")
    end
  end
  defp json(conn, v), do: conn |> put_resp_content_type("application/json") |> send_resp(200, Jason.encode!(v))
end

defmodule Conformance.Endpoint do
  use Phoenix.Endpoint, otp_app: :conformance
  socket "/socket", Conformance.Socket, auth_token: true,
    websocket: [max_frame_size: 1_000_000, timeout: 60_000], longpoll: [window_ms: 10_000, pubsub_timeout_ms: 2000]
  socket "/tiny", Conformance.Tiny,
    websocket: [max_frame_size: 1_000, timeout: 600], longpoll: [window_ms: 400, pubsub_timeout_ms: 2000]
  plug Conformance.Http
end

{:ok, _} = Supervisor.start_link([{Phoenix.PubSub, name: Conformance.PubSub}, Conformance.Presence, Conformance.Endpoint], strategy: :one_for_one)
IO.puts("ready on #{port}")
Process.sleep(:infinity)
