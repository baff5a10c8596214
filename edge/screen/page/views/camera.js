// Reads a code by the camera of this screen, as a scanner would: what was read goes the way of a scanner (`heard`). The
// reader, 1 MB, is loaded when the camera is opened for the first time.

import { app, draw, open, say } from "../app.js";
import { h } from "../dom.js";
import { button } from "../parts.js";
import { heard } from "../scanner.js";
import { t } from "../words.js";

const PAUSE_MS = 80; // between two pictures
let worker = null;
let stream = null;
let isOpening = false;

export function scanButton(props = {}) {
  return button([h("b", { "aria-hidden": true }, "▣ "), t("camera.scan")], openCamera, { id: "scan-camera", class: "quiet", ...props });
}

// What getUserMedia says, as the sentence that tells what to do about it.
function why(error) {
  const known = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "busy" };
  return t(`camera.${known[error.name] ?? "broken"}`);
}

async function openCamera() {
  if (isOpening || stream) return;
  // Beyond this machine a browser shows its camera to pages that come by TLS alone.
  if (!navigator.mediaDevices) return say(t("camera.insecure"), "error");
  isOpening = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (error) {
    return say(why(error), "error");
  } finally {
    isOpening = false;
  }
  open({ name: "scan" });
  look(stream);
}

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  if (app.sheet?.name === "scan") open(null);
}

// Ask for the codes of one picture after another, until one is found or the sheet was closed.
async function look(of) {
  const isOpen = () => stream === of && app.sheet?.name === "scan";
  try {
    worker ??= newReader();
    while (isOpen()) {
      const video = document.getElementById("scan-video");
      // The size is known before the first picture is.
      const isShown = video?.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      const [text] = isShown ? await codesOf(await createImageBitmap(video)) : [];
      if (text && isOpen()) {
        close();
        return heard(text);
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  } catch (error) {
    worker?.terminate();
    worker = null;
    say(t("camera.no_reader"), "error");
    console.info(String(error));
  }
  if (stream === of) close();
}

// A reader that is not there says so before anything is asked of it.
function newReader() {
  const made = new Worker("/reader/worker.js");
  made.failure = new Promise((_, failed) => {
    made.onerror = (event) => failed(new Error(event.message || "the reader is not there"));
  });
  made.failure.catch(() => {});
  return made;
}

function codesOf(picture) {
  const answer = new Promise((done, failed) => {
    worker.onmessage = ({ data }) => (data.error ? failed(new Error(data.error)) : done(data.texts));
    worker.postMessage(picture, [picture]);
  });
  return Promise.race([answer, worker.failure]);
}

function show() {
  const video = document.getElementById("scan-video");
  if (video && video.srcObject !== stream) video.srcObject = stream;
}

export function scanning() {
  requestAnimationFrame(show);
  return h(
    "div",
    { class: "scanning" },
    h("video", { id: "scan-video", key: "video", autoplay: true, muted: true, playsinline: true }),
    h("p", {}, t("camera.how")),
    button(t("app.close"), () => { close(); draw(); }, { id: "scan-close" }),
  );
}
