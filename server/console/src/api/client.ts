// The server's API by its OpenAPI document. A refusal is a Problem (RFC 9457), whose detail is written for people.
import createClient, { createQuerySerializer } from "openapi-fetch";
import { language, t } from "../words/words";
import { area, BY_AREA } from "../live/area";
import { noteServerTime } from "../live/clock";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Alert = Schemas["Alert"];
export type AlertInFull = Schemas["AlertInFull"];
export type Result = Schemas["Result"];
export type Station = Schemas["Station"];
export type Device = Schemas["Device"];
export type Probe = Schemas["Probe"];
export type CameraEvent = Schemas["CameraEvent"];
export type Severity = Alert["severity"];

/** What is wrong with one field of a request; `where` is its place, `body.name`. */
export interface Fault { where: string; message: string; message_zh?: string }

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly kind = "",
    readonly faults: Fault[] = [],
  ) {
    super(detail);
  }
}

/** Tells whether asking again may help: the centre could not answer, or was asked too often. */
export const mayPass = (refusal: unknown) => !(refusal instanceof Problem) || refusal.status < 400 || refusal.status >= 500 || refusal.status === 429;

let onUnknown = () => {};
/** Calls `work` whenever the server no longer knows who asks. */
export const whenUnknown = (work: () => void) => (onUnknown = work);

async function ask(request: Request): Promise<Response> {
  const sent = Date.now();
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch {
    throw new Problem(0, t("unreachable"));
  }
  noteServerTime(answer.headers.get("date"), sent);
  if (answer.ok) return answer;
  const isJson = answer.headers.get("content-type")?.includes("json");
  const body: unknown = isJson ? await answer.json() : null;
  const detail = body && typeof body === "object" && "detail" in body ? String(body.detail) : `HTTP ${answer.status}`;
  if (answer.status === 401 && !request.url.endsWith("/session")) onUnknown();
  const type = body && typeof body === "object" && "type" in body ? String(body.type) : "";
  const faults = body && typeof body === "object" && "errors" in body && Array.isArray(body.errors) ? (body.errors as Fault[]) : [];
  throw new Problem(answer.status, detail, type.replace("urn:shian:problem:", ""), faults);
}

/** Narrows a question to the area that somebody looks at; false: it stays as it is. */
function narrowed(path: string, asked: URLSearchParams): boolean {
  if (!area.value || !BY_AREA.includes(path) || asked.has("area")) return false;
  asked.set("area", area.value);
  return true;
}

export const client = createClient<paths>({ fetch: ask, cache: "no-store" });
client.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", language.value);
    const there = new URL(request.url);
    return request.method === "GET" && narrowed(there.pathname, there.searchParams) ? new Request(there, request) : undefined;
  },
});

type FilePath = Extract<keyof paths, `${string}.csv` | `${string}.xlsx` | `${string}.pdf`>;
export type FileQuery<Path extends FilePath> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;
/** The lists that can be had as files. */
export type Listed = FilePath extends infer Path ? (Path extends `/api/v1/${infer Noun}.csv` ? Noun : never) : never;
const serialized = createQuerySerializer();

/** Returns the address of a file: what the page asks of the list itself, in its language and area. */
export function fileAddress<Path extends FilePath>(path: Path, query: FileQuery<Path>): string {
  const asked = new URLSearchParams(serialized({ ...query, language: language.value }));
  narrowed(path.replace(/\.\w+$/, ""), asked);
  return `${path}?${asked}`;
}

/** Sends a file as the body of a request: the typed client knows JSON alone. */
export async function upload(path: string, file: Blob): Promise<Response> {
  return await ask(new Request(path, { method: "POST", body: file, headers: { "Accept-Language": language.value, "Content-Type": "application/octet-stream" } }));
}

/** Returns the body of an answer; `ask` has raised already when it was a refusal. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

export const messageOf = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem));
