// The bell of a failed test, made here: no file, no library. A browser lets a page sound after the first touch only, or
// at once where the kiosk is started with --autoplay-policy=no-user-gesture-required.

let context = null;
let timer = 0;

function wake() {
  context ??= new AudioContext();
  if (context.state !== "running") context.resume().catch(() => {});
}

// A kiosk says so in its address (/?kiosk): there a page may sound before it is touched.
function isKiosk() {
  return new URLSearchParams(location.search).has("kiosk");
}

export function canSound() {
  return context?.state === "running";
}

export function begin() {
  if (!timer) {
    strike();
    timer = setInterval(strike, 1600);
  }
}

export function end() {
  clearInterval(timer);
  timer = 0;
}

export function isRinging() {
  return timer !== 0;
}

function strike() {
  if (isKiosk() || (navigator.userActivation?.hasBeenActive ?? true)) wake();
  if (!canSound()) return;
  for (const [delay, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const oscillator = new OscillatorNode(context, { type: "square", frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    const at = context.currentTime + delay;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.23);
  }
}

document.addEventListener("pointerdown", wake, { capture: true });
