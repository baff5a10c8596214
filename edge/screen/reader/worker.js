// Reads codes out of pictures, in a thread of its own: a slow picture holds up neither the bell nor a touch. A message is
// an ImageBitmap; the answer is { texts }, or { error } where there is no reader. zxing-wasm, see docs/edge.md.

importScripts("/reader/zxing.js");

const LONGEST = 1280; // pixels of a side
const FORMATS = ["QRCode", "DataMatrix", "EAN13", "EAN8", "UPCA", "Code128", "ITF", "DataBar", "DataBarExp"];
let canvas = null;

ZXingWASM.prepareZXingModule({ overrides: { locateFile: (name) => `/reader/${name}` } });

async function read(picture) {
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  if (canvas?.width !== width || canvas?.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  const pixels = context.getImageData(0, 0, width, height);
  // Plain: the separators of GS1 stay in the text, as the scanner of a serial line sends them.
  const found = await ZXingWASM.readBarcodes(pixels, { formats: FORMATS, textMode: "Plain", maxNumberOfSymbols: 1 });
  return found.filter((one) => one.isValid).map((one) => one.text);
}

onmessage = async (event) => {
  try {
    postMessage({ texts: await read(event.data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
