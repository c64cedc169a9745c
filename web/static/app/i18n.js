// Words of the screen. A text is a string, or the plural forms {one, few, many, other} chosen by `count`.
import { boot } from "./boot.js";

const plural = new Intl.PluralRules(boot.lang);

/** The text of a key with its {placeholders} filled in. An unknown key is shown as itself, so that it is noticed. */
export function t(key, vars = {}) {
  const text = boot.i18n[key];
  if (text === undefined) return key;
  const form = typeof text === "string" ? text : text[plural.select(vars.count)] ?? text.other ?? text.many;
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in vars ? vars[name] : whole));
}

/** Whether the catalogue has this key: for words that come from the server (kinds of history lines, reasons). */
export const has = (key) => key in boot.i18n;
