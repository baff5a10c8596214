// A bell for new critical alerts. Browsers mute a page until somebody has clicked on it: the test button is that click.
import { ref } from "vue";

const KEPT = "shian.sound";
export const isLoud = ref(localStorage.getItem(KEPT) !== "off");
let context: AudioContext | null = null;

export function switchSound(): void {
  isLoud.value = !isLoud.value;
  localStorage.setItem(KEPT, isLoud.value ? "on" : "off");
}

function tone(at: number, hertz: number): void {
  if (!context) return;
  const source = new OscillatorNode(context, { frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0.25, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + 0.5);
}

export function play(): void {
  context ??= new AudioContext();
  void context.resume();
  tone(context.currentTime, 880);
  tone(context.currentTime + 0.35, 660);
}

/** Rings when the sound is on, and when the page was touched once: a bell that is muted is no error. */
export function ring(): void {
  if (isLoud.value && (context || navigator.userActivation?.hasBeenActive)) play();
}
