async ({ username, password, question, until }) => {
  const login = await fetch("/api/v1/auth/token", { method: "POST", body: new URLSearchParams({ username, password }) });
  const { access_token } = await login.json();
  const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
  const call = (method, path, body) =>
    fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });

  const session = await (await call("POST", "sessions", { title: "A small client's" })).json();
  const reply = await call("POST", `sessions/${session.id}/messages`, { text: question });
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  const names = [];
  let rest = "";
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const events = (rest + read.value).split(/\r?\n\r?\n/);
    rest = events.pop();
    for (const event of events) {
      const [, name] = event.match(/^event: (.*)$/m) ?? [];
      if (!name) continue; // a ping
      const data = JSON.parse(event.match(/^data: (.*)$/m)[1]);
      names.push(name);
      text += name === "delta" ? data.text : "";
      if (text.includes(until)) await call("POST", `replies/${data.reply_id}:cancel`);
    }
  }
  const { sessions } = await (await call("GET", "sessions")).json();
  return { names, text, listed: sessions.some(({ id }) => id === session.id) };
};
