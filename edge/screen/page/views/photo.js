// A photograph of a sample, of a card read by eye, of a signature: by the camera of this screen, or from a file (on a
// tablet the file field opens its camera). It is made small here, upright, and without what a camera adds to it.

import { Refused } from "../api.js";
import { attempt, draw, say } from "../app.js";
import { h } from "../dom.js";
import { button } from "../parts.js";
import { t } from "../words.js";
import { handingParts } from "./failed.js";
import { extraFields } from "./register.js";
import { typingParts } from "./typed.js";

const LONGEST = 1600; // pixels of a side
let stream = null;
let isBusy = false;

async function sent(picture, width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const bytes = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  const answer = await fetch("/api/photo", { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: bytes }).catch(() => null);
  if (!answer) throw new Refused("away", "no answer");
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.refused ?? "away", said.text ?? "", said.facts);
  return said.photo;
}

async function take(form, change, work) {
  if (isBusy) return;
  isBusy = true;
  const photo = await attempt(work);
  isBusy = false;
  if (photo) {
    closeCamera();
    change(form, photo);
  }
}

function fromFile(file) {
  return async () => {
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      throw new Refused("no_photo", file.name);
    }
    return sent(picture, picture.width, picture.height);
  };
}

async function openCamera() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: LONGEST } } });
  } catch {
    say(t("photo.no_camera"), "error");
  }
  draw();
}

function closeCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

function show() {
  const video = document.getElementById("photo-video");
  if (video && video.srcObject !== stream) video.srcObject = stream;
}

function part(form, change) {
  if (stream) {
    requestAnimationFrame(show);
    const shot = () => take(form, change, () => {
      const video = document.getElementById("photo-video");
      return sent(video, video.videoWidth, video.videoHeight);
    });
    return h("div", { class: "photo", key: "photo" }, h("video", { id: "photo-video", key: "video", autoplay: true, muted: true, playsinline: true }), button(t("photo.take"), shot, { id: "photo-take", class: "primary" }), button(t("app.close"), () => { closeCamera(); draw(); }, { class: "quiet" }));
  }
  if (form.photo) return h("div", { class: "photo", key: "photo" }, h("strong", { id: "photo-taken" }, t("photo.taken")), button(t("photo.remove"), () => change(form, undefined), { class: "quiet" }));
  return h(
    "div",
    { class: "photo", key: "photo" },
    navigator.mediaDevices ? button(t("photo.camera"), openCamera, { id: "photo-camera", class: "quiet" }) : null,
    h("label", { class: "file" }, t("photo.file"), h("input", { type: "file", accept: "image/*", capture: "environment", id: "photo-file", onchange: (event) => {
      const [file] = event.target.files;
      if (file) take(form, change, fromFile(file));
      event.target.value = "";
    } })),
  );
}

const intoForm = (form, photo) => {
  form.photo = photo;
  draw();
};
typingParts.push((form) => part(form, intoForm));
handingParts.push((form) => part(form, intoForm));
extraFields.push({ name: "photo", label: () => t("field.photo"), shown: (draft) => (draft.photo ? t("photo.taken") : ""), view: (draft, change) => h("div", { class: "picker" }, part(draft, (_, photo) => change({ photo }))) });
