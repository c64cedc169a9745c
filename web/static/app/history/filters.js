// What narrows the history; an empty choice means all.
import { signal } from "@preact/signals";
import { me, titled } from "../boot.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { rows } from "../live/store.js";
import * as directory from "../names.js";

export const NOTHING = {
  calls: { from: "", to: "", queue: "", operator: "", direction: "", result: "" },
  requests: { status: "", kind: "", queue: "", owner: "" },
};
export const filters = signal(NOTHING);

const RESULTS = ["answered", "abandoned", "unanswered", "busy", "failed", "out_of_hours", "lost_by_pbx"];
const STATUSES = ["new", "queued", "in_progress", "wrap_up", "postponed", "done", "cancelled"];
const KINDS = ["call", "missed_call", "callback"];

const words = (list, prefix) => list.map((id) => ({ id, title: t(`${prefix}.${id}`) }));
const people = () => [...rows("operators").values()].map((one) => ({ id: one.id, title: one.id === me.operator ? t("filter.me", { name: titled(one.title) }) : titled(one.title) }))
  .sort((a, b) => (a.id === me.operator ? -1 : b.id === me.operator ? 1 : a.title.localeCompare(b.title)));
const queues = () => directory.queues().map((queue) => ({ id: queue.id, title: titled(queue.title) }));

function set(kind, name, value) {
  filters.value = { ...filters.value, [kind]: { ...filters.value[kind], [name]: value } };
}

const Choice = ({ kind, name, options }) => html`<label class="field"><span class="field-label">${t(`filter.${name}`)}</span>
  <select class="field-input field-small" value=${filters.value[kind][name]} onChange=${(event) => set(kind, name, event.target.value)}>
    <option value="">${t("filter.all")}</option>${options.map((one) => html`<option key=${one.id} value=${one.id} selected=${filters.value[kind][name] === one.id}>${one.title}</option>`)}</select></label>`;

const Day = ({ name }) => html`<label class="field"><span class="field-label">${t(`filter.${name}`)}</span>
  <input class="field-input field-small" type="date" value=${filters.value.calls[name]} onChange=${(event) => set("calls", name, event.target.value)} /></label>`;

export function Filters({ kind }) {
  return html`<div class="filters" role="group" aria-label=${t("filter.name")}>${kind === "calls" ? html`<${Day} name="from" /><${Day} name="to" />
      <${Choice} kind="calls" name="queue" options=${queues()} /><${Choice} kind="calls" name="operator" options=${people()} />
      <${Choice} kind="calls" name="direction" options=${words(["inbound", "outbound"], "direction")} /><${Choice} kind="calls" name="result" options=${words(RESULTS, "result")} />`
    : html`<${Choice} kind="requests" name="status" options=${words(STATUSES, "status")} /><${Choice} kind="requests" name="kind" options=${words(KINDS, "kind")} />
      <${Choice} kind="requests" name="queue" options=${queues()} /><${Choice} kind="requests" name="owner" options=${people()} />`}</div>`;
}
