// The sampling tasks of these days, and how far they are: as the agent counts them.

import { app, go } from "../app.js";
import { h } from "../dom.js";
import { button, day } from "../parts.js";
import { itemName, t } from "../words.js";
import { change } from "./register.js";

function foodOf(task) {
  return app.foods?.[task.food] ?? task.food;
}

export function view() {
  const today = day(app.news.now ?? Date.now());
  const rows = app.down.tasks.filter((task) => task.first_day <= today && task.last_day >= today);
  if (!rows.length) return h("div", {}, h("p", { class: "empty" }, t("tasks.none")));
  return h(
    "div",
    { class: "tasks scroll" },
    rows.map((task) => {
      const n = app.progress[task.code] ?? 0;
      return h(
        "div",
        { key: task.code, class: "task", "data-task": task.code },
        h("div", { class: "what" }, h("b", {}, foodOf(task) || t("tasks.any_food")), h("small", {}, [task.item && itemName(task.item), t("tasks.until", { day: task.last_day }), task.note].filter(Boolean).join(" · "))),
        h("progress", { max: task.wanted, value: Math.min(n, task.wanted), "aria-label": t("tasks.progress", { n, m: task.wanted }) }),
        h("strong", {}, n >= task.wanted ? "✓ " : "", t("tasks.progress", { n, m: task.wanted })),
        button(t("tasks.sample"), () => { change({ commodity: foodOf(task), task: task.code, ...(task.item ? { items: [task.item] } : {}) }); go("register"); }),
      );
    }),
  );
}
