/// <reference types="vite/client" />
declare module "virtual:field-words" {
  export const en: Record<string, string>;
  export const zh: Record<string, string>;
}
