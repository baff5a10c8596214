// Every text of the page, in two languages: words/en.json and words/zh.json. Terms of the trade come from the agent's own
// words (/api/words), so that a verdict is called the same everywhere.

const KEY = "shian.language";
let said = {};
let terms = { items: {}, verdicts: {} };
export let language = localStorage.getItem(KEY) ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

export async function load(choice = language) {
  const answers = await Promise.all([fetch(`/page/words/${choice}.json`), fetch("/api/words")]);
  [said, terms] = await Promise.all(answers.map((answer) => answer.json()));
  language = choice;
  localStorage.setItem(KEY, choice);
  document.documentElement.lang = choice === "zh" ? "zh-CN" : "en";
}

// t("place.today"), t("line.alone", { since: "06:12" })
export function t(name, values = {}) {
  const text = said[name];
  if (text === undefined) return name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function itemName(code, own = "") {
  return terms.items[code]?.[language] ?? (own || code);
}

export function verdictName(code) {
  return terms.verdicts[code]?.[language] ?? code;
}

export function foodName(food) {
  return (language === "en" && food.name_en) || food.name;
}
