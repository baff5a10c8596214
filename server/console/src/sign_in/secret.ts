// The secret that the page was opened with. It stands behind `#`, which no server logs, and is taken out of the address
// before the router has read it: the router would write it back.
export interface Secret {
  way: "link" | "token" | "setup";
  text: string;
}

export function takeSecret(): Secret | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const way = (["link", "token", "setup"] as const).find((one) => given.has(one));
  if (!way) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return { way, text: given.get(way) ?? "" };
}

export const secret = takeSecret();
