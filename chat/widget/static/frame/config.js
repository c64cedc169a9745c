// What the page was served with: the site's look and the words of its language.
export const config = JSON.parse(document.getElementById("config").textContent);

const plural = new Intl.PluralRules(config.lang);
export const t = (key, values = {}) => {
  let words = config.words[key] ?? key;
  if (typeof words === "object") words = words[plural.select(values.count ?? 0)] ?? words.other ?? words.many;
  return words.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
};
const clock = new Intl.DateTimeFormat(config.lang, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(config.lang, { day: "numeric", month: "long" });
export const time = (moment) => clock.format(moment);
export const date = (moment) => day.format(moment);
