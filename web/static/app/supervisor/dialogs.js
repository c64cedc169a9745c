// The supervisor's dialogs: an operator's queues and skills, whom a request goes to, a message.
import { useRef, useState } from "preact/hooks";
import { titled } from "../boot.js";
import { asked, folded, found } from "../format.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { row, rows } from "../live/store.js";
import { OPERATOR_STATES, operatorState } from "../live/states.js";
import { queues, queueTitle } from "../names.js";
import { Chooser, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { stateWord } from "../parts/presence.js";
import { JoinedDialog } from "../persons/joined.js";
import { Boards } from "./boards.js";
import { Ask, closeDialog, dialog, give, message, setQueues, setSkills } from "./steer.js";

const LEVELS = [0, 1, 2, 3, 4, 5];
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const home = (operator) => [t("steer.homeQueues", { names: (operator.home_queues ?? []).map(queueTitle).join(", ") || "—" })];

/** What he has now, to be changed; when another supervisor changes it meanwhile, his word is shown and nothing is lost. */
function useLive(now) {
  const [start, setStart] = useState(now);
  const [wanted, setWanted] = useState(now);
  return { wanted, setWanted, moved: !same(start, now), accept: () => { setStart(now); setWanted(now); } };
}

function Foot({ save, back, moved, accept, unchanged }) {
  return html`${moved && html`<p class="steer-note tone-warn" role="status"><${Icon} name="triangle-alert" size="small" />${t("steer.meanwhile")} <button class="link" type="button" onClick=${accept}>${t("steer.showIt")}</button></p>`}
    <div class="dialog-foot">${back && html`<button class="btn" type="button" disabled=${!canAct.value} onClick=${() => { closeDialog(); back(); }}>${t("steer.toHome")}</button>`}<span class="grow"></span>
      <button class="btn" type="button" onClick=${closeDialog}>${t("action.cancel")}</button>
      <button class="btn btn-primary" type="button" disabled=${!canAct.value || unchanged} onClick=${() => { closeDialog(); save(); }}>${t("action.save")}</button></div>`;
}

function OfQueues({ operator }) {
  const now = [...operator.queues].sort();
  const { wanted, setWanted, moved, accept } = useLive(now);
  const toggle = (id) => setWanted(wanted.includes(id) ? wanted.filter((one) => one !== id) : [...wanted, id].sort());
  return html`<${Dialog} title=${t("steer.queuesTitle", { who: titled(operator.title) })} onClose=${closeDialog}>
    <p class="quiet small">${home(operator)} ${operator.moved && t("steer.isMoved")}</p>
    <fieldset class="steer-choices"><legend class="visually-hidden">${t("queues.title")}</legend>${queues().map((queue) => html`<label class="steer-choice" key=${queue.id}>
      <input type="checkbox" checked=${wanted.includes(queue.id)} onChange=${() => toggle(queue.id)} /><span class="grow">${titled(queue.title)}</span>
      <span class="quiet small">${queue.free === undefined ? "" : t("steer.queueNow", { waiting: queue.waiting, free: queue.free })}</span></label>`)}</fieldset>
    <${Foot} moved=${moved} accept=${accept} unchanged=${same(now, wanted) || !wanted.length} back=${operator.moved && (() => setQueues(operator, null))} save=${() => setQueues(operator, wanted)} /><//>`;
}

function OfSkills({ operator }) {
  const known = row("rules", "rules")?.skills ?? [];
  const now = Object.fromEntries(Object.entries(operator.skills ?? {}).sort());
  const { wanted, setWanted, moved, accept } = useLive(now);
  const set = (id, level) => { const next = { ...wanted }; if (level) next[id] = level; else delete next[id]; setWanted(Object.fromEntries(Object.entries(next).sort())); };
  const homes = Object.entries(operator.home_skills ?? {}).map(([id, level]) => `${titled(known.find((one) => one.id === id)?.title) || id} ${level}`).join(", ");
  return html`<${Dialog} title=${t("steer.skillsTitle", { who: titled(operator.title) })} onClose=${closeDialog}>
    <p class="quiet small">${t("steer.homeSkills", { names: homes || "—" })} ${operator.moved && t("steer.isMoved")}</p>
    ${known.length === 0 && html`<p>${t("steer.noSkills")}</p>`}
    <div class="steer-choices">${known.map((skill) => html`<label class="steer-choice" key=${skill.id}><span class="grow">${titled(skill.title)}</span>
      <select class="field-input field-small" value=${wanted[skill.id] ?? 0} onChange=${(event) => set(skill.id, Number(event.target.value))}>
        ${LEVELS.map((level) => html`<option key=${level} value=${level}>${level || t("steer.noLevel")}</option>`)}</select></label>`)}</div>
    <${Foot} moved=${moved} accept=${accept} unchanged=${same(now, wanted)} back=${operator.moved && (() => setSkills(operator, null))} save=${() => setSkills(operator, wanted)} /><//>`;
}

const RANK = ["available", "phone", "wrap_up", "ringing", "incall", "not_responding", "unreachable", "break"];

function Assign({ request }) {
  const [text, setText] = useState("");
  const [, again] = useState(0);
  const query = asked(text);
  const live = row("requests", request.id);
  const people = [...rows("operators").values()].filter((one) => one.presence !== "offline" && one.id !== live?.owner)
    .map((one) => ({ id: `o-${one.id}`, to: { to_operator: one.id }, name: titled(one.title), operator: one, ...operatorState(one) }))
    .sort((a, b) => RANK.indexOf(a.key) - RANK.indexOf(b.key) || a.name.localeCompare(b.name));
  const lines = queues().map((one) => ({ id: `q-${one.id}`, to: { to_queue: one.id }, name: titled(one.title), queue: one, disabled: one.id === request.queue && !live?.owner }));
  const items = [...people, ...lines].filter((one) => !text.trim() || found(folded(`${one.name} ${one.operator?.extension ?? ""}`), query))
    .map((one) => ({ ...one, run: () => { closeDialog(); give(live ?? request, one.to, one.name); } }));
  const draw = ({ operator, queue, name, key }) => (operator
    ? html`<span class=${`dot tone-${OPERATOR_STATES[key].tone}`}></span><span class="grow cut">${name} <span class="quiet">· ${operator.extension}</span></span><span class="quiet small">${stateWord(operator, key)} · ${t("people.loadOf", { load: operator.load ?? 0, capacity: operator.capacity ?? 100 })}</span>`
    : html`<${Icon} name="layers" /><span class="grow cut">${name}</span><span class="quiet small">${t("transfer.free", { count: queue.free ?? 0 })}</span>`);
  return html`<${Dialog} title=${t("steer.giveTitle", { number: request.number })} onClose=${closeDialog}>
    ${!live && html`<p class="steer-note tone-warn" role="status">${t("steer.gone")}</p>`}
    <${Chooser} items=${live ? items : []} draw=${draw} text=${text} onText=${(value, still) => (still ? again((n) => n + 1) : setText(value))} label=${t("transfer.search")} placeholder=${t("transfer.search")} listLabel=${t("steer.giveTitle", { number: request.number })} /><//>`;
}

const MESSAGE_AT_MOST = 1000;

function Message({ to, name, count }) {
  const [text, setText] = useState("");
  const sending = useRef(false);
  const send = async () => {
    if (!text.trim() || sending.current) return;
    sending.current = true;
    const answer = await message(text.trim(), to);
    sending.current = false;
    if (answer.ok) closeDialog(); // a refused one stays to be changed
  };
  const onKeyDown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } };
  return html`<${Dialog} title=${name ? t("message.title", { to: name }) : t("message.titleAll", { count })} onClose=${closeDialog}>
    <label class="field"><span class="field-label">${t("message.text")}</span>
      <textarea class="field-input" rows="4" maxlength=${MESSAGE_AT_MOST} autofocus value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown}></textarea></label>
    <p class="quiet small">${t("message.privacy")}</p>
    <div class="dialog-foot"><span class="grow"></span><button class="btn" type="button" onClick=${closeDialog}>${t("action.cancel")}</button>
      <button class="btn btn-primary" type="button" disabled=${!canAct.value || !text.trim()} onClick=${send}>${t("message.send")}<kbd class="key">Ctrl ↵</kbd></button></div><//>`;
}

const OfJoined = ({ request }) => html`<${JoinedDialog} request=${request} onClose=${closeDialog} />`;

const KINDS = { ask: Ask, queues: OfQueues, skills: OfSkills, assign: Assign, message: Message, boards: Boards, joined: OfJoined };

/** The one dialog of this screen. A person or request that leaves the world closes what was about him. */
export function Dialogs() {
  const open = dialog.value;
  if (!open) return null;
  const Kind = KINDS[open.kind];
  const operator = open.operator && row("operators", open.operator.id);
  if (open.operator && !operator) { queueMicrotask(closeDialog); return null; }
  return html`<${Kind} key=${open.kind} ...${open} operator=${operator} />`;
}
