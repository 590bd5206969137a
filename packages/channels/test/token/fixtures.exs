# Made the fixtures of `phoenix-tokens.json` with the real plug_crypto 2.1 (what Phoenix.Token calls), once:
#   elixirc -o ebin $(find plug_crypto/lib -name '*.ex') && elixir -pa ebin fixtures.exs > phoenix-tokens.json
# The dates are fixed: 1700000000 is in November 2023.
secret = "abcdefghijklmnopqrstuvwxyz0123456789"
other = "9876543210zyxwvutsrqponmlkjihgfedcba"

{:ok, _} = Application.ensure_all_started(:crypto)
:ets.new(Plug.Crypto.Keys, [:named_table, :public])

values = [
  {"text", "ann", ~s("ann")},
  {"empty text", "", ~s("")},
  {"text beyond ASCII", "äöü 日本 😀", ~s("äöü 日本 😀")},
  {"small integer", 7, "7"},
  {"integer", 70_000, "70000"},
  {"negative integer", -7, "-7"},
  {"large integer", 1_700_000_000_123, "1700000000123"},
  {"large negative integer", -1_700_000_000_123, "-1700000000123"},
  {"float", 1.5, "1.5"},
  {"true", true, "true"},
  {"nil", nil, "null"},
  {"atom", :admin, ~s("admin")},
  {"list", [1, "two", [3.5, nil]], ~s([1,"two",[3.5,null]])},
  {"list of bytes, which Erlang writes as a string", [1, 2, 3], "[1,2,3]"},
  {"empty list", [], "[]"},
  {"map", %{"id" => 7, "roles" => ["a", "b"]}, ~s({"id":7,"roles":["a","b"]})},
  {"map with atoms for keys", %{id: 7, admin: false}, ~s({"admin":false,"id":7})},
  {"map with a hostile key", %{"__proto__" => %{"admin" => true}}, ~s({"__proto__":{"admin":true}})}
]

escape = fn text -> text |> String.replace("\\", "\\\\") |> String.replace("\"", "\\\"") end
at = [signed_at: 1_700_000_000]

rows =
  for {name, value, json} <- values do
    signed = Plug.Crypto.sign(secret, "user socket", value, at)
    sealed = Plug.Crypto.encrypt(secret, "user socket", value, at)
    ~s({"name":"#{escape.(name)}","data":#{json},"signed":"#{signed}","encrypted":"#{sealed}"})
  end

special =
  for {name, token} <- [
        {"neverExpires", Plug.Crypto.sign(secret, "user socket", "ann", at ++ [max_age: :infinity])},
        {"tenSeconds", Plug.Crypto.sign(secret, "user socket", "ann", at ++ [max_age: 10])},
        {"otherSecret", Plug.Crypto.sign(other, "user socket", "ann", at)},
        {"otherSalt", Plug.Crypto.sign(secret, "other salt", "ann", at)},
        {"otherKey", Plug.Crypto.sign(secret, "user socket", "ann", at ++ [key_iterations: 10, key_length: 64])},
        {"encryptedByOther", Plug.Crypto.encrypt(other, "user socket", "ann", at)},
        {"encryptedTenSeconds", Plug.Crypto.encrypt(secret, "user socket", "ann", at ++ [max_age: 10])}
      ],
      do: ~s("#{name}":"#{token}")

IO.puts(~s({"secret":"#{secret}","other":"#{other}","salt":"user socket","signedAt":1700000000,) <>
  ~s("values":[\n  #{Enum.join(rows, ",\n  ")}\n],\n"special":{\n  #{Enum.join(special, ",\n  ")}\n}})
)
