import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import VueI18nPlugin from "@intlify/unplugin-vue-i18n/vite";
import vue from "@vitejs/plugin-vue";
import { parse } from "smol-toml";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

const here = import.meta.dirname;
const MODULE = "virtual:field-words";

/** The words of the field (wire/words/*.toml) and of roles (server/access/permissions.toml) as a module: `vocabulary.code` -> word, by language. */
function fieldWords(): Plugin {
  const folder = resolve(here, "../../wire/words");
  return {
    name: "field-words",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return undefined;
      const words: Record<"en" | "zh", Record<string, string>> = { en: {}, zh: {} };
      for (const file of readdirSync(folder).filter((name) => name.endsWith(".toml"))) {
        const tables = parse(readFileSync(resolve(folder, file), "utf-8")) as Record<string, Record<string, { en: string; zh: string }>>;
        for (const [vocabulary, terms] of Object.entries(tables))
          for (const [code, term] of Object.entries(terms)) {
            words.en[`${vocabulary}.${code}`] = term.en;
            words.zh[`${vocabulary}.${code}`] = term.zh;
          }
      }
      const table = parse(readFileSync(resolve(here, "../access/permissions.toml"), "utf-8")) as { roles: Record<string, { en: string; zh: string }> };
      for (const [role, term] of Object.entries(table.roles)) {
        words.en[`account_role.${role}`] = term.en;
        words.zh[`account_role.${role}`] = term.zh;
      }
      return `export const en = ${JSON.stringify(words.en)};\nexport const zh = ${JSON.stringify(words.zh)};\n`;
    },
  };
}

/** Makes licences.txt: what is in the page, and the notices that its licences ask for (supply/console.py has those that may be). */
function notices(): Plugin {
  const inside = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  return {
    name: "notices",
    apply: "build",
    generateBundle(_, bundle) {
      const folders = new Map<string, string>();
      for (const part of Object.values(bundle))
        for (const id of part.type === "chunk" ? part.moduleIds : []) {
          const found = inside.exec(id.replace(/^\0+/, ""));
          if (found?.[1]) folders.set(found[0], found[1]);
        }
      const texts = [...folders].sort().map(([folder, name]) => {
        const about = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf-8")) as { version: string; license?: string };
        const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file) && !/s$/.test(file)).sort();
        const more = files.map((file) => readFileSync(resolve(folder, file), "utf-8").trim());
        return [`${name} ${about.version} (${about.license ?? "not named"})`, ...more].join("\n\n");
      });
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `${texts.join(`\n\n${"-".repeat(72)}\n\n`)}\n` });
    },
  };
}

export default defineConfig({
  base: "/static/",
  plugins: [vue(), VueI18nPlugin({ include: resolve(here, "src/words/*.json") }), fieldWords(), notices()],
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 900 },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
