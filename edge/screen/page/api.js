// Questions to the server of this page. A refusal is an exception with a name; nothing is asked twice by itself.

const AGAIN_MS = 2000;

export class Refused extends Error {
  constructor(reason, text, facts) {
    super(text);
    this.reason = reason;
    this.facts = facts ?? {};
  }
}

export async function ask(name, fields = {}) {
  return send(`/api/ask/${name}`, fields);
}

export async function send(address, fields, method = "POST") {
  let answer;
  try {
    answer = await fetch(address, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: method === "GET" ? undefined : JSON.stringify(fields),
    });
  } catch {
    throw new Refused("away", "no answer");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.refused ?? "away", said.text ?? answer.statusText, said.facts);
  return said;
}

// News of the agent, for as long as the page is open. `heard` is called with { is_there: false } where nobody answers,
// `scanned` with the text of a code that a scanner on a serial line has read.
export function listen(heard, scanned) {
  const source = new EventSource("/api/news");
  source.addEventListener("scan", (message) => scanned(JSON.parse(message.data).text));
  source.onmessage = (message) => heard(JSON.parse(message.data));
  source.onerror = () => {
    heard({ is_there: false });
    // A line that broke is tried again by the browser; an answer that was no stream is not.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(heard, scanned), AGAIN_MS);
  };
}
