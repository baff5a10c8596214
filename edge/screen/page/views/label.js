// The label of a sample: by the station's printer, else by this browser. Pressed again, it is printed again.

import { send } from "../api.js";
import { attempt, say } from "../app.js";
import { language, t } from "../words.js";
import { afterwards } from "./register.js";
import { actions } from "./sample.js";

function print(one) {
  attempt(async () => {
    const done = await send("/api/label", { sample: one.key });
    if (done.sent) say(t("label.sent", { number: one.number }));
    else window.open(`/label/${one.key}?lang=${language}`, "label", "width=480,height=360");
  });
}

const label = { name: "label", label: () => t("label.print"), press: print };
afterwards.push(label);
actions.push(label);
