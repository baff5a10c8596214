// The market's board: pages of rows, each shown in both languages by turns. What it cannot renew, it leaves as it was.

const TURN_MS = 12_000;
const LOOK_MS = 10_000;
// Two columns of nine, or of seven where rows say what other stations found.
const ROWS = 18;
const TALL_ROWS = 14;
const SHAPES = { tested: "•", passed: "✓", retesting: "↻" };
let words = null;
let shown = { day: "", at: "", rows: [] };
let language = "zh";
let page = 0;

function element(tag, text, name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function isTall() {
  return shown.rows.some((row) => row.elsewhere.length > 0);
}

function pages() {
  return Math.max(1, Math.ceil(shown.rows.length / (isTall() ? TALL_ROWS : ROWS)));
}

function draw() {
  if (!words) return;
  const count = isTall() ? TALL_ROWS : ROWS;
  document.getElementById("rows").className = isTall() ? "tall" : "";
  const said = words[language];
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.getElementById("title").textContent = said.title;
  document.getElementById("at").textContent = shown.day ? `${shown.day} ${said.as_of} ${shown.at}` : "";
  document.getElementById("note").textContent = said.note;
  const rows = shown.rows.slice(page * count, (page + 1) * count).map((row) => {
    const line = document.createElement("div");
    const food = (language === "en" && row.food_en) || row.food;
    line.append(element("strong", row.stall), element("span", food), element("span", `${SHAPES[row.word]} ${said[row.word]}`, `word ${row.word}`), element("time", row.at));
    // The word first: a long name may be cut.
    const others = row.elsewhere.map((one) => element("i", `${SHAPES[one.word]} ${said[one.word]} ${language === "en" ? one.title_en : one.title}`, one.word));
    if (others.length) line.append(element("small", said.same_lot));
    line.lastChild.append(...others);
    return line;
  });
  document.getElementById("rows").replaceChildren(...(rows.length ? rows : [element("p", said.none)]));
}

async function look() {
  try {
    words ??= await (await fetch("/board/words.json")).json();
    const answer = await fetch("/board/data");
    if (answer.ok) shown = await answer.json();
  } catch {
    // The next look.
  }
  page = Math.min(page, pages() - 1);
  draw();
}

function turn() {
  if (language === "zh") language = "en";
  else {
    language = "zh";
    page = (page + 1) % pages();
  }
  draw();
}

look();
setInterval(look, LOOK_MS);
setInterval(turn, TURN_MS);
