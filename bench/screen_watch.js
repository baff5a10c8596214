// Runs before the page's own scripts (bench/screen.py): notes when Enter was pressed, when the form had a lot, and when
// the bell was struck; and asks the screen by itself.

window.struck = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.struck.push(Date.now());
  return start.apply(this, at);
};

// When the bell was struck first, as the page's clock says; 0: it makes no sound.
window.stroke = async () => {
  for (let turn = 0; turn < 100 && !window.struck.length; turn += 1) await new Promise((done) => setTimeout(done, 20));
  return window.struck[0] ?? 0;
};

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter") window.entered = performance.now();
  },
  true,
);

// Milliseconds from Enter to the frame in which the form has the lot.
window.filled = (lot) =>
  new Promise((done) => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector("[data-field-of=lot]")?.textContent.includes(lot)) return;
      observer.disconnect();
      requestAnimationFrame(() => done(performance.now() - window.entered));
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });

window.post = (path, fields) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) });

// Milliseconds of each of some requests, one after another.
window.asked = async (name, fields, times) => {
  const took = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await (await window.post(`/api/ask/${name}`, fields)).json();
    took.push(performance.now() - began);
  }
  return took;
};

window.signIn = async (pin) => (await window.post("/api/session", { code: "o1", pin })).status;

window.see = async () => {
  const cases = await (await window.post("/api/ask/cases", {})).json();
  for (const one of cases)
    for (const result of one.unseen) await window.post("/api/ask/handle", { request: crypto.randomUUID(), result, step: "seen" });
};
