// The server's API. A refusal comes as a Problem (RFC 9457) whose detail is written for people.
import { isChinese, t } from "/static/words.js";

export class Problem extends Error {
  constructor(status, detail, type = "") {
    super(detail);
    this.status = status;
    this.type = type.replace("urn:shian:problem:", "");
  }
}

async function ask(path, options) {
  const headers = { "Accept-Language": isChinese() ? "zh" : "en", ...options?.headers };
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, { ...options, headers, cache: "no-store" });
  } catch {
    throw new Problem(0, t("unreachable"));
  }
  const isJson = answer.status !== 204 && answer.headers.get("content-type")?.includes("json");
  const body = isJson ? await answer.json() : null;
  if (!answer.ok) throw new Problem(answer.status, body?.detail ?? `HTTP ${answer.status}`, body?.type);
  return body;
}

export const get = (path) => ask(path);

export const remove = (path) => ask(path, { method: "DELETE" });

export function post(path, body) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
