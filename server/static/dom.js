// Nodes are made of text, never of markup: what a station sends can not become a part of the page.

/** An element with a class, and children that are nodes or texts; empty ones are left out. */
export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function chip(kind, text) {
  return el("span", `chip ${kind}`, text);
}

export function button(text, className, onClick) {
  const node = el("button", className, text);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Calls `work` once, soon, however often it is asked for. */
export function soon(work, afterMs) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, afterMs);
  };
}

/** Calls `work` before the next picture, however often it is asked for. */
export function nextFrame(work) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}
