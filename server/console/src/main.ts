import "./sign_in/secret"; // before the router
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { followPushes } from "./live/push";
import { router } from "./router";
import "./styles/theme";
import "./styles/base.css";
import "./styles/parts.css";
import { i18n, language, speak } from "./words/words";

speak(language.value);
followPushes(router);
createApp(App).use(createPinia()).use(i18n).use(router).mount("#app");
